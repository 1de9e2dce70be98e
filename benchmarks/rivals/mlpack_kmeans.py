"""mlpack: its kd-tree (Pelleg and Moore 1999) for few features, its Elkan for many.

Of its algorithms these were the fastest, or near it, on the cases here. It works on float64 and on one
thread, and stops when its centers move by less than 1e-5 in all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.rival import Outcome, Rival, Task, dense_only

MOST_FEATURES_OF_A_TREE = 64
DEFAULT_MAX_ITER = 1000


def given(points: Any) -> Any:
    """Return the points in float64."""
    return np.ascontiguousarray(points, dtype=np.float64)


def fit(points: Any, task: Task) -> Outcome:
    """Fit as `task` says."""
    import mlpack

    if task.start is None:
        start = {"kmeans_plus_plus": True, "seed": task.seed + 1}
    else:  # it works in the very array of first centers, and returns a view of it
        start = {"initial_centroids": np.array(task.start, dtype=np.float64)}
    fitted = mlpack.kmeans(
        input_=points,
        clusters=task.k,
        algorithm="pelleg-moore" if points.shape[1] <= MOST_FEATURES_OF_A_TREE else "elkan",
        max_iterations=task.max_iter or DEFAULT_MAX_ITER,
        labels_only=True,
        **start,
    )
    return Outcome(fitted["centroid"].copy())


RIVAL = Rival(
    "mlpack",
    "exact",
    "mlpack",
    "`kmeans`, `algorithm='pelleg-moore'` up to 64 features and `'elkan'` beyond; float64, one thread",
    fit,
    given=given,
    refuses=dense_only,
)
