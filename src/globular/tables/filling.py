"""Missing values filled: each column by its mean or its median, as learned from the rows clustered.

A filled value says nothing, so it should not push a row anywhere: the mean is where it moves the
column's own mean not at all, the median where outliers do not matter. A weight w counts as the row
w times. The indicators of a category are columns too: their means are the shares of the levels, so
that a row without a category stands between them. The values are stored in the model, and rows that
come later are filled with the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from globular.errors import TableError
from globular.tables.scaling import Kind, learn_scaling
from globular.tables.table import Float64, shown

# The scalings whose shift is just that.
SCALINGS: dict[str, Kind] = {"mean": "standard", "median": "robust"}


def learn_fill(
    filling: str, points: Float64, weights: Float64 | None, sources: Sequence[str], name: str
) -> Float64:
    """The value (d,) that stands for a missing one in each feature of points (n, d), NaN where missing.

    TableError for a column without any value. O(n·d), the median O(n·d·log n).

    >>> learn_fill("median", np.array([[1.0], [np.nan], [7.0], [2.0]]), None, ["x"], "t.csv")
    array([2.])
    """
    fill = np.empty(points.shape[1])
    for f, column in enumerate(points.T):
        present = ~np.isnan(column)
        if not present.any():
            raise TableError(f"{name}: column {shown(sources[f])} has no value at all; leave it out")
        its_weights = None if weights is None else weights[present]
        values = column[present][:, np.newaxis]
        fill[f] = learn_scaling(SCALINGS[filling], values, its_weights).shift[0]
    return fill


def fill_gaps(points: Float64, fill: Float64) -> None:
    """Put these values in the place of NaN, in place."""
    for column, value in zip(points.T, fill.tolist(), strict=True):
        column[np.isnan(column)] = value
