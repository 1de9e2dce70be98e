"""One file a rival: each has a ``NAME``, and ``fit(points, centers, max_iter) -> cost``."""
