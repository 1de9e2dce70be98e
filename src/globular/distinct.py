"""The points as a set: each distinct point once, with its weight, in an order that is its own.

A weight w is the row w times, and the order of the rows says nothing. Who draws rows by their place would
draw others when they are shuffled, or when a row stands three times. Points go by their hash here: of the
same points with the same weights, however written down, the result is the same to the bit. It is first the
hash of the values rounded to float32, so that a copy in float32 goes in the order of the original.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from globular.points import Points, SparsePoints, hashes
from globular.problem import Array, Problem


class Distinct(NamedTuple):
    """A problem's distinct points, in the order of their hashes."""

    rows: Array  # (m,) int64, where each of them stands first
    hashes: Array  # (m,) uint64
    weights: Array  # (m,) float64, of all rows that equal the point
    place: Array  # (n,) int64, which of them each row equals


def distinct(problem: Problem) -> Distinct:
    """Return the distinct points of a problem. O(n d + n log n)."""
    found, first, place = np.unique(
        hashes(problem.points, problem.n_threads), return_index=True, return_inverse=True
    )
    place = place.reshape(-1)
    weights = _weights(problem.weights, place)
    if problem.points.dtype == np.float32:
        return Distinct(first, found, weights, place)
    if len(first) == problem.n:  # there is nothing to be spared by a copy
        rough = hashes(_rounded(problem.points), problem.n_threads)[first]
    else:
        rough = hashes(_rounded(problem.points[first]), problem.n_threads)
    order = np.lexsort((found, rough))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return Distinct(first[order], found[order], weights[order], rank[place])


def _rounded(points: Points) -> Points:
    with np.errstate(over="ignore"):
        if isinstance(points, SparsePoints):
            values = points.values.astype(np.float32)
            return SparsePoints(values, points.features, points.starts, points.shape[1])
        return points.astype(np.float32)


def _weights(weights: Array | None, place: Array) -> Array:
    """Return the weight of all rows of each distinct point, in a sum that no order of the rows changes."""
    if weights is None:
        return np.bincount(place).astype(np.float64)
    order = np.lexsort((weights, place))
    begins = np.flatnonzero(np.diff(place[order], prepend=-1))
    total: Array = np.add.reduceat(weights[order], begins)
    return total
