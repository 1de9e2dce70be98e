"""From checked numbers to numbered clusters: scale, fit, number, in this order.

Distances are measured in the scaled space, so that is where the fit happens and where the
centers live. Whoever reads centers wants the units of the table: ``centers_in_units``. A fit
that was interrupted is a clustering too, of as many steps as there was time for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from globular.em import fit
from globular.errors import Interrupted, TableError
from globular.problem import Problem
from globular.result import Result
from globular.tables.numbering import Numbered, number_by_size
from globular.tables.numbers import Float64, Numbers
from globular.tables.scaling import Kind, Scaling, learn_scaling


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
    max_iter: int = 300,
    seed: int = 0,
    n_threads: int | None = None,
) -> Clustering:
    """Cluster the points of the table ``name``. O(n·k·d) a step.

    TableError if there are fewer rows than clusters. Ctrl-C gives the best result so far, or
    passes as Interrupted before there is one.
    """
    n_usable = int(np.count_nonzero(numbers.weights)) if numbers.weights is not None else len(numbers.rows)
    if n_usable < n_clusters:
        rows = "1 row" if n_usable == 1 else f"{n_usable} rows"
        raise TableError(
            f"{name} has only {rows} to cluster, but k is {n_clusters}; use -k {n_usable} or less"
        )
    scaling = learn_scaling(scale, numbers.points, numbers.weights)
    points = scaling.apply(numbers.points)
    problem = Problem.checked(points, numbers.weights, n_threads=n_threads, name=name)
    interrupted = False
    try:
        result = fit(problem, n_clusters, n_init=restarts, max_iter=max_iter, seed=seed, n_threads=n_threads)
    except Interrupted as stop:
        if stop.result is None:
            raise
        result, interrupted = stop.result, True
    numbered = number_by_size(points, result.centers, result.labels, n_threads)
    return Clustering(numbers, scaling, numbered, result, _explained(problem, result.cost), interrupted)


def _explained(problem: Problem, cost: float) -> float | None:
    weight = problem.n if problem.weights is None else float(problem.weights.sum())
    total = problem.mean_variance * problem.d * weight  # the cost of a single cluster
    return 1 - cost / total if total > 0 else None
