"""Spectral clustering from points or a graph to labels: which form is taken, and the form said.

Up to a stated number of rows everything is exact: the graph or the table of all pairs, and its
eigenvectors. Beyond it landmarks stand for the points, since a table of n² would not fit. Whoever calls
is told which it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from globular.features.graph import (
    dense_neighbour_graph,
    embeddings,
    joined,
    neighbour_graph,
    pieces,
    smallest_eigenpairs,
    tied_eigenpairs,
)
from globular.features.landmarks import ties
from globular.points import Array
from globular.seeding import Draws

EXACT_GRAPH_ROWS = 20_000  # beyond, factorising the graph may take gigabytes
EXACT_KERNEL_ROWS = 5_000  # a table of all pairs has 200 MB then
START_STREAM = 2**22


def on_a_grid(embedding: Array) -> Array:
    """Return an embedding scaled to 1 and rounded to 26 bits, for k-means.

    What an eigensolver leaves below that may differ from call to call; and draws go by values.
    """
    largest = float(np.abs(embedding).max()) or 1.0
    rounded: Array = np.rint(embedding / largest * 2.0**26) / 2.0**26
    return rounded


# From an embedding (n, c) and a number of clusters to labels (n,).
Assign = Callable[[Array, int], Array]


@dataclass(frozen=True, slots=True)
class Spectral:
    """Labels, and how they were found."""

    labels: Array  # (n,) int32
    method: str  # 'components', 'exact', 'landmarks' or 'nystroem'
    n_pieces: int  # that the graph fell into by itself


def cut_graph(
    graph: Any, points: Any, n_clusters: int, assign: Assign, seed: int, embed: Callable[[Any], Array] | None
) -> Spectral:
    """Cut a graph (n, n) of similarities; `points` decide which pieces are near. `embed` may replace ours."""
    labels = pieces(graph) if graph.shape[0] else np.empty(0, np.int32)
    n_pieces = int(labels.max()) + 1

    def spectrum_of(rows: Array) -> Callable[[int], tuple[Array, Array]]:
        start = Draws(seed, START_STREAM).uniforms(len(rows)) - 0.5
        return lambda count: smallest_eigenpairs(graph[rows][:, rows], count, start)

    if n_pieces == 1:
        embedding = embed(graph) if embed else spectrum_of(np.arange(graph.shape[0]))(n_clusters)[1]
        return Spectral(assign(embedding, n_clusters).astype(np.int32), "exact", 1)
    return _by_pieces(labels, points, n_clusters, assign, spectrum_of, None, "exact")


def cut_ties(
    points: Any,
    landmarks: Array,
    n_clusters: int,
    assign: Assign,
    n_jobs: int | None,
    *,
    by_density: bool = False,
) -> Spectral:
    """Cut the graph of points (n, d) and landmarks (m, d)."""
    tied = ties(points, landmarks, n_jobs=n_jobs, by_density=by_density)
    used = np.flatnonzero(np.asarray(tied.sum(axis=0)).ravel() > 0)
    tied, landmarks = tied[:, used], landmarks[used]
    of_landmark = pieces(tied.T @ tied)
    first = tied.indices[tied.indptr[:-1]]  # a point and the landmarks it is tied to are in one piece
    n_pieces = int(of_landmark.max()) + 1
    if n_pieces == 1:
        embedding = tied_eigenpairs(tied, n_clusters)[1]
        return Spectral(assign(embedding, n_clusters).astype(np.int32), "landmarks", 1)
    if n_pieces > n_clusters:
        rows_of = np.bincount(first, minlength=len(landmarks)).astype(float)
        merged = joined(of_landmark, landmarks, n_clusters, rows_of)
        return Spectral(merged[first].astype(np.int32), "components", n_pieces)

    def spectrum_of(rows: Array) -> Callable[[int], tuple[Array, Array]]:
        piece = tied[rows]
        here = np.flatnonzero(np.asarray(piece.sum(axis=0)).ravel() > 0)
        return lambda count: tied_eigenpairs(piece[:, here], count)

    return _by_pieces(of_landmark[first], points, n_clusters, assign, spectrum_of, None, "landmarks")


def cut_features(features: Array, n_clusters: int, assign: Assign) -> Spectral:
    """Cut the graph whose similarities are the inner products of features (n, s), Nyström's."""
    degree = features @ features.sum(axis=0)
    scaled = features / np.sqrt(np.maximum(degree, 1e-12 * np.abs(degree).max()))[:, None]
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    order = np.argsort(-values, kind="stable")[:n_clusters]
    embedding = scaled @ vectors[:, order]
    embedding /= np.sqrt(np.maximum(degree, 1e-12 * np.abs(degree).max()))[:, None]
    return Spectral(assign(embedding, n_clusters).astype(np.int32), "nystroem", 1)


def _by_pieces(
    labels: Array,
    points: Any,
    n_clusters: int,
    assign: Assign,
    spectrum_of: Callable[[Array], Callable[[int], tuple[Array, Array]]],
    sizes: Array | None,
    method: str,
) -> Spectral:
    """Answer from pieces: join them, or cut them further."""
    n_pieces = int(labels.max()) + 1
    if n_pieces >= n_clusters:
        return Spectral(joined(labels, points, n_clusters, sizes).astype(np.int32), "components", n_pieces)
    rows = [np.flatnonzero(labels == piece) for piece in range(n_pieces)]
    embedded = embeddings([spectrum_of(members) for members in rows], n_clusters)
    out = np.empty(len(labels), dtype=np.int32)
    begin = 0
    for members, embedding in zip(rows, embedded, strict=True):
        count = embedding.shape[1]
        inside = np.zeros(len(members)) if count == 1 else assign(embedding, count)
        out[members] = begin + inside
        begin += count
    return Spectral(out, method, n_pieces)


def neighbour_graph_of(points: Any, n_neighbors: int, n_jobs: int | None, *, by_density: bool = False) -> Any:
    """Return the graph of neighbours of either kind, with no more neighbours than there are points."""
    n = points.shape[0]
    if by_density and n > 1:
        return dense_neighbour_graph(points, min(n_neighbors, n - 1), n_jobs)
    return neighbour_graph(points, min(n_neighbors, n), n_jobs)
