"""What is measured of a clustering to tell whether its model fits: each number, and where it comes from.

Nothing here decides. Every measure takes points (n, d) float64 of which each cluster has some, their
labels (n,) from 0 to k - 1, and k. The mixtures are in `mixtures`, valleys in `selection.valley`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from globular import em
from globular.errors import GlobularWarning
from globular.features import graph as graphs
from globular.features.spectral import cut_graph, on_a_grid
from globular.points import Array
from globular.problem import Problem
from globular.progress import Progress
from globular.seeding import Draws
from globular.selection.gridded import off_the_grid
from globular.selection.labelling import Labelling
from globular.selection.valley import Borders, borders, near_borders

NULL_SETS = 5
STREAM = 2**23  # of draws of points without clusters
PLACES_STREAM = 2**23 + 100  # within the cells of a grid
SAMPLES_STREAM = 2**23 + 101  # of what is projected


class Quiet(Progress):
    """Passes on no warnings: what is fitted here is a yardstick."""

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        return None


class Neighbours(NamedTuple):
    """How the graph of nearest neighbours is cut by the clusters, and how it would rather be cut."""

    crossing: float  # share of the neighbours that lie in another cluster
    cut: float  # normalised cut of the clusters: mean over them of the share of their ties that leave
    best_cut: float  # the same of as many clusters by the graph's own spectrum
    moved: float  # share of the rows that these put elsewhere, as clusters match best
    n_pieces: int  # that the graph falls into by itself


class Null(NamedTuple):
    """How the clusters compare with those of data without any, by the two kinds of it."""

    box: float  # log of the cost over that in a box as wide as the data, along its principal axes
    hill: float  # over that of a hill with the data's covariance and its distances from the middle
    box_error: float  # standard deviations of the two over the drawn sets
    hill_error: float
    near: float  # share of a cluster's rows near its border, mean over the clusters
    near_box: float  # the same in the box
    near_hill: float  # and on the hill

    def clustered(self, n: int, least: float) -> bool:
        """Whether n rows look like clusters beside both kinds.

        The cost must be lower by `least` in its logarithm and by three standard errors, and no more rows may
        lie near borders, within one standard error: what is skewed, k-means can cut cheaply, but not where
        it is thin.
        """
        both = [(self.box, self.box_error), (self.hill, self.hill_error)]
        near = min(self.near_box, self.near_hill)
        cheaper = all(-log_cost > max(least, 3.0 * error) for log_cost, error in both)
        return cheaper and self.near <= near + math.sqrt(near * (1 - near) / n)


def neighbours(
    points: Array, labels: Array, k: int, n_neighbors: int, seed: int
) -> tuple[Neighbours, Array, Any]:
    """Compare the clusters with those of the graph of nearest neighbours. O(n log n) in few dimensions.

    A tie weighs as it is dense there (`features.graph.by_density`). Returns what was found, the labels
    by the graph's spectrum (n,), and the graph.
    """
    distances = graphs.distances_to_neighbours(points, min(n_neighbors, len(points) - 1))
    graph = graphs.by_density(distances)

    def assign(embedding: Array, count: int) -> Array:
        problem = Problem.checked(on_a_grid(embedding))
        return em.fit(problem, count, n_init=3, seed=seed, progress=Quiet()).labels

    found = cut_graph(graph, points, k, assign, seed, None)
    ends = distances.tocoo()
    crossing = float(np.mean(labels[ends.row] != labels[ends.col]))
    measured = Neighbours(
        crossing,
        normalised_cut(graph, labels, k),
        normalised_cut(graph, found.labels, k),
        moved(labels, found.labels),
        found.n_pieces,
    )
    return measured, found.labels, graph


def normalised_cut(graph: Any, labels: Array, k: int) -> float:
    """Return the mean over the clusters of the share of their ties that leave. Shi & Malik (2000)."""
    ties = graph.tocoo()
    leaves = labels[ties.row] != labels[ties.col]
    degree = np.bincount(labels[ties.row], ties.data, k)
    out = np.bincount(labels[ties.row], ties.data * leaves, k)
    return float(np.divide(out, degree, out=np.zeros(k), where=degree > 0).mean())


def moved(labels: Array, others: Array) -> float:
    """Return the share of the rows in which two clusterings differ, matched one-to-one."""
    from globular.diagnostics.matching import clustering_accuracy

    return 1.0 - clustering_accuracy(labels, others)


def between(points: Array, labels: Array, k: int, seed: int) -> Borders:
    """Look between all clusters that are near each other, as `selection.valley` does.

    Rounded numbers are spread over their cells first: between two values there is always a valley.
    """
    spread = off_the_grid(points, Draws(seed, PLACES_STREAM))
    problem = Problem.checked(points if spread is None else spread)
    return borders(Labelling(problem, labels.astype(np.int32), k), Draws(seed, SAMPLES_STREAM))


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
        off = points[labels == j] - points[labels == j].mean(axis=0)
        values = np.linalg.eigvalsh(off.T @ off)
        mean = values.mean()
        out[j] = values[-1] / mean if mean > 0 else 1.0
    return out


class Fresh(NamedTuple):
    """A fit of k-means from three starts."""

    log_cost: float  # log of its cost as a share of that of one cluster
    near: float  # share of a cluster's rows near its border, mean over the clusters
    labels: Array  # (n,)


def log_cost(points: Array, labels: Array, k: int) -> float:
    """Return the log of the cost of clusters, about their means, as a share of that of one cluster."""
    whole = float(((points - points.mean(axis=0)) ** 2).sum())
    cost = float(((points - means_of(points, labels, k)[labels]) ** 2).sum())
    return math.log(max(cost / whole, 1e-300)) if whole > 0 else 0.0


def null(points: Array, own: Fresh, k: int, seed: int, n_threads: int | None) -> Null:
    """Compare the clusters with those of points where there are none. O(11 n k d) a step.

    Two kinds of these are drawn: evenly from a box along the principal axes, as wide as the data; and from
    a hill with the data's covariance, which is as dense as the data on the whole are so far from the middle
    (in units of the covariance), but nowhere denser outward: that is any cloud with elliptic contours and one
    mode, however heavy its tails. The data's side, `own`, is fitted in the same way, so that the luck of
    starts is on both.
    """
    middle = points.mean(axis=0)
    _, sizes, axes = np.linalg.svd(points - middle, full_matrices=False)
    used = sizes > 1e-9 * sizes[0] if sizes[0] > 0 else sizes == sizes[0]
    turned = (points - middle) @ axes[used].T
    low, width = turned.min(axis=0), np.ptp(turned, axis=0)
    sigma = sizes[used] / math.sqrt(len(points))
    away = np.linalg.norm(np.divide(turned, sigma, out=np.zeros_like(turned), where=sigma > 0), axis=1)
    away = downhill(away, turned.shape[1])
    boxes, hills = [], []
    for b in range(NULL_SETS):
        draws = Draws(seed, STREAM + b)
        u = draws.uniforms(2 * turned.size)
        first, second = u[: turned.size].reshape(turned.shape), u[turned.size :].reshape(turned.shape)
        boxes.append(fresh(low + width * first, k, seed, n_threads)[:2])
        # Box & Muller (1958); 1 - u is never 0.
        way = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), np.finfo(float).tiny)
        hills.append(fresh(sigma * way * away[:, None], k, seed, n_threads)[:2])
    (box, near_box), (hill, near_hill) = np.mean(boxes, axis=0), np.mean(hills, axis=0)
    box_error, hill_error = (np.std([cost for cost, _ in drawn], ddof=1) for drawn in (boxes, hills))
    return Null(
        own.log_cost - float(box),
        own.log_cost - float(hill),
        float(box_error),
        float(hill_error),
        own.near,
        float(near_box),
        float(near_hill),
    )


def downhill(away: Array, d: int) -> Array:
    """Return distances from the middle, (n,) ascending, whose density in d dimensions falls outward.

    The density in volume is the slope of the least concave function above the distribution of away^d:
    the likeliest of all that fall (Grenander 1956), a weighted isotonic regression.
    """
    from sklearn.isotonic import isotonic_regression

    n = len(away)
    away = np.sort(away)
    middle = float(np.median(away))
    if middle == 0.0 or d == 0:
        return away
    # A power of d of a row far away would not fit a float.
    power = min(d, 600.0 / max(math.log(away[-1] / middle), 1e-9))
    volume = (away / middle) ** power
    widths = np.maximum(np.diff(volume, prepend=0.0), 1e-300)
    density = isotonic_regression(1 / (n * widths), sample_weight=widths, increasing=False)
    share = np.concatenate([[0.0], np.cumsum(density * widths)])
    at = np.interp((np.arange(n) + 0.5) / n * share[-1], share, np.concatenate([[0.0], volume]))
    found: Array = middle * at ** (1 / power)
    return found


def fresh(points: Array, k: int, seed: int, n_threads: int | None) -> Fresh:
    """Fit k-means anew. O(n k d) a step."""
    problem = Problem.checked(points, n_threads=n_threads)
    if problem.mean_variance == 0:
        return Fresh(0.0, 1.0, np.zeros(len(points), dtype=np.int64))
    found = em.fit(problem, k, n_init=3, seed=seed, n_threads=n_threads, progress=Quiet())
    used, labels = np.unique(found.labels, return_inverse=True)
    labelling = Labelling(problem, labels.astype(np.int32), len(used))
    near = near_borders(labelling, Draws(seed, SAMPLES_STREAM))
    whole = problem.mean_variance * problem.d * problem.n
    return Fresh(math.log(max(found.cost / whole, 1e-300)), float(near.mean()), labels)
