"""What a case is: points, first centers, and how long to iterate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """One data set with one start. ``make`` draws the points (n, d) and the centers (k, d), float32.

    ``max_iter`` steps with tol=0; None means a whole fit with the rival's own seeding and defaults.
    """

    name: str
    make: Callable[[np.random.Generator], tuple[Array, Array]]
    max_iter: int | None
    quick: bool = False


def uniform(n: int, d: int, k: int) -> Callable[[np.random.Generator], tuple[Array, Array]]:
    """Points spread evenly over the unit cube; k of them as centers."""

    def make(rng: np.random.Generator) -> tuple[Array, Array]:
        points = rng.random((n, d), dtype=np.float32)
        return points, points[rng.choice(n, k, replace=False)]

    return make


def blobs(
    n: int, d: int, k: int, spread: float = 5.0
) -> Callable[[np.random.Generator], tuple[Array, Array]]:
    """k unit Gaussians whose means are drawn from a Gaussian of standard deviation `spread`."""

    def make(rng: np.random.Generator) -> tuple[Array, Array]:
        means = rng.normal(size=(k, d)) * spread
        points = means[rng.integers(k, size=n)] + rng.normal(size=(n, d))
        points = points.astype(np.float32)
        return points, points[rng.choice(n, k, replace=False)]

    return make
