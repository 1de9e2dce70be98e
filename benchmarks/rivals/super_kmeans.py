"""SuperKMeans: products of matrices over the first features, then a statistical test, which may miss a label.

It would draw 30 points of 100, stop early, and cluster clusters beyond 100,000 points: all switched off. It
takes no first centers and gives centers alone; both are left at that, and only its training is timed.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks.rival import Outcome, Rival, Task, dense_only

STEPS = 25  # as its own benchmarks


def given(points: Any) -> Any:
    """Return the points in float32."""
    return np.ascontiguousarray(points, dtype=np.float32)


def fit(points: Any, task: Task) -> Outcome:
    """Train for `STEPS` steps."""
    from superkmeans import SuperKMeans

    n, d = points.shape
    model = SuperKMeans(
        task.k,
        d,
        hierarchical=False,
        iters=STEPS,
        sampling_fraction=1.0,
        max_points_per_cluster=n,
        early_termination=False,
        n_threads=len(os.sched_getaffinity(0)),
        seed=task.seed + 1,
    )
    return Outcome(model.train(points), STEPS)


RIVAL = Rival(
    "SuperKMeans",
    "approximate",
    "superkmeans",
    f"`hierarchical=False, sampling_fraction=1.0, early_termination=False, iters={STEPS}`; float32",
    fit,
    given=given,
    refuses=dense_only,
    stops=False,
)
