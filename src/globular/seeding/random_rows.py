"""Random rows as first centers: k different rows, each drawn in proportion to its weight.

Every row gets the time at which a clock of its rate would first ring, and the k earliest win: the same
law as drawing one after the other without putting back. Efraimidis & Spirakis (2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from globular.engines import Engine
from globular.points import rows_of
from globular.problem import Array
from globular.seeding import Draws


@dataclass(frozen=True)
class RandomRows:
    """k different rows by weight. O(n)."""

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Array:
        problem = engine.problem
        times = -np.log1p(-draws.uniforms(problem.n))
        if problem.weights is not None:
            times = times / problem.weights
        earliest = np.argpartition(times, k - 1)[:k]
        rows = earliest[np.lexsort((earliest, times[earliest]))]
        return rows_of(problem.points, rows)
