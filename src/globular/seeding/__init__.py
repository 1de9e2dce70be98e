"""First centers.

A seeding is a value that is called with an engine, the number of clusters and a source of draws, and
returns centers (k, d). It never asks which engine it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from globular import _native
from globular.centers import Centers
from globular.engines import Engine
from globular.problem import Array


@dataclass
class Draws:
    """Random numbers as a function of (seed, stream, index): one stream a restart."""

    seed: int
    stream: int
    _next: int = field(default=0, repr=False)

    def uniforms(self, count: int) -> Array:
        """Return the next `count` uniform numbers on [0, 1).

        >>> Draws(0, 0).uniforms(2)[1] == Draws(0, 0).uniforms(3)[1]
        np.True_
        """
        first, self._next = self._next, self._next + count
        return _native.uniforms(self.seed, self.stream, first, count)

    def uniforms_at(self, indices: Array) -> Array:
        """Return the uniform numbers of these indices, (n,) uint64: of the same index the same number."""
        return _native.uniforms_at(self.seed, self.stream, indices)


class Seeding(Protocol):
    """Chooses first centers."""

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Centers:
        """Return centers (k, d) float64, of either kind (`globular.centers`)."""
