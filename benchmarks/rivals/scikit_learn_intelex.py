"""scikit-learn-intelex: scikit-learn's estimator on Intel's oneDAL."""

from __future__ import annotations

from typing import Any

from benchmarks.rival import Outcome, Rival, Task, dense_only


def fit(points: Any, task: Task) -> Outcome:
    """Fit as `task` says."""
    from sklearnex.cluster import KMeans

    if task.start is None:
        model = KMeans(task.k, random_state=task.seed)
    else:
        model = KMeans(task.k, init=task.start, n_init=1, max_iter=task.max_iter, tol=0)
    model.fit(points)
    return Outcome(model.cluster_centers_, model.n_iter_)


RIVAL = Rival(
    "scikit-learn-intelex",
    "exact",
    "scikit-learn-intelex",
    "`sklearnex.cluster.KMeans`, its defaults",
    fit,
    refuses=dense_only,
)
