"""The chapter's colour compression: 16 colours for a photograph, many of whose pixels are alike."""

from benchmarks.case import Case
from benchmarks.sources import china

CASE = Case("china.jpg: 273,280 x 3, k=16", china.SOURCE, 16, quick=True)
