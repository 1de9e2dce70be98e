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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from globular.errors import DataError, Interrupted, MissingExtraError, ParameterError
from globular.points import SparsePoints, is_sparse
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.result import Result
from globular.seeding import Draws
from globular.selection.criteria import Figures, figures
from globular.selection.gap import Gaps, gaps
from globular.selection.gridded import off_the_grid
from globular.selection.labelling import Labelling
from globular.selection.path import Path
from globular.selection.seed import RandomState, seed_of
from globular.selection.silhouette import Score, score
from globular.selection.stability import DISSOLVED, STABLE, jaccards
from globular.selection.valley import Borders, borders
from globular.shortage import memory_for

DEFAULT_RANGE = range(1, 11)
LARGEST_K = 1000
REACH = 100  # bits that the range of the points may lie from one
SILHOUETTES_OF = 10_000  # points looked at one by one in the table, beyond that a sample of
SILHOUETTES_SAMPLED = 2000
MOST_CANDIDATES = 4
INSISTING_ERRORS = 3.0  # standard errors by which the gap must speak against k = 1
INSISTING_SILHOUETTE = 0.5
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
STREAM_GAP, STREAM_STABILITY, STREAM_SAMPLES = 1, 2, 3


@dataclass(frozen=True, eq=False)
class Candidate:
    """A number of clusters that was looked at closely. Clusters are in the order of the fit's labels."""

    k: int
    best_by: tuple[str, ...]  # criteria that are best here
    jaccard: Array  # (k,) float64, how alike each cluster is when rows are drawn anew; stable from 0.75 on
    borders: Borders  # dip tests between neighbours, and points near borders

    @property
    def supported(self) -> bool:
        """Whether its clusters are apart and none dissolves."""
        return self.borders.supported and bool(np.all(self.jaccard >= DISSOLVED))

    @property
    def stable(self) -> bool:
        """Whether every cluster is stable."""
        return bool(np.all(self.jaccard >= STABLE))


@dataclass(frozen=True, eq=False)
class KChoice:
    """What :func:`choose_k` found: the pick or None, why, and the table it rests on.

    >>> KChoice(k=2, verdict="2: ...", table={"k": np.array([1, 2])}, best_by={}, candidates=())
    KChoice(k=2, verdict='2: ...')
    """

    k: int | None  # None: no clear answer
    verdict: str  # one sentence
    # Column by column, (m,) each: k int64; cost float64, data units²; silhouette, silhouette_error (0 where
    # all points were looked at), calinski_harabasz, davies_bouldin, bic, gap, gap_error: float64, NaN where
    # not defined; n_unclear int64, pairs of clusters without a valley and clusters that crowd their borders,
    # -1 where not defined; stability float64, of the least stable cluster, NaN where not looked at.
    table: Mapping[str, Array]
    best_by: Mapping[str, int]  # criterion -> the k that it says
    candidates: tuple[Candidate, ...]
    results: Mapping[int, Result] = field(default_factory=dict)  # the fit of each k: labels, centers, cost
    n_gap_rows: int = 0  # rows that the gap statistic was computed from
    seed: int = 0

    def __repr__(self) -> str:
        return f"KChoice(k={self.k}, verdict={self.verdict!r})"

    def to_frame(self) -> Any:
        """Return the table as a pandas DataFrame, a row for each k. Raises MissingExtraError."""
        try:
            pandas = import_module("pandas")
        except ImportError:
            message = "to_frame needs pandas: pip install pandas; .table has the arrays"
            raise MissingExtraError(message) from None
        return pandas.DataFrame(dict(self.table))

    def to_dict(self) -> dict[str, Any]:
        """Return all but the fits as plain numbers and text, None where something is not defined."""
        return {
            "k": self.k,
            "verdict": self.verdict,
            "best_by": dict(self.best_by),
            "criteria": {name: [_plain(v) for v in column.tolist()] for name, column in self.table.items()},
            "candidates": [
                {
                    "k": c.k,
                    "best_by": list(c.best_by),
                    "apart": c.borders.supported,
                    "jaccard": c.jaccard.tolist(),
                    "near_border": c.borders.near.tolist(),
                    "dips": [[v.a, v.b, v.p_value, _plain(v.apart)] for v in c.borders.valleys],
                }
                for c in self.candidates
            ],
            "n_gap_rows": self.n_gap_rows,
            "seed": self.seed,
        }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
    at most. Raises DataError, ParameterError, OutOfMemory, and Interrupted on Ctrl-C. Sources: the modules
    ``globular.selection.valley``, ``gap``, ``stability``, ``criteria`` and ``silhouette`` name theirs.

    >>> rng = np.random.default_rng(0)
    >>> X = np.vstack([rng.normal(size=(50, 2)) + [0, 10 * j] for j in range(3)])
    >>> choice = choose_k(X, range(1, 7), random_state=0)
    >>> choice.k
    3
    >>> choice.verdict
    '3: best on six of six criteria, every cluster stable'
    """
    if is_sparse(X) or isinstance(X, SparsePoints):
        raise DataError(
            "X is sparse, and choose_k takes dense arrays only; pass X.toarray(), or fewer features "
            "(sklearn.decomposition.TruncatedSVD)"
        )
    problem = Problem.checked(X, sample_weight, n_threads=n_threads)
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

    Raises Interrupted, without a result, on Ctrl-C, and what a listener raises.
    """
    listener = progress or Progress()
    try:
        with memory_for(f"try up to {ks[-1]} clusters of", problem.points):
            seen, unit = _in_reach(_counted(problem))
            return _in_units(_Choosing(seen, ks, seed, listener).choice(), unit)
    except KeyboardInterrupt:
        raise Interrupted(None) from None


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
        self.problem, self.ks, self.seed, self.listener = problem, list(ks), seed, listener
        self.distinct = n_distinct(np.asarray(problem.points), self.ks[-1] + 1)
        self.tried = [k for k in self.ks if k <= self.distinct]

    def choice(self) -> KChoice:
        hear = self.listener.stage
        path = Path(self.problem, self.seed, self.listener)
        self.results = path.fit(self.tried, lambda k: hear(f"fitting k = {k}"))
        self.labellings = {k: self._labelling(k) for k in self.tried}
        self.figures = {k: figures(self.labellings[k]) for k in self.tried}
        self.scores = {k: self._score(k) for k in self.tried if k > 1}
        self.gaps = gaps(self.problem, self.tried, _mixed(self.seed, STREAM_GAP), hear, self.listener)
        hear("looking between clusters")
        self.borders = self._borders()
        self.best_by = self._best_by()
        self.candidates = [self._candidate(k) for k in self._leading()]
        k, verdict = self._verdict()
        return KChoice(
            k=k,
            verdict=verdict,
            table=self._table(),
            best_by=self.best_by,
            candidates=tuple(self.candidates),
            results=self.results,
            n_gap_rows=self.gaps.n_rows,
            seed=self.seed,
        )

    def _labelling(self, k: int) -> Labelling:
        return Labelling(self.problem, self.results[k].labels, k)

    def _score(self, k: int) -> Score:
        self.listener.stage(f"silhouettes of k = {k}")
        size = None if self.problem.n <= SILHOUETTES_OF else SILHOUETTES_SAMPLED
        draws = Draws(_mixed(self.seed, STREAM_SAMPLES), k)
        return score(self.labellings[k], "euclidean", size or "all", draws)

    def _borders(self) -> dict[int, Borders]:
        seed = _mixed(self.seed, STREAM_SAMPLES)
        # Where there are no more places than clusters, each place may be one, grid or not.
        points = None
        if self.distinct > self.ks[-1]:
            points = off_the_grid(np.asarray(self.problem.points), Draws(seed, 0))
        seen = self.problem
        if points is not None:
            seen = Problem.checked(points, self.problem.weights, n_threads=self.problem.n_threads)
        return {
            k: borders(replace(self.labellings[k], problem=seen), Draws(seed, 1000 + k))
            for k in self.tried
            if k > 1
        }

    def _best_by(self) -> dict[str, int]:
        """What each criterion says, where it says something."""
        found = {
            "silhouette": _best(self.scores, largest=True),
            "calinski_harabasz": self._best_figure("calinski_harabasz", largest=True),
            "davies_bouldin": self._best_figure("davies_bouldin", largest=False),
            "bic": self._best_figure("bic", largest=False),
            "gap": _gap_says(self.gaps),
            "separation": self._separation_says(),
        }
        return {name: k for name, k in found.items() if k is not None}

    def _best_figure(self, name: str, *, largest: bool) -> int | None:
        values = {k: getattr(f, name) for k, f in self.figures.items()}
        return _best({k: v for k, v in values.items() if not math.isnan(v)}, largest=largest)

    def _separation_says(self) -> int | None:
        apart = [k for k, found in self.borders.items() if found.supported]
        if apart:
            return max(apart)
        return 1 if 1 in self.tried else None

    def _leading(self) -> list[int]:
        """The candidates: what is apart at the largest k first, then what most criteria say."""
        apart = sorted((k for k, found in self.borders.items() if found.supported), reverse=True)
        votes = list(self.best_by.values())
        said = sorted({k for k in votes if k > 1}, key=lambda k: (-votes.count(k), k))
        return sorted(list(dict.fromkeys([*apart[:2], *said]))[:MOST_CANDIDATES])

    def _candidate(self, k: int) -> Candidate:
        result = self.results[k]
        return Candidate(
            k=k,
            best_by=tuple(name for name, says in self.best_by.items() if says == k),
            jaccard=jaccards(
                self.problem,
                result.labels,
                result.centers,
                _mixed(self.seed, STREAM_STABILITY),
                self.listener.stage,
                self.listener,
            ),
            borders=self.borders[k],
        )

    def _verdict(self) -> tuple[int | None, str]:
        supported = [c for c in self.candidates if c.supported]
        if supported:
            return supported[-1].k, self._praise(supported[-1])
        if self.distinct == 1:
            return (1 if 1 in self.ks else None), "no cluster structure found: all rows are the same point"
        insisting = self._insisting()
        if 1 in self.tried and insisting is None:
            return 1, f"no cluster structure found: {self._not_apart()}"
        said = _listed(sorted({k for k in self.best_by.values() if k > 1}))
        if insisting is None and not said:
            return None, f"no clear k: {self._not_apart()}"
        return None, f"no clear k: criteria say {said}, but {self._not_apart()}"

    def _praise(self, pick: Candidate) -> str:
        total, best = len(self.best_by), len(pick.best_by)
        shaky = np.flatnonzero(pick.jaccard < STABLE)
        if len(shaky) == 0:
            steady = "every cluster stable"
        else:
            which, are = _listed(shaky.tolist()), "s are" if len(shaky) > 1 else " is"
            steady = f"all clusters apart, but {len(shaky)} cluster{are} not stable: number {which}"
        praise = f"{pick.k}: best on {NUMBERS[best]} of {NUMBERS[total]} criteria, {steady}"
        if pick.k == self.ks[-1] and pick.k > 1 and self.distinct > pick.k:
            praise += f"; {pick.k} is the largest k tried, there may be more"
        return praise

    def _not_apart(self) -> str:
        ks = [k for k in self.tried if k > 1]
        if not ks:
            return "no k above 1 was tried" if self.ks[-1] == 1 else "there are too few different rows"
        dissolving = [c.k for c in self.candidates if c.borders.supported]
        if dissolving:
            return f"at k = {_listed(dissolving)} clusters are apart but dissolve when rows are drawn anew"
        span = f"k = {ks[0]} does not give" if len(ks) == 1 else f"no k from {ks[0]} to {ks[-1]} gives"
        return f"{span} clusters that are apart from each other"

    def _insisting(self) -> int | None:
        """The k on which all that look for compact clusters insist against one cluster, or None."""
        says = {self.best_by.get(name) for name in ("silhouette", "calinski_harabasz", "davies_bouldin")}
        k = says.pop() if len(says) == 1 else None
        candidate = next((c for c in self.candidates if c.k == k), None)
        if k is None or candidate is None or not candidate.stable:
            return None
        gap, error = self.gaps.gap, self.gaps.error
        if 1 not in gap or k not in gap or not gap[k] - gap[1] > INSISTING_ERRORS * max(error[k], error[1]):
            return None
        return k if self.scores[k] >= INSISTING_SILHOUETTE else None

    def _table(self) -> dict[str, Array]:
        ks = self.ks
        stability = {c.k: float(c.jaccard.min()) for c in self.candidates}
        nan = math.nan

        def column(values: Mapping[int, float], otherwise: float = nan) -> Array:
            return np.array([float(values.get(k, otherwise)) for k in ks])

        by_name = {
            name: column({k: getattr(f, name) for k, f in self.figures.items()}) for name in Figures._fields
        }
        unclear = [self.borders[k].n_unclear if k in self.borders else -1 for k in ks]
        return {
            "k": np.array(ks, dtype=np.int64),
            "cost": column({k: r.cost for k, r in self.results.items()}, 0.0),
            "silhouette": column(self.scores),
            "silhouette_error": column({k: s.standard_error for k, s in self.scores.items()}),
            **by_name,
            "gap": column(self.gaps.gap),
            "gap_error": column(self.gaps.error),
            "n_unclear": np.array(unclear, dtype=np.int64),
            "stability": column(stability),
        }


def _best(values: Mapping[int, float], *, largest: bool) -> int | None:
    """The smallest k of the best value."""
    if not values:
        return None
    return min(values, key=lambda k: (-values[k] if largest else values[k], k))


def _gap_says(found: Gaps) -> int | None:
    """The smallest k whose gap is no less than the next one's, but for that one's standard error."""
    ks = sorted(k for k, gap in found.gap.items() if math.isfinite(gap))
    for k, following in pairwise(ks):
        if found.gap[k] >= found.gap[following] - found.error[following]:
            return k
    return ks[-1] if ks else None


def _listed(values: Sequence[int]) -> str:
    words = [str(v) for v in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _mixed(seed: int, stream: int) -> int:
    """A seed of its own for each purpose, within 63 bits."""
    return int(Draws(seed, 2**40 + stream).uniforms(1)[0] * 2**53)
