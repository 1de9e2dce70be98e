"""The chapter's handwritten digits."""

from benchmarks.case import Case
from benchmarks.sources import digits

CASE = Case("digits: 1,797 x 64, k=10", digits.SOURCE, 10, quick=True)
