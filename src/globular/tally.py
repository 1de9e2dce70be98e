"""What one E-step learned: all that the M-step needs.

Each sum is kept as two or more pieces on fixed grids (see ``native/exact_sum.hpp``); pieces of the
same kind add without rounding. So tallies of disjoint rows add *exactly*, in any order: that law is
why threads, chunks and shards cannot change a result. A tally holds its sums, or the labels that they
follow from.
"""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from globular import _native
from globular.centers import Centers, Kind, alike, as_array
from globular.problem import Array, Problem


class Kept(NamedTuple):
    """What was learned about some centers beside what was asked for: the next question is for that."""

    centers: weakref.ref[Centers]  # not kept alive: they are as large as the means
    means: Centers | None  # of the kind of the others
    excess: _native.Excess | None


@dataclass(frozen=True, slots=True)
class Tally(ABC):
    """What one E-step learned. Tallies of disjoint rows of one problem add, exactly."""

    n_changed: int  # points whose label is another than one E-step before
    n_settled: int  # points that float32 could not decide and q did
    n_distances: int  # point-center distances computed
    n_threads: int  # that the M-step may use
    _kept: list[Kept] = field(default_factory=list, init=False, repr=False, compare=False)
    _empty: list[Array] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    @abstractmethod
    def frame(self) -> _native.Frame:
        """The origin and the grids of the sums."""

    @property
    @abstractmethod
    def weight(self) -> Array:
        """(k, pieces) float64, the weight of each cluster."""

    @property
    @abstractmethod
    def sums(self) -> Array:
        """(k, pieces, d) float64, weighted coordinates about the frame's origin."""

    def __add__(self, other: Tally) -> Tally:
        return Summed(
            self.n_changed + other.n_changed,
            self.n_settled + other.n_settled,
            self.n_distances + other.n_distances,
            self.n_threads,
            self.frame,
            self.weight + other.weight,
            self.sums + other.sums,
        )

    @property
    def sizes(self) -> Array:
        """(k,) float64, the weight of each cluster."""
        sizes: Array = self.weight.sum(axis=1)
        return sizes

    @property
    def empty(self) -> Array:
        """(m,) int64, the clusters without a point, ascending."""
        if not self._empty:
            self._empty.append(_native.empty_clusters(self.weight))
        return self._empty[0]

    def m_step(self, centers: Kind) -> Kind:
        """Return the mean of each cluster, (k, d) float64; an empty cluster keeps its center. O(k d)."""
        kept = self._take(centers)
        if kept and kept.means is not None:
            return cast("Kind", kept.means)
        means, excess = self._learn(centers)
        self._kept.append(Kept(weakref.ref(centers), None, excess))
        return means

    def cost(self, centers: Centers, spread: _native.Spread) -> float:
        """Return the weighted squared distance of the points to `centers` by this tally's labels.

        From the sums alone, in doubled precision: O(k d), or nothing where `m_step` was asked about the
        same centers last. Off by at most 1e-15 times the points' own squared distance from the frame's
        origin.
        """
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

    @abstractmethod
    def _learn(self, centers: Kind) -> tuple[Kind, _native.Excess]:
        """Return the means, and what each cluster adds to the cost about `centers`."""


@dataclass(frozen=True, slots=True)
class Summed(Tally):
    """A tally that holds its sums."""

    frame: _native.Frame
    weight: Array
    sums: Array

    def _learn(self, centers: Kind) -> tuple[Kind, _native.Excess]:
        means, excess = _native.learn_sums(
            self.weight, self.sums, self.frame, as_array(centers), self.n_threads
        )
        return alike(means, centers), excess


@dataclass(frozen=True, slots=True)
class Labelled(Tally):
    """A tally of points whose sums may be larger than they are, being sparse or few: it holds their labels.

    What the M-step and the cost need is learned from these in one go, cluster by cluster, in
    O(entries + k d) time and no memory but for the means.
    """

    problem: Problem
    k: int
    labels: Array  # (n,) int32

    @property
    def frame(self) -> _native.Frame:
        return self.problem.frame

    @property
    def weight(self) -> Array:
        return _native.weights_of(self.problem.weights, self.frame, self.labels, self.k)

    @property
    def sums(self) -> Array:
        problem = self.problem
        return _native.sums_of(
            problem.native_points, problem.weights, self.frame, self.labels, self.k, self.n_threads
        )

    def _learn(self, centers: Kind) -> tuple[Kind, _native.Excess]:
        problem = self.problem
        of_either_kind: Any = centers
        return _native.learn(
            problem.native_points, problem.weights, problem.frame, self.labels, of_either_kind, self.n_threads
        )
