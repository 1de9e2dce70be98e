"""globular, through its public estimator."""

from __future__ import annotations

from benchmarks.case import Array
from globular import KMeans

NAME = "globular"


def fit(points: Array, centers: Array, max_iter: int | None) -> float:
    """Fit and return the cost."""
    if max_iter is None:
        return KMeans(len(centers), random_state=0).fit(points).inertia_
    return KMeans(len(centers), init=centers, n_init=1, max_iter=max_iter, tol=0).fit(points).inertia_
