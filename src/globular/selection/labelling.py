"""Points and the labels somebody gave them, checked: what criteria look at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from globular import _native
from globular.errors import DataError
from globular.points import native
from globular.problem import Array, Problem

VALUES_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Labelling:
    """Points, each in one of k clusters that all have a point."""

    problem: Problem
    labels: Array  # (n,) int32, from 0 to k - 1
    k: int

    @classmethod
    def checked(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        *,
        n_threads: int | None = None,
    ) -> Labelling:
        """Check points and labels. Raises DataError, also for fewer than two clusters.

        labels (n,) of any kind that sorts; those of rows of weight 0 do not count.
        """
        problem = Problem.checked(X, sample_weight, n_threads=n_threads)
        given = np.asarray(labels)
        n_rows = len(problem.all_points)
        if given.shape != (n_rows,):
            raise DataError(
                f"labels has shape {given.shape}, but X has {n_rows} rows: pass shape ({n_rows},)"
            )
        if given.dtype.kind == "f" and not np.all(np.isfinite(given)):
            raise DataError("labels must be finite; some are NaN or infinite: drop these rows")
        if problem.rows is not None:
            given = given[problem.rows]
        names, places = np.unique(given, return_inverse=True)
        made = cls(problem, places.reshape(-1).astype(np.int32), len(names))
        made._refuse_too_few_or_many()
        return made

    def _refuse_too_few_or_many(self) -> None:
        heaviest = 1.0 if self.problem.weights is None else float(self.problem.weights.max())
        if self.k < 2:
            remedy = "pass labels of two clusters at least"
        elif self.k == self.problem.n and heaviest <= 1.0:
            remedy = "every point is a cluster of its own: pass labels of fewer clusters"
        else:
            return
        raise DataError(
            f"Number of labels is {self.k}. Valid values are 2 to n_samples - 1 (inclusive): a silhouette "
            f"compares a point's cluster with the others, and X has {self.problem.n} rows; {remedy}"
        )

    @property
    def weights(self) -> Array:
        """(n,) float64."""
        weights = self.problem.weights
        return np.ones(self.problem.n) if weights is None else weights

    @property
    def sizes(self) -> Array:
        """(k,) float64, weight of each cluster."""
        return np.bincount(self.labels, self.weights, self.k)

    @property
    def others(self) -> Array:
        """(n,) float64, weight of the other rows of each row's cluster.

        A row does not count itself: of its weight one is taken, or all of it if it weighs less. So a weight
        of three is the row three times, and weights below one stay shares.
        """
        return self.sizes[self.labels] - np.minimum(self.weights, 1.0)

    def means(self) -> Array:
        """Return the mean of each cluster, (k, d) float64, of exact sums."""
        problem = self.problem
        start = np.zeros((self.k, problem.d))
        means: Array = _native.learn(
            problem.native_points, problem.weights, problem.frame, self.labels, start, problem.n_threads
        )[0]
        return means

    def squared_distances(self, centers: Array) -> Iterator[tuple[slice, Array]]:
        """Yield some rows, and their squared distances to all centers (rows, k), until all are done."""
        step = max(1, VALUES_AT_ONCE // len(centers))
        for first in range(0, self.problem.n, step):
            rows = slice(first, min(first + step, self.problem.n))
            points = self.problem.points[np.arange(rows.start, rows.stop)]
            distances = _native.transform(native(points), centers, self.problem.n_threads)
            distances = distances.astype(np.float64, copy=False)
            yield rows, distances * distances

    @property
    def rounding_sq(self) -> float:
        """A squared distance that may come from the rounding of a mean alone."""
        frame = self.problem.frame
        largest = np.maximum(np.abs(frame.lowest), np.abs(frame.highest))
        return float(np.sum((4 * np.finfo(float).eps * largest) ** 2))

    def scale(self) -> float:
        """Return the power of two that takes the points' range to between one and two."""
        frame = self.problem.frame
        widest = float(np.max(frame.highest - frame.lowest))
        return 1.0 if widest == 0.0 else math.ldexp(1.0, -min(max(math.frexp(widest)[1] - 1, -960), 960))
