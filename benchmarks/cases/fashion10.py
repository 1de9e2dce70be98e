"""Pictures of clothes, a cluster for each kind."""

from benchmarks.case import Case
from benchmarks.sources import fashion_mnist

CASE = Case("Fashion-MNIST: 70,000 x 784, k=10", fashion_mnist.SOURCE, 10)
