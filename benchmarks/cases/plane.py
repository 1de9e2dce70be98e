"""A million points in the plane, 50 overlapping blobs."""

from benchmarks.case import Case
from benchmarks.sources.drawn import blobs

CASE = Case("blobs: 1,000,000 x 2, k=50", blobs(1_000_000, 2, 50), 50, quick=True)
