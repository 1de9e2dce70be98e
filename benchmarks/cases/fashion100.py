"""Pictures of clothes, ten clusters for each kind."""

from benchmarks.case import Case
from benchmarks.sources import fashion_mnist

CASE = Case("Fashion-MNIST: 70,000 x 784, k=100", fashion_mnist.SOURCE, 100)
