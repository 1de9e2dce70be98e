"""The oracle: the same answers in plain NumPy, written from the contract and nothing else.

Slow and short on purpose. Every fast path must give these labels and these sums, bit for bit.
"""

from __future__ import annotations

import math

import numpy as np

from globular.centers import Centers, as_array
from globular.engines import Field, farthest_places
from globular.points import distances_to_row, squared_distances, unpacked
from globular.problem import Array, Problem
from globular.tally import Summed, Tally


class ReferenceEngine:
    """Reads the points of a problem with NumPy."""

    def __init__(
        self,
        problem: Problem,
        *,
        level: str | None = None,
        n_threads: int | None = None,
        way: str = "brute",
    ) -> None:
        del level, n_threads, way  # one arithmetic, one thread, every distance
        self.problem = problem
        self._points = unpacked(problem.points)
        self._labels = np.full(problem.n, -1, dtype=np.int32)

    def e_step(self, centers: Centers) -> Tally:
        before = self._labels
        distances = np.stack([squared_distances(self._points, c) for c in as_array(centers)], axis=1)
        self._labels = distances.argmin(axis=1).astype(np.int32)  # the lowest index on ties
        weight, sums = exact_sums(self.problem, self._labels, len(centers))
        n_changed = int(np.count_nonzero(self._labels != before))
        return Summed(n_changed, 0, distances.size, self.problem.n_threads, self.problem.frame, weight, sums)

    def labels(self) -> Array:
        return self._labels.copy()

    def cost(self, centers: Centers) -> float:
        own = self._own_distances(centers)
        weights = self.problem.weights
        if weights is None:
            return math.fsum(own)
        return math.fsum(part for w, q in zip(weights, own, strict=True) for part in exact_product(w, q))

    def farthest(self, centers: Centers, m: int) -> list[Array]:
        return farthest_places(self._points, self._own_distances(centers), m)

    def move(self, rows: Array, to: int, tally: Tally) -> Tally:
        self._labels[rows] = to
        weight, sums = exact_sums(self.problem, self._labels, len(tally.weight))
        counts = (tally.n_changed, tally.n_settled, tally.n_distances)
        return Summed(*counts, self.problem.n_threads, self.problem.frame, weight, sums)

    def rest(self) -> None:
        return None

    def give_labels(self) -> Array:
        labels = self.labels()
        self.forget()
        return labels

    def forget(self) -> None:
        self._labels[:] = -1

    def field(self, k: int) -> Field:
        return ReferenceField(self.problem)

    def _own_distances(self, centers: Centers) -> Array:
        own = np.zeros(self.problem.n)
        for x, c in zip(self._points.T, as_array(centers).T, strict=True):  # q adds up feature by feature
            t = x.astype(np.float64) - c[self._labels]
            own += t * t
        return own


class ReferenceField:
    """Draws by squared distance, with every running sum exact."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._nearest = np.full(problem.n, np.inf)
        self._order = canonical_order(unpacked(problem.points), problem.frame.origin)
        self._use_weights()

    def draw(self, u: Array) -> Array:
        running = folded(np.cumsum(self._pieces[self._order], axis=0))  # cumsum of one piece is exact
        target = np.minimum(u * running[-1], np.nextafter(running[-1], 0.0))
        rows: Array = self._order[np.searchsorted(running, target, side="right")]
        return rows

    def potentials(self, rows: Array) -> Array:
        return folded(np.array([self._cut(self._with(row)).sum(axis=0) for row in rows]))

    def best(self, rows: Array) -> int:
        return int(np.argmin(self.potentials(rows)))

    def add(self, row: int) -> None:
        self._nearest = self._with(row)
        self._magic = self.problem.frame.distance_magic(self._nearest.max())
        self._pieces = self._cut(self._nearest)
        if not self._pieces.any():
            self._use_weights()

    def add_best_of(self, u: Array) -> int:
        drawn = self.draw(u)
        row = int(drawn[self.best(drawn) if len(drawn) > 1 else 0])
        self.add(row)
        return row

    def _with(self, row: int) -> Array:
        nearest: Array = np.minimum(self._nearest, distances_to_row(self.problem.points, row))
        return nearest

    def _cut(self, distances: Array) -> Array:
        frame = self.problem.frame
        return cut(distances, self.problem.weights, self._magic, frame.whole_weights)

    def _use_weights(self) -> None:
        weights = np.ones(self.problem.n) if self.problem.weights is None else self.problem.weights
        self._pieces = cut(weights, None, self.problem.frame.weight_magic, whole=True)


def canonical_order(points: Array, origin: Array) -> Array:
    """Return the rows by the upper half of their hash, then by their values, (n,) int64.

    What is hashed is the way from the origin, rounded to 24 bits.
    """
    dropped, one = np.uint64(53 - 24), np.uint64(1)
    bits = (points.astype(np.float64) - origin).view(np.uint64)
    bits = bits + (one << (dropped - one)) - one + (bits >> dropped & one)
    rough = bits >> dropped << dropped
    features = np.arange(1, points.shape[1] + 1, dtype=np.uint64)
    entries = mixed(rough + mixed(features * np.uint64(0x9E3779B97F4A7C15)))
    entries[rough.view(np.float64) == 0.0] = 0
    hashes = mixed(entries.sum(axis=1, dtype=np.uint64))
    return np.lexsort((*points.T[::-1], hashes >> np.uint64(32)))


def mixed(z: Array) -> Array:
    """Return SplitMix64's finaliser of each number, uint64 (Steele, Lea & Flood 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    out: Array = z ^ (z >> np.uint64(31))
    return out


def exact_sums(problem: Problem, labels: Array, k: int) -> tuple[Array, Array]:
    """Return the weights (k, pieces) and weighted sums (k, pieces, d) of the clusters."""
    frame = problem.frame
    weights = np.ones(problem.n) if problem.weights is None else problem.weights
    weight = np.zeros((k, frame.pieces))
    np.add.at(weight, labels, cut(weights, None, frame.weight_magic, whole=True))
    points = unpacked(problem.points)
    sums = np.zeros((k, frame.pieces, problem.d))
    for f in range(problem.d):
        t = points[:, f].astype(np.float64) - frame.origin[f]
        np.add.at(sums[:, :, f], labels, cut(t, problem.weights, frame.magic[:, f], frame.whole_weights))
    return weight, sums


def cut(v: Array, weights: Array | None, magic: Array, whole: bool) -> Array:
    """Cut values, each taken `weights` times, into pieces on the grids that `magic` rounds to.

    v (n,) float64; returns (n, pieces). Whole weights multiply the pieces, exactly; others are
    multiplied first, exactly, as an unevaluated sum of two doubles.
    """
    pieces = []
    if weights is None or whole:
        for m in magic:
            pieces.append((v + m) - m)
            v = v - pieces[-1]
        out = np.stack(pieces, axis=1)
        return out if weights is None else out * weights[:, None]
    v, below = exact_product(v, weights)
    for m in magic:
        up = np.copysign(m / 1.5, v)
        pieces.append(np.where(np.abs(v) < m / 1.5, (v + up) - up, v))
        v = (v - pieces[-1]) + below
        below = np.zeros_like(below)
    return np.stack(pieces, axis=1)


def folded(pieces: Array) -> Array:
    """Return the sums of pieces (n, pieces), each rounded about once: in double-doubles (Dekker 1971)."""
    high, low = np.zeros(len(pieces)), np.zeros(len(pieces))
    for piece in pieces.T:
        s, below = two_sum(high, piece)
        high, low = two_sum(s, below + low)
    return high


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b as high + low without any error (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def exact_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a * b as high + low without any error (Dekker 1971, with Veltkamp's splitting)."""
    p = a * b
    a_high = 134217729.0 * a - (134217729.0 * a - a)
    b_high = 134217729.0 * b - (134217729.0 * b - b)
    a_low, b_low = a - a_high, b - b_high
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low
