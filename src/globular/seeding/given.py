"""Centers that somebody else chose: the seeding that draws nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from globular.centers import Centers, kept
from globular.engines import Engine
from globular.errors import ParameterError
from globular.points import FLOATS, SparsePoints
from globular.problem import Array, largest_value
from globular.seeding import Draws


@dataclass(frozen=True)
class Given:
    """These centers, (k, d)."""

    centers: Array

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Centers:
        centers = np.asarray(self.centers)
        if centers.dtype not in FLOATS:
            centers = centers.astype(np.float64)
        d = engine.problem.d
        if centers.ndim != 2 or centers.shape[0] != k:
            raise ParameterError(
                f"The shape of the initial centers {centers.shape} does not match the number of clusters {k}"
                f": pass an array of shape ({k}, {d})"
            )
        if centers.shape[1] != d:
            raise ParameterError(
                f"The shape of the initial centers {centers.shape} does not match the number of features of "
                f"the data {d}: pass an array of shape ({k}, {d})"
            )
        lowest, highest = float(centers.min()), float(centers.max())  # NaN, if there is one
        if not (math.isfinite(lowest) and math.isfinite(highest)):
            j, f = np.argwhere(~np.isfinite(centers))[0]
            raise ParameterError(f"init[{j}, {f}] is {centers[j, f]}; initial centers must be finite")
        weights = engine.problem.weights
        largest = largest_value(float(engine.problem.n) if weights is None else math.fsum(weights))
        if max(-lowest, highest) > largest:
            j, f = np.unravel_index(np.argmax(np.abs(centers)), centers.shape)
            raise ParameterError(
                f"init[{j}, {f}] is {centers[j, f]:.3g}, whose square, times the weights, does not fit "
                f"float64; initial centers must stay below {largest:.0e}"
            )
        if isinstance(engine.problem.points, SparsePoints):
            return kept(centers, engine.problem.points)
        return centers.astype(np.float64, order="C")  # a copy: they are somebody's
