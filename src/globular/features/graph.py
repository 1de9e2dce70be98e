"""The graph of nearest neighbours, its pieces, and the eigenvectors that tell where it is thin.

A graph that falls apart needs no eigenvectors: its pieces are clusters already. If there are fewer pieces
than clusters, the thinnest pieces are cut further: of all eigenvalues of the normalised Laplacian, piece
by piece, the k smallest are taken, and a piece is cut into as many clusters as it has of them. If there are
more, the smallest pieces join what is nearest to them.

Shi & Malik (2000); Ng, Jordan & Weiss (2002); von Luxburg (2007), whose section 4 says why the number of
zero eigenvalues is the number of pieces.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from globular.points import Array

# Up to so many rows all eigenvalues of a piece are found at once, by LAPACK.
DENSE_ROWS = 100
# Just below the smallest eigenvalue, which is 0: there the inverse sets the smallest ones apart most.
SHIFT = -1e-4
# Seconds after which who waits looks up: a Ctrl-C just before it began to wait is noticed only then.
LOOKING_UP = 0.1

# A row is taken to be at most so many times as far from its neighbours as most rows, and as near.
DENSITY_RANGE = 32.0

# From how many to as many eigenvalues, ascending, and vectors (rows of the piece, as many).
Spectrum = Callable[[int], tuple[Array, Array]]


def neighbour_graph(points: Any, n_neighbors: int, n_jobs: int | None = None) -> Any:
    """Return the symmetrised graph of nearest neighbours, a CSR matrix (n, n).

    A point is its own first neighbour, as scikit-learn has it; an edge weighs 1 if each end is among
    the other's neighbours, 1/2 if one is. O(n log n) in few dimensions, O(n² d) time in many.
    """
    from sklearn.neighbors import kneighbors_graph

    one_way = kneighbors_graph(points, n_neighbors=n_neighbors, include_self=True, n_jobs=n_jobs)
    return (0.5 * (one_way + one_way.T)).tocsr()


def dense_neighbour_graph(points: Any, n_neighbors: int, n_jobs: int | None = None) -> Any:
    """Return the graph of nearest neighbours whose ties weigh as it is dense there, a CSR matrix (n, n).

    As :func:`by_density` of the distances to `n_neighbors` others. O(n log n) in few dimensions.
    """
    return by_density(distances_to_neighbours(points, n_neighbors, n_jobs))


def distances_to_neighbours(points: Any, n_neighbors: int, n_jobs: int | None = None) -> Any:
    """Return the distances of each point to its nearest others, a CSR matrix (n, n) of as many a row."""
    from sklearn.neighbors import kneighbors_graph

    return kneighbors_graph(points, n_neighbors, mode="distance", include_self=False, n_jobs=n_jobs).tocsr()


def by_density(distances: Any) -> Any:
    """Return the symmetric graph in which a tie weighs (s/r)² (s/r')², r and r' how far its ends must look.

    distances (n, n) CSR, to as many neighbours in each row; r is the distance to the last of them, s the
    median of all. Neighbours alone know nothing of density: between two clusters that nearly touch everyone
    finds as many as inside. Here a bridge through thin country weighs little, and a cut prefers it. How many
    times r may be the median is bounded, or one row far away would be a cluster, and rows alike would be all
    that counts.
    """
    n = distances.shape[0]
    farthest = distances.data.reshape(n, -1).max(axis=1)
    middle = float(np.median(farthest)) or float(farthest.max()) or 1.0
    ratio = np.divide(middle, farthest, out=np.full(n, np.inf), where=farthest > 0)
    weight = np.clip(ratio, 1 / DENSITY_RANGE, DENSITY_RANGE) ** 2
    tied = distances.copy()
    tied.data = np.ones_like(tied.data)
    graph = tied.maximum(tied.T).tocsr()
    graph.data = np.repeat(weight, np.diff(graph.indptr)) * weight[graph.indices]
    return graph


def pieces(graph: Any) -> Array:
    """Return the piece of each node, (n,) int32, numbered from 0 by first appearance."""
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(graph, directed=False)
    found: Array = labels
    return found


def joined(labels: Array, points: Any, n_clusters: int, sizes: Array | None = None) -> Array:
    """Join the smallest piece to the one nearest to it, until there are `n_clusters`.

    labels (n,) of points (n, d), `sizes` (n,) what each point counts; nearest by the distance of the two
    nearest points. Without points nothing is nearer than another, and it joins the largest. Returns (n,),
    numbered from 0.
    """
    from sklearn.neighbors import NearestNeighbors

    labels = np.unique(labels, return_inverse=True)[1]
    while labels.max() + 1 > n_clusters:
        weight = np.bincount(labels, sizes)
        inside = labels == int(np.argmin(weight))
        if points is None:
            labels[inside] = int(np.argmax(weight))
            labels = np.unique(labels, return_inverse=True)[1]
            continue
        outside = np.flatnonzero(~inside)
        nearest = NearestNeighbors(n_neighbors=1).fit(points[outside])
        distances, rows = nearest.kneighbors(points[np.flatnonzero(inside)])
        labels[inside] = labels[outside[rows[np.argmin(distances), 0]]]
        labels = np.unique(labels, return_inverse=True)[1]
    return labels


def embeddings(spectra: Sequence[Spectrum], n_clusters: int) -> list[Array]:
    """Return the embedding of each piece, (rows, c), into as many dimensions as clusters to cut it into.

    Given how to find its smallest eigenvalues, of which every piece has one 0. The clusters add up to
    n_clusters >= len(spectra), unless there are fewer rows.
    """
    found = [spectrum(n_clusters - len(spectra) + 1) for spectrum in spectra]
    values = [np.sort(smallest)[1:] for smallest, _ in found]
    piece = np.repeat(np.arange(len(spectra)), list(map(len, values)))
    thinnest = np.argsort(np.concatenate(values), kind="stable")[: n_clusters - len(spectra)]
    counts = 1 + np.bincount(piece[thinnest], minlength=len(spectra))
    return [vectors[:, :count] for (_, vectors), count in zip(found, counts, strict=True)]


def smallest_eigenpairs(graph: Any, count: int, start: Array) -> tuple[Array, Array]:
    """Return the smallest eigenvalues of the normalised Laplacian, ascending, and an embedding by them.

    graph (n, n), a matrix of similarities, symmetric, dense or CSR; start (n,) to begin the iteration with.
    Returns (count,) and (n, count), the eigenvectors divided by the roots of the degrees: the first is
    constant on a connected graph. A sparse matrix is factorised once, a dense one multiplied some dozen
    times.
    """
    from scipy.sparse import csgraph, identity, issparse

    n = graph.shape[0]
    count = min(count, n)
    laplacian, root = csgraph.laplacian(graph, normed=True, return_diag=True)
    if n <= DENSE_ROWS or count >= n - 1:
        full = laplacian.toarray() if issparse(laplacian) else laplacian
        values, vectors = np.linalg.eigh(full)
        values, vectors = values[:count], vectors[:, :count]
    elif issparse(laplacian):
        # Farthest from 0 of the inverse is nearest to the shift of the Laplacian.
        values, vectors = _largest(_inverse(laplacian - SHIFT * identity(n)), n, count, start)
        values = SHIFT + 1 / values
    else:
        # The Laplacian's smallest are the similarity's largest: 2 - L has the same vectors and is positive.
        values, vectors = _largest(np.asarray(2 * identity(n) - laplacian).dot, n, count, start)
        values = 2 - values
    order = np.argsort(values, kind="stable")
    embedding = vectors[:, order] / root[:, None]
    largest = embedding[np.abs(embedding).argmax(axis=0), np.arange(count)]
    return values[order], embedding * np.sign(largest)


def _inverse(matrix: Any) -> Callable[[Array], Array]:
    """Return the inverse of a sparse symmetric positive definite matrix, as what multiplies by it.

    That it is symmetric halves the work: an order that suits rows and columns alike, and no pivots.
    """
    from scipy.sparse.linalg import splu

    options = {"SymmetricMode": True}
    factors = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    solve: Callable[[Array], Array] = factors.solve
    return solve


def _largest(times: Callable[[Array], Array], n: int, count: int, start: Array) -> tuple[Array, Array]:
    """Return the `count` largest eigenvalues of a symmetric matrix (n, n), and their vectors, (n, count).

    times multiplies the matrix by a vector. ARPACK runs in a thread of its own, where Ctrl-C never strikes:
    SciPy guards it by a lock (until 1.16), which an interrupt between two lines of SciPy's would leave
    locked, and every later call of this process would fail. Here it ends the waiting, and the thread with
    its next product.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    left = threading.Event()

    def product(vector: Array) -> Array:
        if left.is_set():
            raise InterruptedError("nobody waits for these eigenvectors any more")
        return times(vector)

    matrix = LinearOperator((n, n), matvec=product, dtype=np.float64)
    with ThreadPoolExecutor(1) as thread:
        try:
            found = thread.submit(eigsh, matrix, count, which="LA", v0=start)
            while wait([found], LOOKING_UP).not_done:
                pass
        finally:
            left.set()
    pairs: tuple[Array, Array] = found.result()
    return pairs


def tied_eigenpairs(ties: Any, count: int) -> tuple[Array, Array]:
    """Return the same for the graph of points and landmarks, from a matrix of m by m.

    ties (n, m) CSR of weights. Returns (count,) ascending, (n, count). O(n r² + m³).
    """
    from scipy.sparse import diags

    own = np.asarray(ties.sum(axis=1)).ravel()
    shares = diags(1.0 / own) @ ties
    weight = np.asarray(ties.sum(axis=0)).ravel()
    scale = 1.0 / np.sqrt(weight)
    table = (ties.T @ shares).toarray() * scale[:, None] * scale[None, :]
    values, vectors = np.linalg.eigh(table)
    order = np.argsort(-values, kind="stable")[:count]
    embedding = shares @ (vectors[:, order] * scale[:, None] / np.sqrt(np.maximum(values[order], 1e-12)))
    largest = embedding[np.abs(embedding).argmax(axis=0), np.arange(len(order))]
    return 1 - values[order], embedding * np.sign(largest)
