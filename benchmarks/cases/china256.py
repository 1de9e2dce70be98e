"""As many colours for a photograph as an indexed PNG holds."""

from benchmarks.case import Case
from benchmarks.sources import china

CASE = Case("china.jpg: 273,280 x 3, k=256", china.SOURCE, 256)
