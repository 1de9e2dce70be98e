"""Random points as first centers: k different ones, each drawn in proportion to its weight.

Every point gets the time at which a clock of its rate would first ring, and the k earliest win: the same
law as drawing one after the other without putting back. Efraimidis & Spirakis (2006). Equal rows share one
clock, which goes by their hash and not by where they stand, so that the order of the rows is of no account.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from globular.engines import Engine
from globular.points import hashes, rows_of
from globular.problem import Array
from globular.seeding import Draws


@dataclass(frozen=True)
class RandomRows:
    """k different points by weight; with fewer than k all of them, over and over. O(n d + n log n)."""

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Array:
        problem = engine.problem
        distinct, first, of_row = np.unique(
            hashes(problem.points, problem.n_threads), return_index=True, return_inverse=True
        )
        times = -np.log1p(-draws.uniforms_at(distinct)) / _weights(problem.weights, of_row)
        earliest = np.lexsort((distinct, times))[:k]
        return rows_of(problem.points, first[np.resize(earliest, k)]) + 0.0  # zeros have no sign


def _weights(weights: Array | None, of_row: Array) -> Array:
    """Return the weight of all rows of each distinct point, in a sum that no order of the rows changes."""
    if weights is None:
        return np.bincount(of_row)
    order = np.lexsort((weights, of_row))
    begins = np.flatnonzero(np.diff(of_row[order], prepend=-1))
    total: Array = np.add.reduceat(weights[order], begins)
    return total
