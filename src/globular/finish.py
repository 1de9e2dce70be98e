"""How a start ends, however it ends: with labels and a cost that belong to its centers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from globular.assign import assign
from globular.centers import Centers, as_array, moves, rounded
from globular.engines import Engine
from globular.engines.memory import MemoryEngine
from globular.problem import Problem
from globular.result import Result
from globular.step import Step
from globular.stopping import Asked
from globular.tally import Tally


def finish(
    engine: Engine,
    centers: Centers,
    history: Sequence[Step],
    last: Tally | None,
    settled: bool,
    stopped_by: str,
) -> Result:
    """Round the centers to the points' dtype, and give labels and cost of exactly those.

    ``last`` is the tally of these centers, if there is one: where rounding changes nothing it will do.
    """
    dtype = engine.problem.points.dtype
    final = rounded(centers, dtype)
    tally = last if last and moves(centers, final)[1] == 0 else engine.e_step(final)
    engine.rest()
    cost, sizes = engine.cost(final), tally.sizes
    return Result(
        as_array(final, dtype), engine.give_labels(), cost, sizes, tuple(history), settled, stopped_by
    )


def stopped_at(problem: Problem, centers: Centers, history: Sequence[Step]) -> Result:
    """Return what a start gives that is asked to stop after these steps, at these centers. O(n k d).

    centers (k, d) float64. Packs the points anew, since the session of the fit goes on.
    """
    result = finish(MemoryEngine(problem), centers, history, None, False, Asked.name)
    # A copy: the caller may write to it, and the fit goes on from these.
    return with_absent_rows(replace(result, centers=result.centers.copy()), problem)


def with_absent_rows(result: Result, problem: Problem) -> Result:
    """Give rows of weight 0 a label too: they took no part, but the caller's rows all want one."""
    if problem.rows is None:
        return result
    return replace(result, labels=assign(problem.all_points, result.centers, n_threads=problem.n_threads))
