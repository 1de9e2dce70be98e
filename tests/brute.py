"""The answers by brute force, written from the contract, and the data that the laws are tried on.

Nothing here comes from the library: `q` is the float64 loop over the features in order (native/distance.hpp),
the label is the lowest index that minimises it, and the cost is added up without any rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from globular import _native
from globular.problem import Problem

LEVELS = _native.levels()
DTYPES = [np.float32, np.float64]


def q(points, centers):
    """Return q of every point to every center, (n, k) float64."""
    s = np.zeros((len(points), len(centers)))
    for f in range(points.shape[1]):
        t = points[:, f].astype(np.float64)[:, None] - centers[:, f].astype(np.float64)[None, :]
        s += t * t
    return s


def nearest(points, centers):
    """Return the lowest index of the nearest center of each point."""
    return q(points, centers).argmin(axis=1).astype(np.int32)


def own(points, centers, labels):
    """Return q of every point to the center of its label, (n,) float64."""
    s = np.zeros(len(points))
    for f in range(points.shape[1]):
        t = points[:, f].astype(np.float64) - centers[labels, f].astype(np.float64)
        s += t * t
    return s


def cost(points, centers, labels, weights=None):
    """Return the sum of weight times q, rounded once."""
    distances = own(points, centers, labels)
    if weights is None:
        return math.fsum(distances)
    return float(
        sum(Fraction(float(w)) * Fraction(float(v)) for w, v in zip(weights, distances, strict=True))
    )


def true_cost(points, centers, labels, weights=None):
    """Return the cost in longer floats: that of real numbers, not that of q."""
    t = points.astype(np.longdouble) - centers.astype(np.longdouble)[labels]
    weights = np.ones(len(points)) if weights is None else weights
    return float((weights.astype(np.longdouble) * (t * t).sum(axis=1)).sum())


@dataclass
class Case:
    """Points, weights and first centers, and how they were made."""

    kind: str
    weighing: str
    seed: int
    points: np.ndarray = field(repr=False)
    weights: np.ndarray | None = field(repr=False)
    centers: np.ndarray = field(repr=False)
    shape: tuple = ()

    @property
    def k(self):
        return len(self.centers)

    def problem(self, **kwargs):
        return Problem.checked(self.points, self.weights, **kwargs)


def points_of(kind, rng, n, d, dtype):
    """Make n points of d features of one kind of trouble."""
    x = rng.normal(size=(n, d))
    if kind == "gridded":  # exact ties everywhere
        x = rng.integers(-3, 4, size=(n, d)).astype(float)
    elif kind == "repeated":  # few distinct points
        x = x[rng.integers(0, max(1, n // 4), size=n)]
    elif kind == "far away":  # the spread is a millionth of the distance from zero
        x += 1e6 * rng.choice([-1.0, 1.0], size=d)
    elif kind == "mixed scales":
        x *= 10.0 ** rng.integers(-12, 13, size=d)
    elif kind == "tiny":
        x *= 2.0**-60
    elif kind == "huge":
        x *= 2.0**60
    elif kind == "flat":  # some columns say nothing
        x[:, : (d + 1) // 2] = 7.25
    elif kind == "outlier":
        x[rng.integers(0, n)] *= 1e6
    elif kind == "fill values":  # what some files say for a missing number
        x[rng.random((n, d)) < 0.3] = rng.choice([-9999.0, 1e20])
    return np.ascontiguousarray(x, dtype=dtype)


def weights_of(weighing, rng, n):
    """Make n weights, or None."""
    if weighing == "none":
        return None
    if weighing == "whole":
        return rng.integers(1, 6, size=n).astype(float)
    if weighing == "fractional":
        return rng.uniform(0.01, 3.0, size=n)
    if weighing == "thousands":  # a census: each row stands for many
        return rng.integers(1, 2**24, size=n).astype(float)
    weights = rng.integers(0, 3, size=n) * rng.choice([1.0, 0.25])  # some rows absent
    weights[rng.integers(0, n)] = 1.0
    return weights


KINDS = ["plain", "gridded", "repeated", "far away", "mixed scales", "tiny", "huge", "flat"]
KINDS += ["outlier", "fill values"]
WEIGHINGS = ["none", "whole", "fractional", "thousands"]


@st.composite
def cases(draw, kinds=tuple(KINDS), weighings=tuple(WEIGHINGS), dtypes=tuple(DTYPES)):
    """Draw a case: everything else follows from the seed."""
    kind, weighing = draw(st.sampled_from(kinds)), draw(st.sampled_from(weighings))
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**32 - 1))
    n, d = draw(st.integers(1, 70)), draw(st.integers(1, 20))
    k = draw(st.integers(1, min(n, 12)))
    rng = np.random.default_rng(seed)
    points = points_of(kind, rng, n, d, dtype)
    weights = weights_of(weighing, rng, n)
    start = draw(st.sampled_from(["rows", "near rows", "beside the data"]))
    centers = points[rng.permutation(n)[:k]].astype(np.float64)
    if start == "near rows":
        centers += 0.1 * rng.normal(size=centers.shape) * (np.ptp(points.astype(float), axis=0) + 1e-30)
    elif start == "beside the data":  # leaves clusters empty
        centers += 3.0 * (np.arange(k) > 0)[:, None] * (np.ptp(points.astype(float), axis=0) + 1e-30)
    return Case(
        f"{kind}, {np.dtype(dtype)}, centers {start}", weighing, seed, points, weights, centers, (n, d, k)
    )
