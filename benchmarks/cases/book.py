"""The chapter's four blobs of 300 points, fitted whole: seeding, defaults and all overhead."""

from benchmarks.case import Case, blobs

CASE = Case("300 x 2, k=4, whole fit", blobs(300, 2, 4), None, quick=True)
