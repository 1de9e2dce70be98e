"""Word vectors: many features, many clusters, and no structure that a bound could use."""

from benchmarks.case import Case
from benchmarks.sources import word_vectors

CASE = Case("word vectors: 341,479 x 100, k=1,000", word_vectors.SOURCE, 1000)
