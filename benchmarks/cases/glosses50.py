"""Short texts as sparse TF-IDF: seven terms in a row, of 34,113."""

from benchmarks.case import Case
from benchmarks.sources import glosses

CASE = Case("WordNet glosses: 117,659 x 34,113 sparse, k=50", glosses.SOURCE, 50)
