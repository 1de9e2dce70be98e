"""How a start ends, however it ends: with labels and a cost that belong to its centers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from globular.assign import assign
from globular.engines import Engine
from globular.engines.memory import MemoryEngine
from globular.problem import Array, Problem
from globular.result import Result
from globular.step import Step
from globular.stopping import Asked
from globular.tally import Tally


def finish(
    engine: Engine,
    centers: Array,
    history: Sequence[Step],
    last: Tally | None,
    settled: bool,
    stopped_by: str,
) -> Result:
    """Round the centers to the points' dtype, and give labels and cost of exactly those.

    ``last`` is the tally of these centers, if there is one: where rounding changes nothing it will do.
    """
    final = centers.astype(engine.problem.points.dtype, copy=False)
    exact = final.astype(np.float64, copy=False)
    tally = last if last and np.array_equal(exact, centers) else engine.e_step(exact)
    return Result(
        final, engine.labels(), engine.cost(exact), tally.sizes, tuple(history), settled, stopped_by
    )


def stopped_at(problem: Problem, centers: Array, history: Sequence[Step]) -> Result:
    """Return what a start gives that is asked to stop after these steps, at these centers. O(n k d).

    centers (k, d) float64. Packs the points anew, since the session of the fit goes on.
    """
    # A copy: the caller may write to it, and the fit goes on from these.
    result = finish(MemoryEngine(problem), centers.copy(), history, None, False, Asked.name)
    return with_absent_rows(result, problem)


def with_absent_rows(result: Result, problem: Problem) -> Result:
    """Give rows of weight 0 a label too: they took no part, but the caller's rows all want one."""
    if problem.rows is None:
        return result
    return replace(result, labels=assign(problem.all_points, result.centers, n_threads=problem.n_threads))
