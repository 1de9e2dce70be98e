"""Half a million points in sixteen dimensions, 64 blobs."""

from benchmarks.case import Case
from benchmarks.sources.drawn import blobs

CASE = Case("blobs: 500,000 x 16, k=64", blobs(500_000, 16, 64), 64, quick=True)
