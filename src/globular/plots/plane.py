"""Points of any number of features on a page: the plane that a picture looks at.

One feature is laid out along x, at heights that mean nothing but keep points apart. Two are taken as they
are. Of more, the plane is that of the first two principal components, through the mean: of all planes the one
on which most of the variance is seen; how much is said. (Of more than 100,000 points as many are drawn to
find it; the share is that of all points on it.) Or it is the plane of two features that were asked for.
Pearson (1901); Hotelling (1933).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from globular.errors import ParameterError
from globular.problem import Array

GOLDEN = (5**0.5 - 1) / 2
VALUES_AT_ONCE = 1 << 17  # a megabyte: what a processor keeps at hand
MOST_FOR_A_PLANE = 100_000  # points
MOST_ON_A_LINE = 12  # centers at one height


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the space of the points, with coordinates on it."""

    origin: Array  # (d,) float64: what lies at (0, 0), and what is left of the other features
    axes: Array  # (2, d) float64, orthonormal; (1, d) where there is one feature
    labels: tuple[str, str]
    share: float | None  # of the variance that is seen on it; None where two features were picked

    @property
    def is_line(self) -> bool:
        """Whether there is one feature, so that heights mean nothing."""
        return len(self.axes) == 1

    def of_centers(self, centers: Array) -> Array:
        """Return where centers (k, d) are seen: on a line at heights that keep their marks apart."""
        seen = self.coordinates(centers)
        if self.is_line:
            levels = -(-len(seen) // MOST_ON_A_LINE)
            rank = np.empty(len(seen), dtype=np.int64)
            rank[np.argsort(seen[:, 0], kind="stable")] = np.arange(len(seen))
            seen[:, 1] = (rank % levels + 1) / (levels + 1)
        return seen

    @property
    def is_projection(self) -> bool:
        """Whether there is more to the points than is seen."""
        return bool(self.axes.shape[1] > 2)

    def coordinates(self, points: Array) -> Array:
        """Return where points (n, d) are seen, (n, 2) float64."""
        out = np.empty((len(points), 2))
        for block in _blocks(points):
            away = points[block].astype(np.float64, copy=False) - self.origin
            for i, axis in enumerate(self.axes):  # not by BLAS, whose threads cost more than this does
                out[block, i] = np.einsum("ij,j->i", away, axis)
        if self.is_line:
            out[:, 1] = 0.1 + 0.8 * ((np.arange(len(points)) * GOLDEN + 0.5) % 1.0)
        return out

    def off(self, points: Array) -> Array:
        """Return the squared distances of points (n, d) from the plane, (n,) float64."""
        away = points - self.origin
        flat = away @ self.axes.T
        off: Array = np.einsum("ij,ij->i", away, away) - np.einsum("ij,ij->i", flat, flat)
        return off.clip(min=0.0)

    @property
    def note(self) -> str:
        """What is to be said about it, or nothing."""
        if not self.is_projection:
            return ""
        if self.share is None:
            return f"seen on two of {self.axes.shape[1]} features"
        return f"on the plane of two principal components, {100 * self.share:.0f} % of the variance"


def plane_of(
    points: Array, features: tuple[str, ...] | None, picked: Sequence[int | str] | None = None
) -> Plane:
    """Return the plane on which points (n, d) are shown. O(n·d + m·d² + d³), m <= 100,000."""
    d = points.shape[1]
    named = features or tuple(f"feature {f}" for f in range(d))
    if picked is not None:
        return _picked(points, named, picked)
    if d == 1:
        return Plane(np.zeros(1), np.eye(1), (named[0], ""), 1.0)
    if d == 2:
        return Plane(np.zeros(2), np.eye(2), (named[0], named[1]), 1.0)
    mean, deviation = spread_of(points)
    sample = points
    if len(points) > MOST_FOR_A_PLANE:
        rows = np.random.default_rng(0).choice(len(points), MOST_FOR_A_PLANE, replace=False)
        sample = points[np.sort(rows)]
    axes = _principal_axes(sample.astype(np.float64, copy=False) - mean)
    plane = Plane(mean, axes, ("", ""), 1.0)
    total = float(deviation @ deviation)
    seen = plane.coordinates(points).var(axis=0) if total > 0 else np.ones(2)
    shares = np.minimum(seen / (total or 2.0), 1.0)
    labels = [f"principal component {i + 1} ({100 * share:.0f} %)" for i, share in enumerate(shares)]
    return Plane(mean, axes, (labels[0], labels[1]), float(min(shares.sum(), 1.0)))


def _principal_axes(away: Array) -> Array:
    """Return the two directions in which points (n, d), measured from their mean, vary most: (2, d)."""
    _, vectors = np.linalg.eigh(away.T @ away / len(away))
    axes = vectors[:, [-1, -2]].T.copy()
    largest = np.abs(axes).argmax(axis=1)[:, None]
    axes *= np.sign(np.take_along_axis(axes, largest, axis=1))  # an eigenvector has no sign of its own
    return axes


def _picked(points: Array, named: tuple[str, ...], picked: Sequence[int | str]) -> Plane:
    d = points.shape[1]
    places = [named.index(p) if isinstance(p, str) and p in named else p for p in picked]
    whole = [isinstance(p, int | np.integer) and 0 <= p < d for p in places]
    if len(places) != 2 or not all(whole) or places[0] == places[1]:
        raise ParameterError(
            f"features={picked!r}, but it must be two different ones of the {d}, by number or by name"
        )
    first, second = (int(p) for p in places)
    origin = points.mean(axis=0, dtype=np.float64)
    origin[[first, second]] = 0.0
    return Plane(origin, np.eye(d)[[first, second]], (named[first], named[second]), None)


def spread_of(points: Array) -> tuple[Array, Array]:
    """Return the mean and the standard deviation of every feature of points (n, d), (d,) each, float64."""
    n, d = points.shape
    mean, variance = np.zeros(d), np.zeros(d)
    for block in _blocks(points):
        mean += points[block].sum(axis=0, dtype=np.float64) / n
    for block in _blocks(points):
        away = points[block] - mean
        variance += np.einsum("ij,ij->j", away, away) / n
    return mean, np.sqrt(variance)


def _blocks(points: Array) -> Iterator[slice]:
    """Yield the rows of points (n, d), some at a time."""
    step = max(1, VALUES_AT_ONCE // points.shape[1])
    for first in range(0, len(points), step):
        yield slice(first, first + step)
