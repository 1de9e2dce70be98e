"""How many clusters? A table over k, and one plain sentence.

What decides is not which figure is best: every figure is best somewhere, on points without any structure too.
A number of clusters is *supported* if k-means finds clusters there that are apart from each other: a valley
between all that are near each other, few points at the borders (`valley`), and none that dissolves when rows
are drawn anew (`stability`). The answer is the largest supported k, since what is apart at a larger k was
merged at a smaller one; 1 if there is none; None if figures insist on clusters that are not apart.

The figures people know stand beside it (`criteria`, `gap`, `silhouette`), and how many of them agree is said.
The cost is shown, for it always falls and its elbow is in the eye of the beholder (Schubert 2023, "Stop using
the elbow criterion").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from globular.errors import DataError, Interrupted, ParameterError
from globular.points import dense
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.seeding import Draws
from globular.selection.choice import Candidate, KChoice
from globular.selection.criteria import figures
from globular.selection.gap import gaps
from globular.selection.gridded import off_the_grid
from globular.selection.labelling import Labelling
from globular.selection.path import Path
from globular.selection.seed import RandomState, seed_of
from globular.selection.silhouette import Score, score
from globular.selection.stability import jaccards
from globular.selection.valley import Borders, borders
from globular.selection.verdict import Findings
from globular.shortage import memory_for

DEFAULT_RANGE = range(1, 11)
LARGEST_K = 1000
REACH = 100  # bits that the range of the points may lie from one
SILHOUETTES_OF = 10_000  # points looked at one by one in the table, beyond that a sample of
SILHOUETTES_SAMPLED = 2000
STREAM_GAP, STREAM_STABILITY, STREAM_SAMPLES = 1, 2, 3


def choose_k(
    X: Any,
    k_range: Iterable[int] = DEFAULT_RANGE,
    *,
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    n_threads: int | None = None,
) -> KChoice:
    """Find out how many clusters there are, if any, and say why.

    X (n, d) dense; ``k_range`` whole numbers from 1 to n, of which the default's beyond n are left out;
    sample_weight (n,), not negative: a weight w is the row w times (weights that sum to less than the number
    of rows are scaled to it). Returns a :class:`KChoice`: ``k`` is the largest number of clusters that are
    apart and do not dissolve, 1 if there are none, None if that is not clear or 1 was not asked about.

    O(n·d·Σk) a step for the fits, which share the packed points and help each other along k; O(n²·d) for the
    silhouettes up to 10,000 points and of a sample beyond; the gap statistic and stability look at 2,000 rows
    at most. Raises DataError (for sparse X too: the gap's reference, the silhouettes and the cells of rounded
    numbers are dense), ParameterError, OutOfMemory, and Interrupted on Ctrl-C, whose ``result`` is a KChoice
    with the fits and figures that were reached and no ``k``, or None before the first fit. Sources: those
    of ``globular.selection.valley``, ``gap``, ``stability``, ``criteria`` and ``silhouette``.

    >>> rng = np.random.default_rng(0)
    >>> X = np.vstack([rng.normal(size=(50, 2)) + [0, 10 * j] for j in range(3)])
    >>> choice = choose_k(X, range(1, 7), random_state=0)
    >>> choice.k
    3
    >>> choice.verdict
    '3: best on six of six criteria, every cluster stable'
    """
    problem = Problem.checked(X, sample_weight, n_threads=n_threads)
    dense(problem.points, "choose_k")
    return choose(problem, checked_range(k_range, problem.n), seed=seed_of(random_state))


def checked_range(k_range: Iterable[int], n: int) -> list[int]:
    """Return the numbers of clusters to try, ascending. Raises ParameterError, DataError."""
    if k_range == DEFAULT_RANGE:
        return [k for k in DEFAULT_RANGE if k <= n]
    try:
        asked = list(k_range)
    except TypeError:
        asked = []
    whole = [isinstance(k, int | np.integer) and not isinstance(k, bool) and k >= 1 for k in asked]
    if not asked or not all(whole):
        raise ParameterError(
            f"k_range={k_range!r}, but it must be whole numbers of at least 1: range(1, 11), or [2, 3, 5]"
        )
    ks = sorted({int(k) for k in asked})
    if ks[-1] > n:
        raise DataError(
            f"k_range goes up to {ks[-1]}, but X has only {n} row{'s' * (n != 1)} to cluster; "
            f"use k_range=range({min(ks[0], n)}, {n + 1})"
        )
    if ks[-1] > LARGEST_K:
        raise ParameterError(f"k_range goes up to {ks[-1]}, but at most {LARGEST_K} can be compared")
    return ks


def choose(
    problem: Problem, ks: Sequence[int], *, seed: int = 0, progress: Progress | None = None
) -> KChoice:
    """Choose among ascending numbers of clusters. What `choose_k` and the command line call.

    Raises Interrupted on Ctrl-C, with the choice so far, and what a listener raises.
    """
    under_way, unit = None, 1.0
    try:
        with memory_for(f"try up to {ks[-1]} clusters of", problem.points):
            seen, unit = _in_reach(_counted(problem))
            under_way = _Choosing(seen, ks, seed, progress or Progress())
            return _in_units(under_way.choice(), unit)
    except KeyboardInterrupt:
        so_far = under_way.so_far() if under_way else None
        raise Interrupted(_in_units(so_far, unit) if so_far else None) from None


def _counted(problem: Problem) -> Problem:
    """Scale weights that are shares rather than counts: their mean becomes one."""
    weights = problem.weights
    if weights is None or weights.sum() >= problem.n:
        return problem
    counts = weights * (problem.n / weights.sum())
    scaled = Problem.checked(problem.points, counts, n_threads=problem.n_threads)
    return replace(scaled, all_points=problem.all_points, rows=problem.rows)


def _in_reach(problem: Problem) -> tuple[Problem, float]:
    """Take points whose squares do not fit to a unit of their own, a power of two; return both."""
    frame = problem.frame
    widest = float(np.max(frame.highest - frame.lowest))
    if widest == 0.0 or 2.0**-REACH < widest < 2.0**REACH:
        return problem, 1.0
    unit = math.ldexp(1.0, math.frexp(widest)[1])
    points = np.asarray(problem.points, dtype=np.float64) / unit
    return Problem.checked(points, problem.weights, n_threads=problem.n_threads), unit


def _in_units(choice: KChoice, unit: float) -> KChoice:
    """Give costs and centers in the units of the data."""
    if unit == 1.0:
        return choice
    results = {
        k: replace(r, cost=r.cost * unit * unit, centers=r.centers * unit) for k, r in choice.results.items()
    }
    return replace(
        choice, table={**choice.table, "cost": choice.table["cost"] * unit * unit}, results=results
    )


def n_distinct(points: Array, most: int) -> int:
    """Return how many rows differ, or `most` if there are as many or more.

    >>> n_distinct(np.array([[1.0], [2.0], [1.0]]), 9)
    2
    """
    seen: set[bytes] = set()
    for row in points + 0.0:  # a zero has no sign then
        seen.add(row.tobytes())
        if len(seen) >= most:
            return most
    return len(seen)


class _Choosing:
    """One choice under way."""

    def __init__(self, problem: Problem, ks: Sequence[int], seed: int, listener: Progress) -> None:
        self.problem, self.seed, self.listener = problem, seed, listener
        self.found = Findings(list(ks), n_distinct(np.asarray(problem.points), ks[-1] + 1))
        self.doing = ""

    def choice(self) -> KChoice:
        """Find out all there is, and answer."""
        self._look()
        k, verdict = self.found.verdict()
        return self._answer(k, verdict, self.found.ks)

    def so_far(self) -> KChoice | None:
        """Return what was found before Ctrl-C: no answer, and the rows with a fit; None if there is none."""
        reached = sorted(self.found.results)
        verdict = f"no verdict: interrupted ({self.doing})"
        return replace(self._answer(None, verdict, reached), interrupted=True) if reached else None

    def _answer(self, k: int | None, verdict: str, ks: Sequence[int]) -> KChoice:
        found = self.found
        return KChoice(
            k=k,
            verdict=verdict,
            table=found.table(ks),
            best_by=found.best_by,
            candidates=tuple(found.candidates),
            results=found.results,
            n_gap_rows=found.gaps.n_rows,
            seed=self.seed,
        )

    def _look(self) -> None:
        """Fill in what is to be found, stage by stage; a stage that Ctrl-C ends leaves what it has."""
        found, tried = self.found, self.found.tried
        path = Path(self.problem, self.seed, self.listener)
        found.results = path.best
        path.fit(tried, lambda k: self._hear(f"fitting k = {k}"))
        labellings = {k: Labelling(self.problem, found.results[k].labels, k) for k in tried}
        for k in tried:
            self._hear(f"criteria of k = {k}")
            found.figures[k] = figures(labellings[k])
        for k in [k for k in tried if k > 1]:
            self._hear(f"silhouettes of k = {k}")
            found.scores[k] = self._score(labellings[k])
        found.gaps = gaps(self.problem, tried, _mixed(self.seed, STREAM_GAP), self._hear, self.listener)
        self._hear("looking between clusters")
        seen = self._off_the_grid()
        for k in found.scores:
            found.borders[k] = self._borders(labellings[k], seen)
        found.best_by = found.criteria()
        for k in found.leading():
            found.candidates.append(self._candidate(k))

    def _hear(self, stage: str) -> None:
        self.doing = stage
        self.listener.stage(stage)

    def _score(self, labelling: Labelling) -> Score:
        size = None if self.problem.n <= SILHOUETTES_OF else SILHOUETTES_SAMPLED
        draws = Draws(_mixed(self.seed, STREAM_SAMPLES), labelling.k)
        return score(labelling, "euclidean", size or "all", draws)

    def _off_the_grid(self) -> Problem:
        # Where there are no more places than clusters, each place may be one, grid or not.
        if self.found.n_distinct <= self.found.ks[-1]:
            return self.problem
        draws = Draws(_mixed(self.seed, STREAM_SAMPLES), 0)
        points = off_the_grid(np.asarray(self.problem.points), draws)
        if points is None:
            return self.problem
        return Problem.checked(points, self.problem.weights, n_threads=self.problem.n_threads)

    def _borders(self, labelling: Labelling, seen: Problem) -> Borders:
        draws = Draws(_mixed(self.seed, STREAM_SAMPLES), 1000 + labelling.k)
        return borders(replace(labelling, problem=seen), draws)

    def _candidate(self, k: int) -> Candidate:
        result = self.found.results[k]
        return Candidate(
            k=k,
            best_by=tuple(name for name, says in self.found.best_by.items() if says == k),
            jaccard=jaccards(
                self.problem,
                result.labels,
                result.centers,
                _mixed(self.seed, STREAM_STABILITY),
                self._hear,
                self.listener,
            ),
            borders=self.found.borders[k],
        )


def _mixed(seed: int, stream: int) -> int:
    """A seed of its own for each purpose, within 63 bits."""
    return int(Draws(seed, 2**40 + stream).uniforms(1)[0] * 2**53)
