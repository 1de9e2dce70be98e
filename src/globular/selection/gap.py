"""The gap statistic: is the cost lower than where there are no clusters?

Points are drawn evenly from a box that lies along the principal axes of the data and is as wide. The gap at k
is the mean of their log cost less that of the data; its standard error is that over the drawn sets.
Tibshirani, Walther & Hastie (2001). The data's own side is fitted in the same way, so that no luck of starts
is left in the difference; beyond 2,000 rows both sides are samples of so many."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from globular import em
from globular.engines.memory import MemoryEngine
from globular.points import rows_of
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.seeding import Draws
from globular.seeding.plus_plus import PlusPlus
from globular.stopping import AnyOf, MaxSteps, NoMoves, Shift

SETS = 20
MOST_ROWS = 2000
STARTS = 2


class Gaps(NamedTuple):
    """The gap of each k, its standard error, and from how many rows."""

    gap: dict[int, float]
    error: dict[int, float]
    n_rows: int


def gaps(
    problem: Problem,
    ks: Sequence[int],
    seed: int,
    heard: Callable[[str], None],
    progress: Progress | None = None,
) -> Gaps:
    """Compute the gaps of ascending `ks`. O(21 m k d) a step for all of them, m the rows looked at."""
    rows = drawn_rows(problem, MOST_ROWS, Draws(seed, 0))
    points = rows_of(problem.points, rows)
    weights = problem.weights if len(rows) == problem.n else None
    ks = [k for k in ks if k < len(points)]
    if not ks:
        return Gaps({}, {}, len(rows))
    own = _log_costs(points, weights, ks, Draws(seed, 1), problem.n_threads, progress)
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    turned = (points - middle) @ axes.T
    low, width = turned.min(axis=0), np.ptp(turned, axis=0)
    sets = []
    for b in range(SETS):
        heard(f"gap statistic: reference {b + 1} of {SETS}")
        draws = Draws(seed, 2 + b)
        box = low + width * draws.uniforms(turned.size).reshape(turned.shape)
        sets.append(_log_costs(box @ axes + middle, weights, ks, draws, problem.n_threads, progress))
    with np.errstate(invalid="ignore"):
        table = np.array(sets)
        gap = table.mean(axis=0) - own
        error = table.std(axis=0) * math.sqrt(1 + 1 / SETS)
    return Gaps(
        dict(zip(ks, gap.tolist(), strict=True)), dict(zip(ks, error.tolist(), strict=True)), len(rows)
    )


def drawn_rows(problem: Problem, most: int, draws: Draws) -> Array:
    """Return all rows, or `most` drawn by weight where there are more."""
    if problem.n <= most:
        return np.arange(problem.n)
    running = np.cumsum(np.ones(problem.n) if problem.weights is None else problem.weights)
    picked: Array = np.searchsorted(running, draws.uniforms(most) * running[-1], side="right")
    return np.minimum(picked, problem.n - 1)


def _log_costs(
    points: Array,
    weights: Array | None,
    ks: Sequence[int],
    draws: Draws,
    n_threads: int,
    progress: Progress | None,
) -> list[float]:
    problem = Problem.checked(points, weights, n_threads=n_threads)
    engine = MemoryEngine(problem)
    stop = AnyOf(NoMoves(), MaxSteps(50), Shift(max(1e-4 * problem.mean_variance, 5e-324)))
    # The first k rows of a seeding are a seeding of k.
    seedings = [rows_of(problem.points, PlusPlus().rows(engine, ks[-1], draws)) for _ in range(STARTS)]
    costs = []
    for k in ks:
        starts = [seeding[:k].copy() for seeding in seedings[: 1 if k == 1 else STARTS]]
        cost = min(em.run(engine, start, stop, progress).cost for start in starts)
        costs.append(math.log(cost) if cost > 0 else -math.inf)
    return costs
