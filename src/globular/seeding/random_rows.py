"""Random points as first centers: k different ones, each drawn in proportion to its weight.

Every point gets the time at which a clock of its rate would first ring, and the k earliest win: the same
law as drawing one after the other without putting back. Efraimidis & Spirakis (2006). Equal rows share one
clock, which goes by their hash and not by where they stand, so that the order of the rows is of no account.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from globular.centers import Centers, at_rows
from globular.distinct import distinct
from globular.engines import Engine
from globular.seeding import Draws


@dataclass(frozen=True)
class RandomRows:
    """k different points by weight; with fewer than k all of them, over and over. O(n d + n log n)."""

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Centers:
        rows, hashes, weights, _ = distinct(engine.problem)
        times = -np.log1p(-draws.uniforms_at(hashes)) / weights
        earliest = np.lexsort((hashes, times))[:k]
        return at_rows(engine.problem.points, rows[np.resize(earliest, k)])
