"""How alike two labellings are, whatever their clusters are called."""

from __future__ import annotations

import numpy as np

from globular.problem import Array


def adjusted_rand(a: Array, b: Array) -> float:
    """Return the adjusted Rand index: 1.0 for the same clusters, about 0.0 for labels at random.

    a and b (n,) integers. O(n log n), and without scikit-learn, which the command line must not wait for.
    Source: Hubert & Arabie (1985).

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 3, 3]))
    1.0
    """
    _, a = np.unique(a, return_inverse=True)
    _, b = np.unique(b, return_inverse=True)
    _, both = np.unique(a.reshape(-1) * (int(b.max()) + 1) + b.reshape(-1), return_counts=True)
    # Python's integers: the products of numbers of pairs outgrow 64 bits.
    pairs = [sum(n * (n - 1) // 2 for n in c.tolist()) for c in (both, np.bincount(a), np.bincount(b))]
    together, in_a, in_b = pairs
    everything = len(a) * (len(a) - 1) // 2
    if in_a == in_b == together:
        return 1.0
    expected = in_a * in_b / everything
    return float((together - expected) / ((in_a + in_b) / 2 - expected))
