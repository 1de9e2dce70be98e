"""Pictures of clothes, about seventy to a cluster."""

from benchmarks.case import Case
from benchmarks.sources import fashion_mnist

CASE = Case("Fashion-MNIST: 70,000 x 784, k=1,000", fashion_mnist.SOURCE, 1000)
