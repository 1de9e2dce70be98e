"""Half a million points in sixteen dimensions, 64 blobs."""

from benchmarks.case import Case, blobs

CASE = Case("500,000 x 16, k=64", blobs(500_000, 16, 64), 20)
