"""The chapter's four blobs: next to no points, so all overhead."""

from benchmarks.case import Case
from benchmarks.sources import book

CASE = Case("book: 300 x 2, k=4", book.SOURCE, 4, quick=True)
