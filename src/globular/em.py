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

from globular import _native
from globular.engines import Engine
from globular.engines.memory import level_name
from globular.errors import ConvergenceWarning, CostRoseWarning, DataError, Interrupted, ParameterError
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.registry import ALGORITHMS, ENGINES, SEEDINGS, look_up
from globular.result import Result
from globular.seeding import Draws, Seeding
from globular.seeding.given import Given
from globular.step import HalfStep, Step
from globular.stopping import AnyOf, MaxSteps, NoMoves, Shift, Stop
from globular.tally import Tally
from globular.threads import threads


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the loop: an E-step from `before`, and the M-step to `after`."""

    t: int
    tally: Tally
    before: Array  # (k, d) float64
    after: Array  # (k, d) float64


def em(engine: Engine, centers: Array) -> Iterator[Turn]:
    """Yield the turns of expectation–maximization from `centers` (k, d) float64, without end."""
    for t in count(1):
        tally = engine.e_step(centers)  # E: every point to its nearest center
        means = fill_empty(engine, tally, centers).m_step(centers)  # M: every center to its points' mean
        yield Turn(t, tally, centers, means)
        centers = means


def fill_empty(engine: Engine, tally: Tally, centers: Array) -> Tally:
    """Give each cluster that has no point one that is far from its center; return the tally then.

    A point that becomes its own center costs nothing, and those it leaves can only come closer to
    their mean: the cost falls. With fewer distinct points than clusters some stay empty.
    """
    empty = tally.empty
    if len(empty):
        for j, rows in zip(empty, engine.farthest(centers, len(empty)), strict=False):
            tally = engine.move(rows, int(j), tally)
    return tally


def run(engine: Engine, centers: Array, stop: Stop, progress: Progress | None = None) -> Result:
    """Follow one start to its end. Raises Interrupted, with the result so far, on Ctrl-C."""
    progress = progress or Progress()
    engine.forget()
    spread = engine.problem.spread
    history: list[Step] = []
    stopped: Stop | None = None
    turn: Turn | None = None
    try:
        for turn in em(engine, centers):
            step = _record(turn, spread)
            if message := _rose(history, step, spread):
                progress.warn(message, CostRoseWarning)
                break
            history.append(step)
            centers = turn.after
            stopped = stop(step)
            progress.step(step, stopped)
            if stopped:
                break
        # The last E-step was made against these centers if none moved, and stands if no cluster was filled.
        unmoved = turn is not None and np.array_equal(turn.before, centers) and not len(turn.tally.empty)
        last = turn.tally if turn is not None and unmoved else None
        return _finish(engine, centers, history, last, stopped is not None and stopped.settled)
    except KeyboardInterrupt:
        raise Interrupted(_finish(engine, centers, history, None, False) if history else None) from None


def _record(turn: Turn, spread: _native.Spread) -> Step:
    shift = turn.after - turn.before
    return Step(
        t=turn.t,
        cost=turn.tally.cost(turn.before, spread),
        shift_sq=float(np.vdot(shift, shift)),
        n_changed=turn.tally.n_changed,
        n_settled=turn.tally.n_settled,
        n_distances=turn.tally.n_distances,
        n_moved=int(np.count_nonzero(np.any(shift != 0.0, axis=1))),
        n_empty=len(turn.tally.empty),
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


def _finish(engine: Engine, centers: Array, history: list[Step], last: Tally | None, settled: bool) -> Result:
    """Round the centers to the points' dtype, and give labels and cost of exactly those.

    ``last`` is the tally of these centers, if there is one: where rounding changes nothing it will do.
    """
    final = centers.astype(engine.problem.points.dtype)
    exact = final.astype(np.float64)
    tally = last if last and np.array_equal(exact, centers) else engine.e_step(exact)
    return Result(final, engine.labels(), engine.cost(exact), tally.sizes, tuple(history), settled)


def fit(
    problem: Problem,
    n_clusters: int,
    *,
    seeding: str | Seeding = "k-means++",
    algorithm: str = "auto",
    n_init: int = 1,
    max_iter: int = 300,
    tol: float = 1e-4,
    seed: int = 0,
    engine: str = "memory",
    level: str | None = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Fit k-means from `n_init` starts and return the best.

    ``tol`` has scikit-learn's meaning: a start has settled when its centers move by less than this
    share of the mean variance of the features, as a sum of squares. The seed alone decides every
    draw; threads and level decide nothing. Warns ConvergenceWarning when there are fewer distinct
    points than clusters. Raises ParameterError, DataError, and Interrupted on Ctrl-C.

    >>> problem = Problem.checked([[0.0], [1.0], [9.0], [10.0]])
    >>> fit(problem, 2).cost
    1.0
    """
    check_size(problem, n_clusters)
    look_up(ALGORITHMS, algorithm, "algorithm")  # one of these; all give the same bits, and so far one way
    choose = look_up(SEEDINGS, seeding, "seeding")() if isinstance(seeding, str) else seeding
    stop = AnyOf(NoMoves(), *([Shift(tol * problem.mean_variance)] if tol > 0 else []), MaxSteps(max_iter))
    reader = look_up(ENGINES, engine, "engine")(
        problem, level=level, n_threads=None if n_threads is None else threads(n_threads).n
    )
    progress = progress or Progress()
    results: list[Result] = []  # the best so far, alone
    costs: list[float] = []

    def keep(result: Result | None) -> None:
        if result is None:
            return
        costs.append(result.cost)
        if not results or result.cost < results[0].cost:
            results[:] = [result]

    def best() -> Result:
        return replace(_with_absent_rows(results[0], problem), seed=seed, costs=tuple(costs))

    try:
        for start in range(n_init):
            centers = choose(reader, n_clusters, Draws(seed, start))
            progress.start(start)
            keep(run(reader, centers, stop, progress))
    except KeyboardInterrupt as interrupt:
        keep(getattr(interrupt, "result", None))
        raise Interrupted(best() if results else None) from None
    _warn_if_fewer(results[0], n_clusters, progress)
    return best()


def check_size(problem: Problem, n_clusters: int) -> None:
    if isinstance(n_clusters, bool) or not isinstance(n_clusters, Integral) or n_clusters < 1:
        raise ParameterError(f"n_clusters={n_clusters!r}, but it must be an integer of at least 1")
    if problem.n < n_clusters:
        rows = "rows" if problem.rows is None else "rows with a positive weight"
        raise DataError(
            f"n_samples={problem.n} should be >= n_clusters={n_clusters}: X has only {problem.n} {rows}; "
            f"use n_clusters <= {problem.n}"
        )


def _warn_if_fewer(result: Result, n_clusters: int, progress: Progress) -> None:
    distinct = int(np.count_nonzero(result.sizes))
    if distinct < n_clusters:
        progress.warn(
            f"Number of distinct clusters ({distinct}) found smaller than n_clusters ({n_clusters}). "
            f"Possibly due to duplicate points in X. Use n_clusters={distinct}, or expect empty clusters",
            ConvergenceWarning,
        )


def _with_absent_rows(result: Result, problem: Problem) -> Result:
    """Give rows of weight 0 a label too: they took no part, but the caller's rows all want one."""
    if problem.rows is None:
        return result
    return replace(result, labels=assign(problem.all_points, result.centers, n_threads=problem.n_threads))


def assign(
    points: Any, centers: npt.ArrayLike, *, n_threads: int | None = None, level: str | None = None
) -> Array:
    """Return the index of the nearest center of each point, the lowest on ties.

    points (n, d) float32 or float64 (anything else becomes float64) or sparse, centers (k, d); returns (n,)
    int32. Nearest by the exact float64 distance, whatever the dtypes. O(n k d) time, O(k d) memory
    beside the points. Raises DataError.

    >>> assign([[0.0], [4.0]], [[1.0], [5.0]])
    array([0, 1], dtype=int32)
    """
    problem = Problem.checked(points, n_threads=n_threads)
    exact = np.ascontiguousarray(centers, dtype=np.float64)
    if exact.ndim != 2 or exact.shape[1] != problem.d or len(exact) == 0:
        raise DataError(
            f"centers has shape {exact.shape}, but X has {problem.d} features: pass (k, {problem.d})"
        )
    if not np.all(np.isfinite(exact)):
        raise DataError("centers must be finite; some are NaN or infinite")
    return _native.assign(problem.native_points, problem.frame, exact, level_name(level), problem.n_threads)


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
    start = Given(start)(reader, len(start) if start.ndim else 0, Draws(0, 0))
    check_size(problem, len(start))
    if isinstance(max_iter, bool) or not isinstance(max_iter, Integral) or max_iter < 1:
        raise ParameterError(f"max_iter={max_iter!r}, but it must be an integer of at least 1")
    return _half_steps(reader, start, max_iter)


def _half_steps(engine: Engine, centers: Array, max_iter: int) -> Iterator[HalfStep]:
    spread = engine.problem.spread
    labels = np.full(engine.problem.n, -1, dtype=np.int32)
    for t in range(1, max_iter + 1):
        tally = engine.e_step(centers)
        before, labels = labels, engine.labels()
        cost = tally.cost(centers, spread)
        yield HalfStep(t, "E", labels, centers, centers, cost, np.flatnonzero(labels != before))
        filled = fill_empty(engine, tally, centers)
        means = filled.m_step(centers)
        before, labels = labels, engine.labels()
        cost = filled.cost(means, spread)
        yield HalfStep(t, "M", labels, centers, means, cost, np.flatnonzero(labels != before))
        if np.array_equal(centers, means):
            return
        centers = means
