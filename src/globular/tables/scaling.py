"""Scaling: to what unit each column is measured before distances mix the columns.

A distance adds up squares of differences, so a column in grams outweighs a column in
metres. Each scaling moves a column by a shift and divides it by a scale:

* ``none``      as it is
* ``standard``  by its mean and its standard deviation (of the population, as scikit-learn)
* ``robust``    by its median and the distance between its quartiles: outliers do not count
* ``minmax``    by its least value and its range: every column runs from 0 to 1

Indicators, the zeros and ones that stand for a category, are left as they are by every scaling: two
rows of different categories are 2 apart (squared), which is what two rows drawn at random are on
average in a column of standard deviation 1. Divided by its own deviation, a rare category would
outweigh everything.

A constant column has no spread to divide by and keeps scale 1. A weight w counts as the row
w times. Quartiles are therefore read off the steps of the weighted distribution, halfway
where two values share the step (definition 2 of Hyndman and Fan, 1996): the definitions
that interpolate by row number have no meaning under weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Kind = Literal["none", "standard", "robust", "minmax"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """A shift and a scale for each column, both (d,) float64 in the column's unit."""

    kind: Kind
    shift: Float64
    scale: Float64

    def apply(self, points: Float64) -> Float64:
        """Bring points (n, d) from the units of the table to the scaled space."""
        if self.kind == "none":
            return points
        with np.errstate(over="ignore"):  # who takes in the points refuses infinities, and says so
            return (points - self.shift) / self.scale

    def invert(self, centers: Float64) -> Float64:
        """Bring centers (k, d) back to the units of the table."""
        return centers if self.kind == "none" else centers * self.scale + self.shift


def learn_scaling(
    kind: Kind,
    points: Float64,
    weights: Float64 | None = None,
    as_they_are: NDArray[np.bool_] | None = None,
) -> Scaling:
    """Find shift and scale of each column of points (n, d). O(n·d), ``robust`` O(n·d·log n).

    Columns marked in ``as_they_are`` (d,) keep shift 0 and scale 1.

    >>> learn_scaling("minmax", np.array([[1.0], [5.0]])).scale
    array([4.])
    """
    d = points.shape[1]
    shift, scale = np.zeros(d), np.ones(d)
    if kind != "none":
        if weights is not None and (weights > 0).any():
            points, weights = points[weights > 0], weights[weights > 0]
        else:
            weights = np.ones(len(points))
        measure = {"standard": _mean_and_deviation, "robust": _median_and_quartiles, "minmax": _ends}[kind]
        for f, column in enumerate(points.T):
            if as_they_are is None or not as_they_are[f]:
                shift[f], scale[f] = _usable(*measure(column, weights), column)
    return Scaling(kind, shift, scale)


def _usable(shift: float, scale: float, column: Float64) -> tuple[float, float]:
    # Rounding gives a constant column a mean beside its value and a deviation beside zero.
    if column.min() == column.max():
        return float(column[0]), 1.0
    return shift, scale if scale > 0 else 1.0


def _mean_and_deviation(column: Float64, weights: Float64) -> tuple[float, float]:
    # In units that are powers of two no digit changes, and no square or product leaves the floats.
    values, exponent = _about_one(column)
    shares, _ = _about_one(weights)
    mean = np.average(values, weights=shares)
    deviations, more = _about_one(values - mean)
    deviation = np.sqrt(np.average(deviations**2, weights=shares))
    return float(np.ldexp(mean, exponent)), float(np.ldexp(deviation, exponent + more))


def _about_one(values: Float64) -> tuple[Float64, int]:
    """Values divided by a power of two, so that the largest lies between 1/2 and 1; its exponent."""
    exponent = int(np.frexp(np.abs(values).max())[1])
    return np.ldexp(values, -exponent), exponent


def _median_and_quartiles(column: Float64, weights: Float64) -> tuple[float, float]:
    order = np.argsort(column, kind="stable")
    steps = np.cumsum(weights[order])

    def quantile(share: float) -> float:
        target = share * steps[-1]
        below, above = np.searchsorted(steps, target, "left"), np.searchsorted(steps, target, "right")
        ends = column[order[[below, min(above, len(column) - 1)]]]
        return float(ends[0] + (ends[1] - ends[0]) / 2)

    return quantile(0.5), quantile(0.75) - quantile(0.25)


def _ends(column: Float64, weights: Float64) -> tuple[float, float]:
    return float(column.min()), float(column.max() - column.min())
