"""k-means++: each new center is drawn in proportion to its squared distance from those before.

The greedy form draws several candidates each time and keeps the one that lowers the cost most, as
scikit-learn does. Arthur & Vassilvitskii (2007); for the greedy form Grunau et al. (2023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from globular.centers import Centers, at_rows
from globular.engines import Engine
from globular.problem import Array
from globular.seeding import Draws


def usual_trials(k: int) -> int:
    """Return how many candidates a center are usual among k: scikit-learn's number."""
    return 2 + int(math.log(k))


@dataclass(frozen=True)
class PlusPlus:
    """Greedy k-means++. ``trials`` candidates a center; None: 2 + floor(ln k). O(n k trials d)."""

    trials: int | None = None

    def rows(self, engine: Engine, k: int, draws: Draws) -> Array:
        """Return the chosen rows, (k,) int64."""
        count = self.trials or usual_trials(k)
        field = engine.field(k)
        u = draws.uniforms(1 + (k - 1) * count)
        first, later = u[:1], u[1:].reshape(k - 1, count)
        return np.array([field.add_best_of(draw) for draw in (first, *later)], dtype=np.int64)

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Centers:
        return at_rows(engine.problem.points, self.rows(engine, k, draws))
