"""What one E-step learned: all that the M-step needs.

Each sum is kept as two or more pieces on fixed grids (see ``native/exact_sum.hpp``); pieces of the
same kind add without rounding. So tallies of disjoint rows add *exactly*, in any order: that law is
why threads, chunks and shards cannot change a result. A tally holds its sums (``Summed``, a native
object, for the loop asks it several questions a step), or the labels that they follow from.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast, overload

import numpy as np

from globular import _native
from globular._native import SparseCenters, Summed
from globular.centers import Centers, Kind
from globular.problem import Array, Problem

__all__ = ["Labelled", "Summed", "Tally"]


class Tally(Protocol):
    """What one E-step learned. Tallies of disjoint rows of one problem add, exactly."""

    @property
    def n_changed(self) -> int:
        """Points whose label is another than one E-step before."""

    @property
    def n_settled(self) -> int:
        """Points that float32 could not decide and q did."""

    @property
    def n_distances(self) -> int:
        """Point-center distances computed."""

    @property
    def n_threads(self) -> int:
        """Threads that the M-step may use."""

    @property
    def weight(self) -> Array:
        """(k, pieces) float64, the weight of each cluster."""

    @property
    def sums(self) -> Array:
        """(k, pieces, d) float64, weighted coordinates about the frame's origin."""

    @property
    def sizes(self) -> Array:
        """(k,) float64, the weight of each cluster."""

    @property
    def n_empty(self) -> int:
        """Clusters without a point."""

    @property
    def empty(self) -> Array:
        """(n_empty,) int64, which these are, ascending."""

    @overload
    def m_step(self, centers: Array) -> Array: ...
    @overload
    def m_step(self, centers: SparseCenters) -> SparseCenters: ...
    def m_step(self, centers: Any) -> Any:
        """Return the mean of each cluster, (k, d) float64; an empty cluster keeps its center. O(k d)."""

    def cost(self, centers: Centers, spread: _native.Spread) -> float:
        """Return the weighted squared distance of the points to `centers` by this tally's labels.

        From the sums alone, in doubled precision: O(k d), or nothing where `m_step` was asked about the
        same centers last. Off by at most 1e-15 times the points' own squared distance from the frame's
        origin.
        """

    def __add__(self, other: Tally) -> Tally: ...


class Kept(NamedTuple):
    """What was learned about some centers beside what was asked for: the next question is for that."""

    centers: weakref.ref[Centers]  # not kept alive: they are as large as the means
    means: Centers | None  # of the kind of the others
    excess: _native.Excess | None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A tally of points whose sums may be larger than they are, being sparse or few: it holds their labels.

    What the M-step and the cost need is learned from these in one go, cluster by cluster, in
    O(entries + k d) time and no memory but for the means.
    """

    n_changed: int
    n_settled: int
    n_distances: int
    n_threads: int
    problem: Problem
    k: int
    labels: Array  # (n,) int32
    _kept: list[Kept] = field(default_factory=list, init=False, repr=False, compare=False)
    _empty: list[Array] = field(default_factory=list, init=False, repr=False, compare=False)

    def __add__(self, other: Tally) -> Tally:
        counts = (self.n_changed, self.n_settled, self.n_distances)
        return Summed(*counts, self.n_threads, self.problem.frame, self.weight, self.sums) + other

    @property
    def weight(self) -> Array:
        return _native.weights_of(self.problem.weights, self.problem.frame, self.labels, self.k)

    @property
    def sums(self) -> Array:
        problem = self.problem
        return _native.sums_of(
            problem.native_points, problem.weights, problem.frame, self.labels, self.k, self.n_threads
        )

    @property
    def sizes(self) -> Array:
        sizes: Array = self.weight.sum(axis=1)
        return sizes

    @property
    def n_empty(self) -> int:
        return len(self.empty)

    @property
    def empty(self) -> Array:
        if not self._empty:
            self._empty.append(np.flatnonzero(self.sizes == 0.0))
        return self._empty[0]

    def m_step(self, centers: Kind) -> Kind:
        kept = self._take(centers)
        if kept and kept.means is not None:
            return cast("Kind", kept.means)
        means, excess = self._learn(centers)
        self._kept.append(Kept(weakref.ref(centers), None, excess))
        return means

    def cost(self, centers: Centers, spread: _native.Spread) -> float:
        kept = self._take(centers)
        if kept and kept.excess is not None:
            return kept.excess.cost(spread)
        means, excess = self._learn(centers)
        self._kept.append(Kept(weakref.ref(centers), means, None))
        return excess.cost(spread)

    def _take(self, centers: Centers) -> Kept | None:
        """Return what was kept about these centers; it is kept no longer, for it goes to the caller."""
        kept = self._kept.pop() if self._kept else None
        return kept if kept and kept.centers() is centers else None

    def _learn(self, centers: Kind) -> tuple[Kind, _native.Excess]:
        """Return the means, and what each cluster adds to the cost about `centers`."""
        problem = self.problem
        of_either_kind: Any = centers
        return _native.learn(
            problem.native_points, problem.weights, problem.frame, self.labels, of_either_kind, self.n_threads
        )
