"""Points seen otherwise: as a graph of neighbours, or by their likeness to a few landmarks.

k-means cuts space by planes. In these features what belongs together lies together, however it is
bent, and planes are enough: that is spectral clustering, and kernel k-means.
"""
