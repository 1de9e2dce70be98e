"""What one E-step learned: all that the M-step needs.

Each sum is kept as two or three pieces on fixed grids (see ``native/exact_sum.hpp``); pieces of the
same kind add without rounding. So tallies of disjoint rows add *exactly*, in any order: that law is
why threads, chunks and shards cannot change a result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from globular import _native
from globular.problem import Array


@dataclass(frozen=True, slots=True)
class Tally:
    """What one E-step learned. Tallies of disjoint rows of one problem add, exactly."""

    frame: _native.Frame  # the origin and the grids of the sums
    weight: Array  # (k, pieces) float64, weight of each cluster
    sums: Array  # (k, pieces, d) float64, weighted coordinates about the frame's origin
    n_changed: int  # points whose label is another than one E-step before
    n_settled: int  # points that float32 could not decide and q did
    n_distances: int  # point-center distances computed

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.frame,
            self.weight + other.weight,
            self.sums + other.sums,
            self.n_changed + other.n_changed,
            self.n_settled + other.n_settled,
            self.n_distances + other.n_distances,
        )

    @property
    def sizes(self) -> Array:
        """(k,) float64, the weight of each cluster."""
        sizes: Array = self.weight.sum(axis=1)
        return sizes

    @property
    def empty(self) -> Array:
        """Indices of the clusters without a point, ascending."""
        return np.flatnonzero(self.sizes == 0.0)

    def m_step(self, centers: Array) -> Array:
        """Return the mean of each cluster, (k, d) float64; an empty cluster keeps its center. O(k d)."""
        return _native.means(self.weight, self.sums, self.frame, centers)

    def cost(self, centers: Array, spread: _native.Spread) -> float:
        """Return the weighted squared distance of the points to `centers` by this tally's labels.

        From the sums alone, in doubled precision: O(k d). Off by at most 1e-15 times the points'
        own squared distance from the frame's origin.
        """
        return _native.cost(self.weight, self.sums, self.frame, spread, centers)
