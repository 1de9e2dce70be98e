"""Ways to cluster, by name, each with the face of `em.fit`: a problem in, a result out.

Where a way knows no centers in the space of the points, those of the result are the means of its clusters,
and a row may lie nearer to the mean of another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from globular import em, minibatch
from globular.errors import ApproximationWarning, ConvergenceWarning, GlobularWarning
from globular.features import landmarks as lm
from globular.features import spectral
from globular.points import Array, unpacked
from globular.problem import Problem
from globular.progress import Progress
from globular.result import Result

MethodName = Literal["kmeans", "minibatch", "spectral", "kernel"]
METHODS: tuple[MethodName, ...] = get_args(MethodName)

EXACT_KERNEL_ROWS = 1000
KERNEL_LANDMARKS = 500


class Method(NamedTuple):
    """A way to cluster."""

    # Called as `em.fit`, with n_init, max_iter, tol, seed, n_threads and progress. None: that itself.
    fit: Callable[..., Result] | None
    has_centers: bool  # whether each row belongs to the nearest center


def method(name: MethodName, *, n_neighbors: int = 10, gamma: float | None = None) -> Method:
    """Return the way of that name. `n_neighbors` is for 'spectral', `gamma` for 'kernel' (default 1 / d)."""
    if name == "spectral":
        return Method(lambda problem, k, **more: _spectral(problem, k, n_neighbors, **more), False)
    if name == "kernel":
        return Method(lambda problem, k, **more: _kernel(problem, k, gamma, **more), False)
    return Method(None if name == "kmeans" else _minibatch, True)


def _minibatch(problem: Problem, k: int, **more: Any) -> Result:
    result = minibatch.fit(problem, k, **more).result
    return replace(result, seed=more["seed"], costs=(result.cost,), converged=True)


def _spectral(problem: Problem, k: int, n_neighbors: int, **more: Any) -> Result:
    points, progress, seed, n_threads = (
        unpacked(problem.points),
        more["progress"],
        more["seed"],
        more["n_threads"],
    )
    em.check_size(problem, k)

    def assign(embedding: Array, count: int) -> Array:
        own = Problem.checked(spectral.on_a_grid(embedding), n_threads=n_threads)
        return em.fit(own, count, n_init=more["n_init"], seed=seed, progress=_Silent()).labels

    if problem.n > spectral.EXACT_GRAPH_ROWS:
        progress.warn(
            f"{problem.n} rows are more than the {spectral.EXACT_GRAPH_ROWS} up to which their graph is "
            f"exact: {max(lm.N_LANDMARKS, 10 * k)} landmarks stand for them",
            ApproximationWarning,
        )
        landmarks = lm.choose_landmarks(problem, max(lm.N_LANDMARKS, 10 * k), seed, n_threads)
        found = spectral.cut_ties(points, landmarks, k, assign, None)
    else:
        graph = spectral.neighbour_graph_of(points, n_neighbors, None)
        found = spectral.cut_graph(graph, points, k, assign, seed, None)
    return _of_labels(problem, found.labels, k, seed)


def _kernel(problem: Problem, k: int, gamma: float | None, **more: Any) -> Result:
    """Kernel k-means by a Gaussian kernel: the features of Nyström, and k-means on them."""
    em.check_size(problem, k)
    points, seed, n_threads = unpacked(problem.points), more["seed"], more["n_threads"]
    width = 1.0 / problem.d if gamma is None else gamma
    every = problem.n <= EXACT_KERNEL_ROWS
    count = max(KERNEL_LANDMARKS, 10 * k)
    if not every:
        more["progress"].warn(
            f"{problem.n} rows are more than the {EXACT_KERNEL_ROWS} up to which the kernel is exact: "
            f"{count} landmarks stand for them",
            ApproximationWarning,
        )
    landmarks = points.astype(np.float64) if every else lm.choose_landmarks(problem, count, seed, n_threads)
    turn = lm.nystroem_map(
        gaussian(landmarks, landmarks, width, n_threads), None if every else max(10 * k, 100)
    )
    features = gaussian(points, landmarks, width, n_threads) @ turn
    result = em.fit(Problem.checked(features, problem.weights, n_threads=n_threads), k, **more)
    return replace(_of_labels(problem, result.labels, k, seed), converged=result.converged)


def gaussian(points: Array, landmarks: Array, gamma: float, n_threads: int | None) -> Array:
    """Return exp(-gamma d²) of each point (n, d) to each landmark (m, d): (n, m) float64."""
    from globular import _native

    problem = Problem.checked(points, n_threads=n_threads)
    distances = _native.transform(problem.native_points, landmarks, problem.n_threads)
    kernel: Array = np.exp(-gamma * distances.astype(np.float64) ** 2)
    return kernel


def _of_labels(problem: Problem, labels: Array, k: int, seed: int) -> Result:
    """Return labels as a result, about the means of their clusters."""
    points = unpacked(problem.points).astype(np.float64)
    weights = np.ones(problem.n) if problem.weights is None else problem.weights
    sizes = np.bincount(labels, weights, k)
    sums = np.stack([np.bincount(labels, weights * column, k) for column in points.T], axis=1)
    means = np.divide(sums, sizes[:, None], out=np.zeros_like(sums), where=sizes[:, None] > 0)
    cost = float((weights * ((points - means[labels]) ** 2).sum(axis=1)).sum())
    return Result(means, labels.astype(np.int32), cost, sizes, (), True, "done", seed, (cost,))


class _Silent(Progress):
    """Says nothing of steps in an embedding."""

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        if not issubclass(category, ConvergenceWarning):
            super().warn(message, category)
