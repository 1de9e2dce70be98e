"""Ten million points of few features and few centers: memory is what is read."""

from benchmarks.case import Case
from benchmarks.sources.drawn import blobs

CASE = Case("blobs: 10,000,000 x 4, k=20", blobs(10_000_000, 4, 20), 20)
