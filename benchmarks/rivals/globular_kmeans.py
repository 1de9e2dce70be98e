"""globular, through its public estimator."""

from __future__ import annotations

from typing import Any

from benchmarks.rival import Outcome, Rival, Task

MOST_STARTS = 1000  # until a target cost is reached
FEW_FEATURES = 32  # up to here k-means++ costs little beside the steps; beyond, random rows are sooner near


def fit(points: Any, task: Task) -> Outcome:
    """Fit as `task` says: from given centers, whole, or until a cost is reached."""
    from globular import KMeans

    if task.target is not None:
        target = task.target
        model = KMeans(
            task.k,
            init="k-means++" if points.shape[1] <= FEW_FEATURES else "random",
            n_init=MOST_STARTS,
            random_state=task.seed,
            time_budget=task.seconds,
            callback=lambda report: report.cost <= target,
        )
    elif task.start is None:
        model = KMeans(task.k, random_state=task.seed)
    else:
        model = KMeans(task.k, init=task.start, n_init=1, max_iter=task.max_iter, tol=0)
    model.fit(points)
    return Outcome(model.cluster_centers_, model.n_iter_, model.n_distances_)


RIVAL = Rival("globular", "globular", "globular", "`KMeans`, its defaults but for what the task sets", fit)
