"""What is measured of a clustering to tell whether its model fits: each number, and where it comes from.

Nothing here decides. Every measure takes points (n, d) float64 of which each cluster has some, their
labels (n,) from 0 to k - 1, and k. The mixtures are in `mixtures`, valleys in `selection.valley`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from globular import em
from globular.diagnostics.quiet import Quiet
from globular.features import graph as graphs
from globular.features.spectral import cut_graph, on_a_grid
from globular.points import Array
from globular.problem import Problem
from globular.seeding import Draws
from globular.selection.gridded import off_the_grid
from globular.selection.labelling import Labelling
from globular.selection.valley import Borders, borders, halves_of_one

PLACES_STREAM = 2**23 + 100  # within the cells of a grid
SAMPLES_STREAM = 2**23 + 101  # of what is projected


class Neighbours(NamedTuple):
    """How the graph of nearest neighbours is cut by the clusters, and how it would rather be cut."""

    crossing: float  # share of the neighbours that lie in another cluster
    cut: float  # normalised cut of the clusters: mean over them of the share of their ties that leave
    best_cut: float  # the same of as many clusters by the graph's own spectrum
    moved: float  # share of the rows that these put elsewhere, as clusters match best
    n_pieces: int  # that the graph falls into by itself


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
    """Look between all clusters that are near each other, as `selection.valley` does."""
    return borders(_off_the_grid(points, labels, k, seed), Draws(seed, SAMPLES_STREAM))


def halves(points: Array, labels: Array, k: int, seed: int) -> list[tuple[int, int]]:
    """Return the pairs of clusters that look like halves of one."""
    return halves_of_one(_off_the_grid(points, labels, k, seed), Draws(seed, SAMPLES_STREAM))


def _off_the_grid(points: Array, labels: Array, k: int, seed: int) -> Labelling:
    """Spread rounded numbers over their cells: between two values there is always a valley."""
    spread = off_the_grid(points, Draws(seed, PLACES_STREAM))
    problem = Problem.checked(points if spread is None else spread)
    return Labelling(problem, labels.astype(np.int32), k)


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


def log_cost(points: Array, labels: Array, k: int) -> float:
    """Return the log of the cost of clusters, about their means, as a share of that of one cluster."""
    whole = float(((points - points.mean(axis=0)) ** 2).sum())
    cost = float(((points - means_of(points, labels, k)[labels]) ** 2).sum())
    return math.log(max(cost / whole, 1e-300)) if whole > 0 else 0.0
