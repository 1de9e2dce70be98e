"""Points of any number of features on a page: the plane that a picture looks at.

One feature is laid out along x, at heights that mean nothing but keep points apart. Two are taken as they
are. Of more, the plane is that of the first two principal components, through the mean: of all planes the one
on which most of the variance is seen; how much is said. Or it is the plane of two features that were asked
for. Pearson (1901); Hotelling (1933).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from globular.errors import ParameterError
from globular.problem import Array

GOLDEN = (5**0.5 - 1) / 2
ROWS_AT_ONCE = 1 << 16


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

    @property
    def is_projection(self) -> bool:
        """Whether there is more to the points than is seen."""
        return bool(self.axes.shape[1] > 2)

    def coordinates(self, points: Array) -> Array:
        """Return where points (n, d) are seen, (n, 2) float64."""
        out = np.empty((len(points), 2))
        for first in range(0, len(points), ROWS_AT_ONCE):
            block = slice(first, first + ROWS_AT_ONCE)
            away = points[block].astype(np.float64, copy=False) - self.origin
            out[block, : len(self.axes)] = away @ self.axes.T
        if self.is_line:
            out[:, 1] = 0.1 + 0.8 * ((np.arange(len(points)) * GOLDEN + 0.5) % 1.0)
        return out

    def off(self, points: Array) -> Array:
        """Return the squared distances of points (n, d) from the plane, (n,) float64."""
        away = points - self.origin
        flat = away @ self.axes.T
        return np.asarray(np.maximum(np.einsum("ij,ij->i", away, away) - np.einsum("ij,ij->i", flat, flat), 0.0))

    @property
    def note(self) -> str:
        """What is to be said about it, or nothing."""
        if not self.is_projection:
            return ""
        if self.share is None:
            return f"seen on two of {self.axes.shape[1]} features"
        return f"on two principal components: {100 * self.share:.0f} % of the variance"


def plane_of(
    points: Array, features: tuple[str, ...] | None, picked: Sequence[int | str] | None = None
) -> Plane:
    """Return the plane on which points (n, d) are shown. O(n·d²) for more than two features."""
    d = points.shape[1]
    named = features or tuple(f"feature {f}" for f in range(d))
    if picked is not None:
        return _picked(points, named, picked)
    if d == 1:
        return Plane(np.zeros(1), np.eye(1), (named[0], ""), 1.0)
    if d == 2:
        return Plane(np.zeros(2), np.eye(2), (named[0], named[1]), 1.0)
    mean, covariance = moments(points)
    values, vectors = np.linalg.eigh(covariance)
    axes = vectors[:, [-1, -2]].T.copy()
    for axis in axes:  # an eigenvector has no sign of its own
        axis *= np.sign(axis[np.abs(axis).argmax()]) or 1.0
    values = np.maximum(values, 0.0)
    total = float(values.sum())
    shares = values[[-1, -2]] / total if total > 0 else np.array([1.0, 0.0])
    labels = [f"principal component {i + 1} ({100 * share:.0f} %)" for i, share in enumerate(shares)]
    return Plane(mean, axes, (labels[0], labels[1]), float(shares.sum()))


def moments(points: Array) -> tuple[Array, Array]:
    """Return the mean (d,) and the covariance (d, d) of points (n, d), float64, in blocks of rows."""
    n, d = points.shape
    mean = np.zeros(d)
    for first in range(0, n, ROWS_AT_ONCE):
        mean += points[first : first + ROWS_AT_ONCE].sum(axis=0, dtype=np.float64) / n
    covariance = np.zeros((d, d))
    for first in range(0, n, ROWS_AT_ONCE):
        away = points[first : first + ROWS_AT_ONCE] - mean
        covariance += away.T @ away / n
    return mean, covariance


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
    for first in range(0, n, ROWS_AT_ONCE):
        mean += points[first : first + ROWS_AT_ONCE].sum(axis=0, dtype=np.float64) / n
    for first in range(0, n, ROWS_AT_ONCE):
        away = points[first : first + ROWS_AT_ONCE] - mean
        variance += np.einsum("ij,ij->j", away, away) / n
    return mean, np.sqrt(variance)
