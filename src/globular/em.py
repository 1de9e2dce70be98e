"""The E–M loop of k-means, and all that is done with it.

The loop in :func:`em` is the four lines of the k-means chapter of VanderPlas' *Python Data Science
Handbook*: give every point its nearest center, move every center to the mean of its points, and stop
when no center moved. Around it: :func:`run` follows one start to its end, :func:`fit` tries several
starts and keeps the best, and :func:`em_steps` shows every half step to whoever wants to watch. Nobody
here knows which engine reads the points.

Lloyd (1957, published 1982); MacQueen (1967).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from globular import _native, merge
from globular.assign import assign
from globular.centers import Centers, as_array, kept, moves
from globular.engines import Engine
from globular.errors import ConvergenceWarning, CostRoseWarning, DataError, Interrupted, ParameterError
from globular.finish import finish, with_absent_rows
from globular.merge import Merged
from globular.points import SparsePoints
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.registry import ALGORITHMS, ENGINES, SEEDINGS, Algorithm, look_up
from globular.result import Result
from globular.seeding import Draws, Seeding
from globular.seeding.given import Given
from globular.seeding.plus_plus import PlusPlus
from globular.shortage import memory_for
from globular.starts import Starts
from globular.step import HalfStep, Step
from globular.stopping import COST_ROSE, INTERRUPT, AnyOf, Asked, Deadline, MaxSteps, NoMoves, Shift, Stop
from globular.tally import Tally
from globular.threads import threads

__all__ = ["assign", "em", "em_steps", "fit", "run"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the loop: an E-step from `before`, and the M-step to `after`."""

    t: int
    tally: Tally
    before: Centers  # (k, d) float64
    after: Centers  # (k, d) float64


def em(engine: Engine, centers: Centers) -> Iterator[Turn]:
    """Yield the turns of expectation–maximization from `centers` (k, d) float64, without end."""
    for t in count(1):
        tally = engine.e_step(centers)  # E: every point to its nearest center
        means = fill_empty(engine, tally, centers).m_step(centers)  # M: every center to its points' mean
        yield Turn(t, tally, centers, means)
        centers = means
        del tally  # or its sums would stay while the next are added up


def fill_empty(engine: Engine, tally: Tally, centers: Centers) -> Tally:
    """Give each cluster that has no point one that is far from its center; return the tally then.

    A point that becomes its own center costs nothing, and those it leaves can only come closer to
    their mean: the cost falls. With fewer distinct points than clusters some stay empty.
    """
    if tally.n_empty:
        for j, rows in zip(tally.empty, engine.farthest(centers, tally.n_empty), strict=False):
            tally = engine.move(rows, int(j), tally)
    return tally


def run(engine: Engine, centers: Centers, stop: Stop, progress: Progress | None = None) -> Result:
    """Follow one start to its end. Raises Interrupted, with the result so far, on Ctrl-C."""
    progress = progress or Progress()
    engine.forget()
    centers = kept(centers, engine.problem.points)
    spread = engine.problem.spread
    history: list[Step] = []
    stopped: Stop | None = None
    last: Tally | None = None
    try:
        for turn in em(engine, centers):
            step = _record(turn, spread)
            if message := _rose(history, step, spread):
                progress.warn(message, CostRoseWarning)
                break
            history.append(step)
            centers = turn.after
            # An E-step against centers that did not move stands, if no cluster was filled after it.
            last = turn.tally if step.n_moved == 0 and step.n_empty == 0 else None
            del turn  # or its sums and centers would stay while the next are made
            stopped = stop(step)
            progress.moved(centers)
            if progress.step(step, stopped) and not stopped:
                stopped = Asked()
            if stopped:
                break
        settled, stopped_by = (stopped.settled, stopped.name) if stopped else (False, COST_ROSE)
        return finish(engine, centers, history, last, settled, stopped_by)
    except KeyboardInterrupt:
        so_far = finish(engine, centers, history, None, False, INTERRUPT) if history else None
        raise Interrupted(so_far) from None


def _record(turn: Turn, spread: _native.Spread) -> Step:
    shift_sq, n_moved = moves(turn.before, turn.after)
    return Step(
        t=turn.t,
        cost=turn.tally.cost(turn.before, spread),
        shift_sq=shift_sq,
        n_changed=turn.tally.n_changed,
        n_settled=turn.tally.n_settled,
        n_distances=turn.tally.n_distances,
        n_moved=n_moved,
        n_empty=turn.tally.n_empty,
    )


def _rose(history: list[Step], step: Step, spread: _native.Spread) -> str | None:
    """Return a message if the cost rose by more than its own rounding, which the algorithm forbids.

    Each of the two costs may be off by 1e-15 of the spread (`Tally.cost`); as much again is left to spare.
    """
    if not history or step.cost <= history[-1].cost + 4e-15 * spread.total_sq:
        return None
    return (
        f"the cost rose from {history[-1].cost!r} to {step.cost!r} in step {step.t}; the step before is "
        "returned. This is a fault of globular: please report it, with the data if you can"
    )


def fit(
    problem: Problem,
    n_clusters: int,
    *,
    seeding: str | Seeding = "k-means++",
    algorithm: str = "auto",
    n_init: int = 1,
    max_iter: int = 300,
    tol: float = 1e-4,
    time_budget: float | Deadline | None = None,
    seed: int = 0,
    engine: str = "memory",
    level: str | None = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Fit k-means from `n_init` starts and return the best.

    ``tol`` has scikit-learn's meaning: a start has settled when its centers move by less than this
    share of the mean variance of the features, as a sum of squares. After ``time_budget`` seconds, or
    at a `Deadline`, the step, the seeding or the start under way is the last, yet one step is made at
    least; the pass that labels the points is made after that. The seed alone decides every draw;
    threads and level decide nothing. Warns ConvergenceWarning when there are fewer distinct points
    than clusters. Raises ParameterError, DataError, OutOfMemory, and Interrupted on Ctrl-C.

    >>> problem = Problem.checked([[0.0], [1.0], [9.0], [10.0]])
    >>> fit(problem, 2).cost
    1.0
    """
    check_size(problem, n_clusters)
    way = algorithm_for(problem, algorithm)
    choose = look_up(SEEDINGS, seeding, "seeding")() if isinstance(seeding, str) else seeding
    if time_budget is None or isinstance(time_budget, Deadline):
        deadline = time_budget
    else:
        deadline = Deadline.after(time_budget)
    n_threads = None if n_threads is None else threads(n_threads).n
    with memory_for("pack", problem.points):
        if way.merges is None:
            chosen = n_clusters if isinstance(choose, PlusPlus) else 0  # in a pass each
            distinct = merge.where_it_pays(problem, n_clusters, n_init * (chosen + max_iter))
        else:
            distinct = merge.merged(problem) if way.merges else None
        read = distinct.problem if distinct else problem
        reader = look_up(ENGINES, engine, "engine")(read, level=level, n_threads=n_threads, way=way.way)
    rules: list[Stop] = [NoMoves()]
    rules += [Shift(tol * read.mean_variance)] if tol > 0 else []
    rules += [MaxSteps(max_iter)] + ([deadline] if deadline else [])
    progress = progress or Progress()
    starts, cut = Starts(), ""
    try:
        for start in range(n_init):
            with memory_for(f"choose {n_clusters} first centers among", problem.points):
                first = [choose(reader, n_clusters, Draws(seed, start))]
            if starts.best and deadline and deadline.passed:
                cut = deadline.name
                break
            progress.start(start)
            result = _kept(starts, reader, first, AnyOf(*rules), progress)
            more = start + 1 < n_init
            if progress.end(start) and (more or result.stopped_by == Asked.name):
                cut = Asked.name
            elif deadline and (result.stopped_by == deadline.name or (more and deadline.passed)):
                cut = deadline.name
            if cut:
                break
        best = _best(starts, problem, distinct, seed, cut)
        assert best is not None  # no start ends without a result
        warn_if_fewer(best, n_clusters, progress)
        return best
    except KeyboardInterrupt:
        raise Interrupted(_best(starts, problem, distinct, seed, INTERRUPT)) from None


def _kept(starts: Starts, engine: Engine, first: list[Centers], stop: Stop, progress: Progress) -> Result:
    """Run one start; keep what came of it, an interrupted one's best too.

    `first` is emptied of the first centers, so that nobody holds them while the fit goes on.
    """
    try:
        with memory_for(f"fit {len(first[0])} centers to", engine.problem.points):
            result = run(engine, first.pop(), stop, progress)
    except Interrupted as interrupt:
        starts.keep(interrupt.result)
        raise
    starts.keep(result)
    return result


def _best(starts: Starts, problem: Problem, distinct: Merged | None, seed: int, cut: str) -> Result | None:
    """Return the best result, with labels for all rows; None if there is none."""
    if starts.best is None:
        return None
    whole = with_absent_rows(distinct.unmerged(starts.best) if distinct else starts.best, problem)
    return replace(whole, seed=seed, costs=starts.costs, stopped_by=cut or whole.stopped_by)


def algorithm_for(problem: Problem, name: str) -> Algorithm:
    """Return the algorithm of this name; ParameterError if there is none, or not for such points."""
    algorithm = look_up(ALGORITHMS, name, "algorithm")
    if algorithm.dense and isinstance(problem.points, SparsePoints):
        raise ParameterError(f"algorithm={name!r} is not for sparse X: use 'auto'")
    if algorithm.most_features is not None and problem.d > algorithm.most_features:
        raise ParameterError(
            f"algorithm={name!r} is for at most {algorithm.most_features} features, but X has {problem.d}: "
            "use 'auto'"
        )
    return algorithm


def check_size(problem: Problem, n_clusters: int) -> None:
    if isinstance(n_clusters, bool) or not isinstance(n_clusters, Integral) or n_clusters < 1:
        raise ParameterError(f"n_clusters={n_clusters!r}, but it must be an integer of at least 1")
    if problem.n < n_clusters:
        rows = "rows" if problem.rows is None else "rows with a positive weight"
        raise DataError(
            f"n_samples={problem.n} should be >= n_clusters={n_clusters}: X has only {problem.n} {rows}; "
            f"use n_clusters <= {problem.n}"
        )


def warn_if_fewer(result: Result, n_clusters: int, progress: Progress) -> None:
    distinct = int(np.count_nonzero(result.sizes))
    if distinct < n_clusters:
        progress.warn(
            f"Number of distinct clusters ({distinct}) found smaller than n_clusters ({n_clusters}). "
            f"Possibly due to duplicate points in X. Use n_clusters={distinct}, or expect empty clusters",
            ConvergenceWarning,
        )


def em_steps(
    X: Any,
    centers: npt.ArrayLike,
    *,
    sample_weight: npt.ArrayLike | None = None,
    max_iter: int = 300,
    engine: str = "memory",
) -> Iterator[HalfStep]:
    """Yield every E-step and every M-step from `centers` until no center moves: k-means, watched.

    X (n, d), centers (k, d), k <= n; sample_weight (n,) positive: a weight w is the row w times.
    Yields :class:`globular.step.HalfStep` records, E and M in turn, at most `max_iter` of each; the
    centers of the last one are where k-means came to rest. `engine` is 'memory', or 'reference' for
    plain NumPy. O(n k d) a pair. Raises DataError and ParameterError (globular.errors).

    >>> [(h.kind, h.cost) for h in em_steps([[0.0], [1.0], [5.0]], [[0.0], [1.0]])]
    [('E', 16.0), ('M', 8.0), ('E', 5.0), ('M', 0.5), ('E', 0.5), ('M', 0.5)]
    """
    problem = Problem.checked(X, sample_weight)
    if problem.rows is not None:
        raise DataError("em_steps has no use for rows of weight 0: leave them out of X and sample_weight")
    reader = look_up(ENGINES, engine, "engine")(problem)
    start = np.asarray(centers)
    start = as_array(Given(start)(reader, len(start) if start.ndim else 0, Draws(0, 0)))
    check_size(problem, len(start))
    if isinstance(max_iter, bool) or not isinstance(max_iter, Integral) or max_iter < 1:
        raise ParameterError(f"max_iter={max_iter!r}, but it must be an integer of at least 1")
    return _half_steps(reader, start, max_iter)


def _half_steps(engine: Engine, centers: Array, max_iter: int) -> Iterator[HalfStep]:
    spread = engine.problem.spread
    centers.flags.writeable = False
    labels = np.full(engine.problem.n, -1, dtype=np.int32)
    for t in range(1, max_iter + 1):
        tally = engine.e_step(centers)
        before, labels = labels, engine.labels()
        cost = tally.cost(centers, spread)
        yield HalfStep(t, "E", labels, centers, centers, cost, np.flatnonzero(labels != before))
        filled = fill_empty(engine, tally, centers)
        means = filled.m_step(centers)
        means.flags.writeable = False  # the loop goes on from these: whoever watches must not steer
        before, labels = labels, engine.labels()
        cost = filled.cost(means, spread)
        yield HalfStep(t, "M", labels, centers, means, cost, np.flatnonzero(labels != before))
        if np.array_equal(centers, means):
            return
        centers = means
