"""Half a million uniform points in eight dimensions: no structure to help anybody."""

from benchmarks.case import Case
from benchmarks.sources.drawn import uniform

CASE = Case("uniform: 500,000 x 8, k=100", uniform(500_000, 8), 100)
