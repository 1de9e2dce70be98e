"""What is measured of a clustering to tell whether its model fits: each number, and where it comes from.

Nothing here decides. Every measure takes points (n, d) float64 of which each cluster has some, their
labels (n,) from 0 to k - 1, and k.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from globular import em
from globular.errors import GlobularWarning
from globular.features import graph as graphs
from globular.features.spectral import cut_graph
from globular.points import Array
from globular.problem import Problem
from globular.progress import Progress
from globular.seeding import Draws

NULL_SETS = 5
STREAM = 2**23


class Quiet(Progress):
    """Passes on no warnings: what is fitted here is a yardstick."""

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        return None


class Neighbours(NamedTuple):
    """How the graph of nearest neighbours is cut by the clusters, and how it would rather be cut."""

    crossing: float  # share of the edges that join different clusters
    cut: float  # normalised cut of the clusters: mean over them of the share of their edges that leave
    best_cut: float  # the same of as many clusters by the graph's own spectrum
    moved: float  # share of the rows that these put elsewhere, as clusters match best
    n_pieces: int  # that the graph falls into by itself


class Null(NamedTuple):
    """How the cost compares with that of data without clusters."""

    box: float  # log of the cost over that in a box as wide as the data, along its principal axes
    normal: float  # over that of one normal cloud with the data's covariance
    error: float  # the larger standard deviation of the two over the drawn sets


class Mixture(NamedTuple):
    """How a mixture of ellipsoids compares with one of balls, on rows that it was not fitted to."""

    gain: float  # of the log likelihood over balls, a row
    gain_over_axes: float  # and over ellipsoids along the axes
    moved: float  # share of the rows that it puts elsewhere, as clusters match best; 0 if it is much worse


def neighbours(points: Array, labels: Array, k: int, n_neighbors: int, seed: int) -> Neighbours:
    """Compare the clusters with those of the graph of nearest neighbours. O(n log n) in few dimensions."""
    graph = graphs.neighbour_graph(points, min(n_neighbors, len(points)))

    def assign(embedding: Array, count: int) -> Array:
        largest = np.abs(embedding).max()
        problem = Problem.checked(embedding / (largest or 1.0))
        return em.fit(problem, count, n_init=3, seed=seed, progress=Quiet()).labels

    found = cut_graph(graph, points, k, assign, seed, None)
    cut, crossing = _cut(graph, labels, k)
    best_cut, _ = _cut(graph, found.labels, k)
    return Neighbours(crossing, cut, best_cut, moved(labels, found.labels), found.n_pieces)


def _cut(graph: Any, labels: Array, k: int) -> tuple[float, float]:
    edges = graph.tocoo()
    other = edges.row != edges.col
    leaves = labels[edges.row] != labels[edges.col]
    degree = np.bincount(labels[edges.row], edges.data, k)
    out = np.bincount(labels[edges.row], edges.data * leaves, k)
    shares = np.divide(out, degree, out=np.zeros(k), where=degree > 0)
    total = float(edges.data[other].sum())
    return float(shares.mean()), float((edges.data * leaves).sum()) / total if total else 0.0


def moved(labels: Array, others: Array) -> float:
    """Return the share of the rows in which two clusterings differ, matched one-to-one."""
    from globular.diagnostics.matching import clustering_accuracy

    return 1.0 - clustering_accuracy(labels, others)


def apart(points: Array, labels: Array, k: int) -> tuple[Array, Array]:
    """Return how far each cluster's mean is from the nearest other, and which that is: (k,), (k,).

    In sums of the two standard deviations along the line between them: √3 for the halves of an even
    stretch, less for those of what is denser in the middle, more where there is a valley. Ashman, Bird &
    Zepf (1994).
    """
    means = means_of(points, labels, k)
    ways = np.full(k, math.inf)
    nearest = np.zeros(k, dtype=np.int64)
    for a in range(k):
        distances = np.linalg.norm(means - means[a], axis=1)
        distances[a] = math.inf
        b = nearest[a] = int(np.argmin(distances))
        line = (means[b] - means[a]) / (distances[b] or 1.0)
        spread = sum(float(((points[labels == j] - means[j]) @ line).std()) for j in (a, b))
        ways[a] = distances[b] / spread if spread > 0 else math.inf
    return ways, nearest


def means_of(points: Array, labels: Array, k: int) -> Array:
    """Return the mean of each cluster, (k, d)."""
    sums = np.stack([np.bincount(labels, column, k) for column in points.T], axis=1)
    means: Array = sums / np.bincount(labels, minlength=k)[:, None]
    return means


def spreads(points: Array, labels: Array, k: int) -> tuple[Array, Array]:
    """Return the standard deviation of each column, of all rows and within clusters: (d,), (d,)."""
    within = points - means_of(points, labels, k)[labels]
    return points.std(axis=0), np.sqrt((within**2).mean(axis=0))


def elongation(points: Array, labels: Array, k: int) -> Array:
    """Return the largest eigenvalue of each cluster's covariance over their mean, (k,): 1 for a ball."""
    out = np.ones(k)
    for j in range(k):
        values = np.linalg.svd(points[labels == j] - points[labels == j].mean(axis=0), compute_uv=False) ** 2
        mean = values.sum() / points.shape[1]
        out[j] = values[0] / mean if mean > 0 else 1.0
    return out


def null(points: Array, k: int, seed: int, n_threads: int | None) -> Null:
    """Compare the cost of k clusters with those where there are none: boxes, and a normal cloud.

    The data's side is fitted in the same way, so that the luck of starts is on both. O(11 n k d) a step.
    """
    middle = points.mean(axis=0)
    _, sizes, axes = np.linalg.svd(points - middle, full_matrices=False)
    turned = (points - middle) @ axes.T
    low, width = turned.min(axis=0), np.ptp(turned, axis=0)
    sigma = sizes / math.sqrt(len(points))
    own = _log_cost(points, k, seed, n_threads)
    boxes, clouds = [], []
    for b in range(NULL_SETS):
        draws = Draws(seed, STREAM + b)
        u = draws.uniforms(2 * turned.size)
        boxes.append(_log_cost(low + width * u[: turned.size].reshape(turned.shape), k, seed, n_threads))
        # Box & Muller (1958); 1 - u is never 0.
        normal = np.sqrt(-2 * np.log1p(-u[: turned.size])) * np.cos(2 * np.pi * u[turned.size :])
        clouds.append(_log_cost(sigma * normal.reshape(turned.shape), k, seed, n_threads))
    error = float(max(np.std(boxes, ddof=1), np.std(clouds, ddof=1)))
    return Null(own - float(np.mean(boxes)), own - float(np.mean(clouds)), error)


def _log_cost(points: Array, k: int, seed: int, n_threads: int | None) -> float:
    """Return the log of the cost as a share of that of one cluster."""
    problem = Problem.checked(points, n_threads=n_threads)
    whole = problem.mean_variance * problem.d * problem.n
    cost = em.fit(problem, k, n_init=3, seed=seed, n_threads=n_threads, progress=Quiet()).cost
    return math.log(max(cost / whole, 1e-300)) if whole > 0 else 0.0


def mixture(points: Array, labels: Array, k: int, seed: int) -> Mixture | None:
    """Compare mixtures that start at the clusters; None where there are too few rows for covariances.

    Each form is fitted to either half of the rows and judged on the other. O(n k d²) a step.
    """
    n, d = points.shape
    if n < 2 * k * (d + 1) or np.bincount(labels, minlength=k).min() < 4:
        return None
    order = np.argsort(Draws(seed, STREAM - 1).uniforms(n), kind="stable")
    halves = [np.sort(order[: n // 2]), np.sort(order[n // 2 :])]
    gains = np.zeros((2, 2))  # by half, over balls and over ellipsoids along the axes
    for which, (half, other) in enumerate([(0, 1), (1, 0)]):
        full, diag, ball = (
            float(_mixture(points, labels, k, halves[half], form).score(points[halves[other]]))
            for form in ("full", "diag", "spherical")
        )
        gains[which] = full - ball, full - diag
        if gains[which].min() < -1.0:  # it is so much worse that the other half cannot make it better
            gains[1 - which] = gains[which]
            break
    gain, gain_over_axes = gains.mean(axis=0)
    if min(gain, gain_over_axes) < -1.0:
        return Mixture(float(gain), float(gain_over_axes), 0.0)
    others = _mixture(points, labels, k, np.arange(n), "full").predict(points)
    return Mixture(float(gain), float(gain_over_axes), moved(labels, others))


def _mixture(points: Array, labels: Array, k: int, rows: Array, form: str) -> Any:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    floor = 1e-3 * float(points.var(axis=0).mean())
    model = GaussianMixture(
        k,
        covariance_type=form,
        reg_covar=floor,
        max_iter=50,
        init_params="random_from_data",  # cheap, and replaced by what follows
        weights_init=np.bincount(labels, minlength=k) / len(labels),
        means_init=means_of(points, labels, k),
        precisions_init=_precisions(points, labels, k, form, floor),
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(points[rows])


def _precisions(points: Array, labels: Array, k: int, form: str, floor: float) -> Array:
    d = points.shape[1]
    out = []
    for j in range(k):
        inside = points[labels == j]
        if form == "full":
            centered = inside - inside.mean(axis=0)
            out.append(np.linalg.inv(centered.T @ centered / len(inside) + floor * np.eye(d)))
        elif form == "diag":
            out.append(1 / (inside.var(axis=0) + floor))
        else:
            out.append(1 / (inside.var(axis=0).mean() + floor))
    return np.array(out)
