"""A million points in the plane, 50 overlapping blobs."""

from benchmarks.case import Case, blobs

CASE = Case("1,000,000 x 2, k=50", blobs(1_000_000, 2, 50), 20, quick=True)
