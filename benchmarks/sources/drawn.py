"""Points that are drawn: blobs, and the unit cube evenly filled. The same numbers every time."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.case import Source


def blobs(n: int, d: int, k: int, spread: float = 5.0) -> Source:
    """k unit Gaussians whose means are drawn from a Gaussian of standard deviation `spread`; float32."""

    def make() -> Any:
        rng = np.random.default_rng(0)
        means = rng.normal(size=(k, d)) * spread
        return (means[rng.integers(k, size=n)] + rng.normal(size=(n, d))).astype(np.float32)

    return Source(f"blobs-{n}x{d}-{k}", n, d, "float32", make)


def uniform(n: int, d: int) -> Source:
    """Points spread evenly over the unit cube; float32."""

    def make() -> Any:
        return np.random.default_rng(0).random((n, d), dtype=np.float32)

    return Source(f"uniform-{n}x{d}", n, d, "float32", make)
