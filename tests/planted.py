"""Data with a known number of clusters, and without any: what choices of k are tried on."""

from __future__ import annotations

import numpy as np


def blobs(seed, *, most_points=6000, features=(2, 3, 5, 8, 16, 32)):
    """Points, labels and the number of Gaussian clusters; centers at least 6 sd of the wider one apart.

    2 to 12 clusters of unequal sizes and spreads, 200 points and more.
    """
    rng = np.random.default_rng(seed)
    k, d = int(rng.integers(2, 13)), int(rng.choice(features))
    n = int(np.exp(rng.uniform(np.log(200), np.log(most_points))))
    spreads = rng.uniform(0.5, 1.5, k) if rng.random() < 0.6 else np.ones(k)
    shares = rng.dirichlet(np.full(k, rng.choice([3.0, 10.0, 100.0])))
    sizes = np.maximum((shares * n).astype(int), 8)
    apart = rng.uniform(6, 9) * np.maximum.outer(spreads, spreads)
    np.fill_diagonal(apart, 0.0)
    box = 1.0
    while True:
        centers = rng.uniform(-box, box, (k, d))
        if np.all(np.linalg.norm(centers[:, None] - centers, axis=2) >= apart):
            break
        box *= 1.05
    labels = rng.permutation(np.repeat(np.arange(k), sizes))
    return centers[labels] + spreads[labels, None] * rng.normal(size=(len(labels), d)), labels, k


NULLS = ("cube", "box", "ball of Gauss", "slanted Gauss")


def null(seed, kind, *, most_points=5000):
    """Points without clusters."""
    rng = np.random.default_rng(seed)
    n, d = int(np.exp(rng.uniform(np.log(300), np.log(most_points)))), int(rng.integers(2, 11))
    if kind == "cube":
        return rng.random((n, d))
    if kind == "box":
        return rng.random((n, d)) * rng.uniform(0.3, 3.0, d)
    points = rng.normal(size=(n, d))
    return points if kind == "ball of Gauss" else points @ rng.normal(size=(d, d))
