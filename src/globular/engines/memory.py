"""The fast engine: points in memory, read by the native core.

A session keeps the packed points, their labels and the exact sums between E-steps; labels come out
of a float32 filter and are settled by the exact distance where the filter cannot be sure. See
``native/assign``.
"""

from __future__ import annotations

import os

import numpy as np

from globular import _native
from globular.centers import Centers, kept
from globular.engines import Field, farthest_places
from globular.errors import LevelError
from globular.points import SparsePoints
from globular.problem import Array, Problem
from globular.tally import Labelled, Summed, Tally


def level_name(level: str | None = None) -> str:
    """Return the instruction level to use: `level`, else GLOBULAR_LEVEL, else this machine's widest.

    Raises LevelError for one that this machine does not offer.
    """
    source = "level" if level is not None else "GLOBULAR_LEVEL"
    wanted = level if level is not None else os.environ.get("GLOBULAR_LEVEL", "")
    offered = _native.levels()
    if wanted and wanted not in offered:
        raise LevelError(
            f"{source}={wanted!r}, but this machine offers {', '.join(offered)}; "
            "use one of these, or leave it out for the widest"
        )
    return wanted or offered[-1]


class MemoryEngine:
    """Reads the points of a problem that is in memory."""

    def __init__(
        self,
        problem: Problem,
        *,
        level: str | None = None,
        n_threads: int | None = None,
        way: str = "auto",
    ) -> None:
        self.problem = problem
        self.level = level_name(level)
        self.n_threads = n_threads or problem.n_threads
        kind = "Sparse" if isinstance(problem.points, SparsePoints) else ""
        bits = "F32" if problem.points.dtype == np.float32 else "F64"
        self._field = getattr(_native, f"{kind}Field{bits}")
        session = getattr(_native, f"{kind}Session{bits}")
        self.way = way
        self._session = session(problem.native_points, problem.weights, problem.frame, self.level, way)

    def e_step(self, centers: Centers) -> Tally:
        centers = kept(centers, self.problem.points)
        return self._tally(len(centers), self._session.e_step(centers, self.n_threads))

    def labels(self) -> Array:
        labels: Array = self._session.labels()
        return labels

    def cost(self, centers: Centers) -> float:
        return float(self._session.cost(kept(centers, self.problem.points), self.n_threads))

    def distances(self, centers: Centers) -> Array:
        """Return the squared distance of each point to the center of its label, (n,) float64. O(n d)."""
        distances: Array = self._session.distances(kept(centers, self.problem.points), self.n_threads)
        return distances

    def farthest(self, centers: Centers, m: int) -> list[Array]:
        return farthest_places(self.problem.points, self.distances(centers), m)

    def move(self, rows: Array, to: int, tally: Tally) -> Tally:
        return self._tally(len(tally.sizes), self._session.move(rows, to, tally))

    def _tally(self, k: int, learned: Summed | tuple[Array, int, int, int]) -> Tally:
        if isinstance(learned, Summed):
            return learned
        labels, n_changed, n_settled, n_distances = learned  # sums would outgrow the points
        return Labelled(n_changed, n_settled, n_distances, self.n_threads, self.problem, k, labels)

    def rest(self) -> None:
        self._session.rest()

    def give_labels(self) -> Array:
        labels: Array = self._session.give_labels()
        return labels

    def forget(self) -> None:
        self._session.forget()

    def field(self, k: int) -> Field:
        problem = self.problem
        field: Field = self._field(
            problem.native_points, problem.weights, problem.frame, self.level, self.n_threads, k
        )
        return field
