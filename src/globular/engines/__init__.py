"""Who reads the points.

An engine answers the questions of the E–M loop: ``e_step``, ``labels``, ``cost``, and where a cluster is
empty ``farthest`` and ``move``; and what seeding asks (``Field``). The loop, the stopping rules, the restarts
and the seedings know nothing else about it, so a new engine gets all of them, and all their tests.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from globular.centers import Centers
from globular.points import Points, distances_to_row, least_row
from globular.problem import Array, Problem
from globular.tally import Tally


class Field(Protocol):
    """Squared distances of the points to the nearest center chosen so far, and draws by them."""

    def draw(self, u: Array) -> Array:
        """Return a row at each fraction u of the running sum of weight times distance, in canonical order.

        That is by the upper half of the rows' hashes, then by their values: equal rows are side by side.
        """

    def potentials(self, rows: Array) -> Array:
        """Return that sum as it would be with each of these rows as one more center."""

    def best(self, rows: Array) -> int:
        """Return the place of the one of these rows with the least such sum; of equal sums the first."""

    def add(self, row: int) -> None:
        """Choose a row as a center."""

    def add_best_of(self, u: Array) -> int:
        """Choose the best of the rows drawn at the fractions u, and return it."""


class Engine(Protocol):
    """Reads the points of one problem for one fit."""

    problem: Problem

    def e_step(self, centers: Centers) -> Tally:
        """Give every point its nearest center, and add up what the M-step needs."""

    def labels(self) -> Array:
        """Return the labels of the last E-step, (n,) int32."""

    def cost(self, centers: Centers) -> float:
        """Return the exact weighted squared distance of the points to `centers` by those labels."""

    def farthest(self, centers: Centers, m: int) -> list[Array]:
        """Return up to m places far from the center of their label, farthest first (`farthest_places`)."""

    def move(self, rows: Array, to: int, tally: Tally) -> Tally:
        """Take these rows to cluster `to`, whatever is nearest, and return the tally after that."""

    def rest(self) -> None:
        """Give back the memory that only another E-step would use. Labels stay."""

    def give_labels(self) -> Array:
        """Return the labels of the last E-step, (n,) int32, and have none any more, as after `forget`."""

    def forget(self) -> None:
        """Label all points afresh in the next E-step, as at the start."""

    def field(self, k: int) -> Field:
        """Return a field for one seeding of about k centers."""


def farthest_places(points: Points, distances: Array, m: int) -> list[Array]:
    """Return up to m places of the largest squared distance, farthest first, ties to the lowest
    values, feature by feature.

    ``distances`` (n,) are those of the points to their own centers. A place is given by all the rows
    that lie there, (r,) int64: a row of weight 3 must fare like the row three times, which is also
    why weights have no say. After each pick the distances are lowered to those from it, so that no
    two picks coincide; a point that lies on a center is never picked. O(n d) a place.
    """
    places: list[Array] = []
    while len(places) < m:
        farthest = np.flatnonzero(distances == distances.max())
        there = points[farthest]
        least = least_row(there)  # wherever in the data it stands
        row = int(farthest[least])
        if distances[row] == 0.0:
            break
        # Equal rows have one label, so they are equally far.
        places.append(farthest[distances_to_row(there, least) == 0.0].astype(np.int64))
        if len(places) < m:
            distances = np.minimum(distances, distances_to_row(points, row))
    return places
