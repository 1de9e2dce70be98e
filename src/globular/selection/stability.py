"""Would other points of the same kind be clustered alike?

Rows are drawn anew, with replacement, and fitted from fresh starts; for each cluster the most similar new one
is looked up, by Jaccard's share of the rows that are in both among those in either. A cluster whose mean over
the draws is 0.75 and more is stable, one below 0.5 dissolves. Hennig, "Cluster-wise assessment of cluster
stability" (2007). Beyond 2,000 rows so many are drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from globular import em
from globular.engines.memory import MemoryEngine
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.seeding import Draws
from globular.seeding.plus_plus import PlusPlus
from globular.stopping import AnyOf, MaxSteps, NoMoves

SETS = 20
MOST_ROWS = 2000
FRESH = 2  # starts, beside one from the centers in question: what is best by cost counts
STABLE, DISSOLVED = 0.75, 0.5


def jaccards(
    problem: Problem,
    labels: Array,
    centers: Array,
    seed: int,
    heard: Callable[[str], None],
    progress: Progress | None = None,
) -> Array:
    """Return the mean similarity of each cluster to the nearest one in new draws, (k,) float64.

    labels (n,) int32, centers (k, d). O(20 m k d) a step, m the rows drawn.
    """
    k = len(centers)
    running = np.cumsum(np.ones(problem.n) if problem.weights is None else problem.weights)
    size = min(problem.n, MOST_ROWS)
    total, seen = np.zeros(k), np.zeros(k)
    for b in range(SETS):
        heard(f"stability of k = {k}: draw {b + 1} of {SETS}")
        draws = Draws(seed, 1000 * k + b)
        picked = np.searchsorted(running, draws.uniforms(size) * running[-1], side="right")
        rows, times = np.unique(np.minimum(picked, problem.n - 1), return_counts=True)
        if len(rows) < k:
            continue
        part = Problem.checked(problem.points[rows], times.astype(np.float64), n_threads=problem.n_threads)
        engine = MemoryEngine(part)
        starts = [centers.astype(np.float64)] + [PlusPlus()(engine, k, draws) for _ in range(FRESH)]
        stop = AnyOf(NoMoves(), MaxSteps(50))
        best = min((em.run(engine, start, stop, progress) for start in starts), key=lambda r: r.cost)
        similar = jaccard_table(labels[rows], best.labels, k)
        there = np.bincount(labels[rows], minlength=k) > 0
        total += np.where(there, similar.max(axis=1), 0.0)
        seen += there
    return np.divide(total, seen, out=np.zeros(k), where=seen > 0)


def jaccard_table(a: Array, b: Array, k: int) -> Array:
    """Return the share of rows in both among those in either, for all clusters of two labellings, (k, k).

    >>> jaccard_table(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 0]), 2).round(2).tolist()
    [[0.0, 0.67], [0.5, 0.25]]
    """
    both = np.bincount(a.astype(np.int64) * k + b, minlength=k * k).reshape(k, k).astype(float)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    shares: Array = np.divide(both, either, out=np.zeros((k, k)), where=either > 0)
    return shares
