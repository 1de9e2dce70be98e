"""The best k-means for each number of clusters along a path, each fit helping its neighbours.

One session reads the points for all of them. Up the path, k clusters start as k - 1 with one cut in two; down
the path, as k + 1 with two merged; and some starts are fresh. A good optimum at one k so finds its way to the
others, and what remains to be seen is the data's structure rather than the luck of a start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from globular import em
from globular.centers import Centers
from globular.engines import Engine
from globular.engines.memory import MemoryEngine
from globular.errors import Interrupted
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.result import Result
from globular.seeding import Draws
from globular.seeding.plus_plus import PlusPlus
from globular.stopping import AnyOf, MaxSteps, NoMoves, Shift, Stop

FRESH = 3  # starts of each k by k-means++
MOST_STEPS = 100
SHARE = 1e-6  # of the mean variance: a start has settled when its centers move less
CUTS = 3  # clusters that are tried to be cut

Heard = Callable[[int], None]


class Path:
    """Fits to one problem, and the best for each k so far."""

    def __init__(self, problem: Problem, seed: int, progress: Progress | None = None) -> None:
        self.problem = problem
        self.seed = seed
        self.progress = progress
        self.engine: Engine = MemoryEngine(problem)
        rules: list[Stop] = [NoMoves(), MaxSteps(MOST_STEPS)]
        rules += [Shift(SHARE * problem.mean_variance)] if problem.mean_variance > 0 else []
        self.stop = AnyOf(*rules)
        self.best: dict[int, Result] = {}
        self._next = 0

    def fit(self, ks: Sequence[int], heard: Heard = lambda k: None, fresh: int = FRESH) -> dict[int, Result]:
        """Fit every k of an ascending sequence; return the best results. O(n k d) a step."""
        for k in ks:
            heard(k)
            self._fresh(k, fresh)
            if k - 1 in self.best:
                for centers in self._cut(self.best[k - 1]):
                    self._run(centers)
        for k in reversed(ks):
            if k + 1 in self.best and k > 1:
                heard(k)
                self._run(self._merged(self.best[k + 1]))
        return self.best

    def draws(self) -> Draws:
        """Return draws that nobody else has had."""
        self._next += 1
        return Draws(self.seed, self._next)

    def _fresh(self, k: int, count: int) -> None:
        for _ in range(1 if k == 1 else count):
            self._run(PlusPlus()(self.engine, k, self.draws()))

    def _run(self, centers: Centers) -> None:
        try:
            self._keep(em.run(self.engine, centers, self.stop, self.progress))
        except Interrupted as interrupt:
            if interrupt.result is not None:
                self._keep(interrupt.result)
            raise

    def _keep(self, result: Result) -> None:
        k = len(result.centers)
        if k not in self.best or result.cost < self.best[k].cost:
            self.best[k] = result

    def _cut(self, result: Result) -> list[Array]:
        """Starts with one center more: of the clusters that gain most by being cut, each cut in two."""
        cuts = []
        for j in np.flatnonzero(result.sizes > 0):
            rows = np.flatnonzero(result.labels == j)
            cut = halves(self.problem, rows, self.draws())
            if cut is not None:
                cuts.append((cut[0], int(j), cut[1]))
        cuts.sort(key=lambda cut: -cut[0])
        centers = result.centers.astype(np.float64)
        return [np.vstack([np.delete(centers, j, axis=0), two]) for _, j, two in cuts[:CUTS]]

    def _merged(self, result: Result) -> Array:
        """A start with one center less: the two whose merging costs least become one (Ward 1963)."""
        centers, sizes = result.centers.astype(np.float64), np.maximum(result.sizes, 1e-300)
        between = centers[:, None, :] - centers[None, :, :]
        cost = np.sum(between**2, axis=2) * np.outer(sizes, sizes) / np.add.outer(sizes, sizes)
        np.fill_diagonal(cost, np.inf)
        a, b = np.unravel_index(np.argmin(cost), cost.shape)
        merged = centers.copy()
        merged[a] = (sizes[a] * centers[a] + sizes[b] * centers[b]) / (sizes[a] + sizes[b])
        return np.delete(merged, b, axis=0)


def halves(problem: Problem, rows: Array, draws: Draws) -> tuple[float, Array] | None:
    """Cut some rows in two; return what that saves, and the two means. None if they lie in one place."""
    weights = None if problem.weights is None else problem.weights[rows]
    if len(rows) < 2:
        return None
    part = Problem.checked(problem.points[rows], weights, n_threads=problem.n_threads)
    before = part.mean_variance * part.d * (part.n if weights is None else float(weights.sum()))
    if before == 0.0:
        return None
    path = MemoryEngine(part)
    start = PlusPlus()(path, 2, draws)
    result = em.run(path, start, AnyOf(NoMoves(), MaxSteps(30)))
    return before - result.cost, result.centers.astype(np.float64)
