"""Data of known shapes: (n, seed) -> points, classes. Some k-means is right for, some not."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_blobs, make_circles, make_moons


def spirals(n, seed, arms=2, noise=0.15):
    rng = np.random.default_rng(seed)
    t = np.sqrt(rng.random(n)) * 2.5 * np.pi + 1
    y = rng.integers(0, arms, n)
    angle = t + y * 2 * np.pi / arms
    return np.c_[t * np.cos(angle), t * np.sin(angle)] + noise * rng.normal(size=(n, 2)), y


def stretched(n, seed):
    """The anisotropic blobs of scikit-learn's comparison of clusterings."""
    _, _, centers = make_blobs(3, random_state=170, return_centers=True)
    X, y = make_blobs(n, centers=centers, random_state=seed)
    return X @ np.array([[0.6, -0.6], [-0.4, 0.8]]), y


def separated(n, seed):
    return make_blobs(n, centers=[[-8, -8], [8, 8], [8, -8], [-8, 8]], random_state=seed)


SHAPES = {
    "moons": lambda n, seed: make_moons(n, noise=0.05, random_state=seed),
    "circles": lambda n, seed: make_circles(n, factor=0.5, noise=0.05, random_state=seed),
    "spirals": spirals,
    "stretched": stretched,
    "separated": separated,
    "noise": lambda n, seed: (np.random.default_rng(seed).random((n, 2)), np.zeros(n, dtype=int)),
}
