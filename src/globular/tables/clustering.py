"""From checked numbers to numbered clusters: scale, fit, number, in this order.

Distances are measured in the scaled space, so that is where the fit happens and where the
centers live. Whoever reads centers wants the units of the table: ``centers_in_units``. A fit
that was interrupted is a clustering too, of as many steps as there was time for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from globular.em import fit
from globular.errors import ConvergenceWarning, DataError, GlobularWarning, Interrupted, TableError
from globular.points import unpacked
from globular.problem import Problem
from globular.progress import Progress
from globular.result import Result
from globular.tables.numbering import Numbered, number_by_size, number_labels
from globular.tables.numbers import Numbers
from globular.tables.scaling import Kind, Scaling, learn_scaling
from globular.tables.table import Float64, shown

MOST_BITS_APART = 60  # of the weights


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """What came of clustering some columns of a table."""

    numbers: Numbers
    scaling: Scaling
    numbered: Numbered  # centers in the scaled space
    result: Result  # as the fit gave it, with numbers of its own
    explained: float | None  # share of the spread that lies between clusters; None: no spread at all
    interrupted: bool

    @property
    def centers_in_units(self) -> Float64:
        """Centers (k, d) in the units of the table."""
        return self.scaling.invert(self.numbered.centers)

    @property
    def shares(self) -> Float64:
        """Share of each cluster (k,) in the rows, or in their weight."""
        weight = np.bincount(self.numbered.labels, self.numbers.weights, len(self.numbered.sizes))
        return np.asarray(weight / weight.sum(), np.float64)


def cluster_numbers(
    numbers: Numbers,
    n_clusters: int,
    *,
    name: str,
    scale: Kind = "none",
    restarts: int = 10,
    max_iter: int = 1000,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
    way: Callable[..., Result] | None = None,
    has_centers: bool = True,
) -> Clustering:
    """Cluster the points of the table ``name``, in another ``way`` than `em.fit` if one is given, which is
    called alike. O(n·k·d) a step.

    Without ``has_centers`` the labels of the fit stand, whatever mean is nearest.

    TableError if there are fewer rows than clusters. Ctrl-C gives the best result so far, or
    passes as Interrupted before there is one.
    """
    encoding = numbers.encoding
    scaling = learn_scaling(scale, numbers.points, numbers.weights, encoding.indicators)
    points = scaling.apply(numbers.points)
    try:
        problem = Problem.checked(points, numbers.weights, n_threads=n_threads, name=name)
    except DataError:  # numbers are finite and no weight is negative: what is left is their size
        raise TableError(out_of_range(numbers, points, name, scale)) from None
    _refuse_fewer_rows(problem, n_clusters, name)
    interrupted = False
    try:
        # tol=0: a start ends when no center moves. Measured in variances, the end would come too soon
        # where one outlier makes the variance.
        result = (way or fit)(
            problem,
            n_clusters,
            n_init=restarts,
            max_iter=max_iter,
            tol=0.0,
            seed=seed,
            n_threads=n_threads,
            progress=_Quiet(progress or Progress()),
        )
    except Interrupted as stop:
        if stop.result is None:
            raise
        result, interrupted = stop.result, True
    if not interrupted:
        _warn_of_empty_clusters(problem, result, name)
    if has_centers:
        numbered = number_by_size(points, result.centers, result.labels, n_threads)
    else:
        numbered = number_labels(result.centers, result.labels)
    return Clustering(numbers, scaling, numbered, result, _explained(problem, result.cost), interrupted)


class _Quiet(Progress):
    """Passes on no word about empty clusters: that is said here, in terms of the file and of ``-k``."""

    def __init__(self, listener: Progress) -> None:
        self.start, self.step = listener.start, listener.step  # type: ignore[method-assign]

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        if not issubclass(category, ConvergenceWarning):
            super().warn(message, category)


def _refuse_fewer_rows(problem: Problem, n_clusters: int, name: str) -> None:
    if problem.n >= n_clusters:
        return
    rows = "1 row" if problem.n == 1 else f"{problem.n} rows"
    raise TableError(f"{name} has only {rows} to cluster, but k is {n_clusters}; use -k {problem.n} or less")


def out_of_range(numbers: Numbers, points: Float64, name: str, scale: Kind) -> str:
    """The message for points, scaled already, or weights that no exact sum holds."""
    weights = None if numbers.weights is None else numbers.weights[numbers.weights > 0]
    if weights is not None and np.log2(weights.max()) - np.log2(weights.min()) > MOST_BITS_APART:
        return (
            f"{name}: the weights go from {weights.min():.3g} to {weights.max():.3g}, too far apart to be "
            "added up exactly; a row that should not count weighs 0"
        )
    largest = np.abs(points).max(axis=0)
    column, most = shown(numbers.encoding.features[int(np.argmax(largest))]), f"{largest.max():.3g}"
    if scale != "none":
        return (
            f"{name}: column {column} goes up to {most} under {scale} scaling, beyond exact sums; "
            "correct the column, or scale in another way"
        )
    remedy = "; correct the column (does a number stand for a missing value?)"
    if weights is not None:
        remedy = f" under weights from {weights.min():.3g} to {weights.max():.3g}{remedy}, or the weights"
    return f"{name}: column {column} goes up to {most}, beyond exact sums{remedy}"


def _warn_of_empty_clusters(problem: Problem, result: Result, name: str) -> None:
    n_clusters, found = len(result.sizes), int(np.count_nonzero(result.sizes))
    if found == n_clusters:
        return
    distinct = len(np.unique(unpacked(problem.points), axis=0))
    rows = "1 distinct row" if distinct == 1 else f"{distinct} distinct rows"
    reason = f"{name} has only {rows} in these columns, but k is {n_clusters}"
    if distinct >= n_clusters:
        reason = f"k is {n_clusters}, but only {found} clusters have rows"
    warnings.warn(f"{reason}; use -k {found}, or expect empty clusters", ConvergenceWarning, stacklevel=3)


def _explained(problem: Problem, cost: float) -> float | None:
    weight = problem.n if problem.weights is None else float(problem.weights.sum())
    total = problem.mean_variance * problem.d * weight  # the cost of a single cluster
    return 1 - cost / total if total > 0 else None
