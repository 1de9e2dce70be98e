"""faiss: k-means over its exhaustive index, as it trains its quantizers.

It works on float32, and would draw 256 points for each center: it is told to take all. A fit makes all its
steps, so it is told to make as many as globular made; a whole fit makes 25 from random rows, its defaults.
It gives centers alone, so the labels are asked for afterwards, by its own search.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.rival import Outcome, Rival, Task, dense_only


def given(points: Any) -> Any:
    """Return the points in float32."""
    return np.ascontiguousarray(points, dtype=np.float32)


def fit(points: Any, task: Task) -> Outcome:
    """Fit as `task` says, and label the points."""
    import faiss

    n, d = points.shape
    steps = {} if task.max_iter is None else {"niter": task.max_iter}
    model = faiss.Kmeans(
        d, task.k, seed=task.seed + 1, max_points_per_centroid=n, min_points_per_centroid=1, **steps
    )
    start = None if task.start is None else given(task.start)
    model.train(points, init_centroids=start)
    model.assign(points)
    return Outcome(model.centroids, len(model.obj))


RIVAL = Rival(
    "faiss",
    "exact",
    "faiss-cpu",
    "`Kmeans`, `max_points_per_centroid=n`; as many steps as globular (whole: 25), then `assign`; float32",
    fit,
    given=given,
    refuses=dense_only,
    stops=False,
)
