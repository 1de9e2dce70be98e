"""scikit-learn's Lloyd: products of matrices by BLAS, in chunks, one a thread."""

from __future__ import annotations

from typing import Any

from benchmarks.rival import Outcome, Rival, Task


def fit(points: Any, task: Task, algorithm: str = "lloyd") -> Outcome:
    """Fit as `task` says, by one of scikit-learn's algorithms."""
    from sklearn.cluster import KMeans

    if task.start is None:
        model = KMeans(task.k, random_state=task.seed, algorithm=algorithm)
    else:
        model = KMeans(task.k, init=task.start, n_init=1, max_iter=task.max_iter, tol=0, algorithm=algorithm)
    model.fit(points)
    return Outcome(model.cluster_centers_, model.n_iter_)


RIVAL = Rival("scikit-learn", "exact", "scikit-learn", "`KMeans`, `algorithm='lloyd'`, its default", fit)
