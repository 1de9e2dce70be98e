"""The four blobs of the chapter, 300 points in the plane, as scikit-learn draws them: float64."""

from __future__ import annotations

from typing import Any

from benchmarks.case import Source


def make() -> Any:
    """Draw the points of the chapter's first figure."""
    from sklearn.datasets import make_blobs

    return make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)[0]


SOURCE = Source("book", 300, 2, "float64", make)
