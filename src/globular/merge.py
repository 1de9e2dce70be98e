"""Equal points are one point of their weight: the same fit, of fewer rows.

Colours of a picture, ratings and counts repeat themselves. A weight w is the row w times, to the bit (the
numeric contract), so the distinct rows with their added weights have the same fit, and each point has the
label of the row that it equals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from globular import _native
from globular.points import SparsePoints
from globular.problem import Array, Problem
from globular.result import Result

MOST_ROWS = 2**31 - 1
LEAST_ROWS = 2**14  # with fewer, any fit is over soon
LARGEST_SHARE = 0.5  # of distinct rows, for which copying them pays
# Of a row and the centers, in a step: with fewer, twenty steps take no longer than to merge.
LEAST_PRODUCTS = 96
LEAST_PASSES = 60  # of a fit over its rows: until then, what is saved of each is less than what merging takes


@dataclass(frozen=True, slots=True)
class Merged:
    """A problem's distinct points. ``place`` (n,) int32 says which of them each point equals."""

    problem: Problem
    place: Array

    def unmerged(self, result: Result) -> Result:
        """Return the result for all points."""
        return replace(result, labels=result.labels[self.place])


def where_it_pays(problem: Problem, n_clusters: int, n_passes: int) -> Merged | None:
    """Return the distinct points if a fit of these is likely to be faster, finding them included.

    ``n_passes``: how often the points may be gone through, to choose centers and to move them.
    """
    if problem.n < LEAST_ROWS or n_passes < LEAST_PASSES:
        return None
    if n_clusters * problem.d < LEAST_PRODUCTS or not _mergeable(problem):
        return None
    if _native.about_how_many_distinct(problem.native_points) > LARGEST_SHARE * problem.n:
        return None
    try:
        return merged(problem, LARGEST_SHARE)
    except MemoryError:  # it is only to save time
        return None


def merged(problem: Problem, largest_share: float = 1.0) -> Merged | None:
    """Return the distinct points of a problem; None if these are more than the largest share of all.

    And None if the problem is sparse, or has weights that are not whole or beyond 2**34 in all: their sums
    would round otherwise than those of the rows. O(n d), and a copy of what is left.
    """
    if not _mergeable(problem):
        return None
    rows, place = _native.distinct_rows(problem.native_points, problem.n_threads)
    if not 0 < len(rows) <= min(problem.n - 1, largest_share * problem.n):
        return None
    weights = np.bincount(place, problem.weights, len(rows))
    return Merged(Problem.checked(problem.points[rows], weights, n_threads=problem.n_threads), place)


def _mergeable(problem: Problem) -> bool:
    dense = not isinstance(problem.points, SparsePoints) and problem.n <= MOST_ROWS
    return dense and (problem.weights is None or bool(problem.frame.whole_weights))
