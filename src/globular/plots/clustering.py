"""What pictures of clusters are drawn from: points, the cluster of each, and centers.

An estimator is asked by its public face alone: ``predict`` or ``labels_``, and ``cluster_centers_`` or
``means_`` if it has them. So scikit-learn's clusterers, ours and others' will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from globular.errors import DataError, ParameterError
from globular.points import dense
from globular.problem import Array, Problem
from globular.selection.labelling import Labelling

NOISE = -1


@dataclass(frozen=True, eq=False)
class Clustering:
    """Points in clusters."""

    points: Array  # (n, d) float32 or float64
    labels: Array  # (n,) int64 from 0 to k - 1; NOISE for points of no cluster
    names: tuple[str, ...]  # (k,), of the clusters
    centers: Array  # (k, d) float64; NaN for the mean of a cluster without a point
    centers_are: str  # 'centers' as the model has them, or 'means' of the points
    features: tuple[str, ...] | None  # (d,) names

    @property
    def k(self) -> int:
        """Number of clusters, empty ones too."""
        return len(self.names)

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.points)

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.points.shape[1])

    @property
    def sizes(self) -> Array:
        """(k,) int64, points of each cluster."""
        return sizes_of(self.labels, self.k)

    @property
    def n_noise(self) -> int:
        """Points of no cluster."""
        return int(np.count_nonzero(self.labels == NOISE))

    @property
    def center_or_mean(self) -> str:
        """What one of the centers is called."""
        return self.centers_are.removesuffix("s")

    @property
    def title(self) -> str:
        """``300 points in 4 clusters``."""
        return f"{counted(self.n, 'point')} in {counted(self.k, 'cluster')}"

    @classmethod
    def of_estimator(cls, model: Any, X: Any, feature_names: Sequence[str] | None = None) -> Clustering:
        """Ask a fitted clusterer. Raises ParameterError, DataError."""
        labels = labels_of(model, X)
        points = checked_points(X)
        centers = centers_of(model, points.shape[1])
        features = _features(feature_names, X, points.shape[1])
        return cls.made(points, labels, centers, features)

    @classmethod
    def of_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        centers: npt.ArrayLike | None = None,
        feature_names: Sequence[str] | None = None,
    ) -> Clustering:
        """Take labels as they are, of any kind that sorts; -1 is noise. Raises DataError."""
        points = checked_points(X)
        given = None if centers is None else np.asarray(centers, dtype=np.float64)
        if given is not None and (given.ndim != 2 or given.shape[1] != points.shape[1]):
            raise DataError(
                f"centers has shape {given.shape}, but X has {points.shape[1]} features; pass shape "
                f"(n_clusters, {points.shape[1]})"
            )
        features = _features(feature_names, X, points.shape[1])
        return cls.made(points, np.asarray(labels), given, features)

    @classmethod
    def made(
        cls, points: Array, labels: Array, centers: Array | None, features: tuple[str, ...] | None
    ) -> Clustering:
        """Put checked points, labels of any kind that sorts, and centers together. Raises DataError."""
        places, names = coded(labels, len(points), None if centers is None else len(centers))
        if centers is None:
            return cls(points, places, names, means(points, places, len(names)), "means", features)
        return cls(points, places, names, centers, "centers", features)


def counted(n: int, what: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "cluster"), counted(2000, "point")
    ('1 cluster', '2,000 points')
    """
    return f"{n:,} {what}{'s' * (n != 1)}"


def sizes_of(labels: Array, k: int) -> Array:
    """Return how many points each cluster has, (k,) int64; noise does not count."""
    return np.bincount(labels + 1, minlength=k + 1)[1:]


def checked_points(X: Any) -> Array:
    """Return X as a checked array (n, d). Raises DataError."""
    return dense(Problem.checked(X).points, "a picture")


def labels_of(model: Any, X: Any) -> Array:
    """Return the labels that a fitted clusterer gives X, (n,). Raises ParameterError, DataError."""
    if hasattr(model, "predict"):
        return np.asarray(model.predict(X))
    labels = getattr(model, "labels_", None)
    if labels is None:
        raise ParameterError(
            f"{type(model).__name__} has neither predict nor labels_: pass a fitted clusterer, or its labels "
            "to from_labels"
        )
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    if len(labels) != n:
        raise DataError(
            f"{type(model).__name__} cannot predict, and its labels_ are of {len(labels)} rows, but X has "
            f"{n}; pass the rows that it was fitted to"
        )
    return np.asarray(labels)


def centers_of(model: Any, d: int | None = None) -> Array | None:
    """Return the centers of a fitted clusterer, (k, d) float64; None if it has none in the points' space."""
    for name in ("cluster_centers_", "means_"):
        centers = getattr(model, name, None)
        if centers is not None and getattr(centers, "ndim", 0) == 2 and (d is None or centers.shape[1] == d):
            return np.asarray(centers, dtype=np.float64)
    return None


def coded(labels: Array, n: int, k: int | None = None) -> tuple[Array, tuple[str, ...]]:
    """Return labels as numbers of clusters (n,) int64, NOISE for -1, and the clusters' names.

    With `k` given the labels must be numbers below it already. Raises DataError.
    """
    if labels.shape != (n,):
        raise DataError(f"labels has shape {labels.shape}, but X has {n} rows: pass shape ({n},)")
    if k is not None:
        if labels.dtype.kind not in "iub" or labels.min() < NOISE or labels.max() >= k:
            raise DataError(
                f"with {k} centers, labels must be whole numbers from 0 to {k - 1} (-1: noise); leave the "
                "centers out to have clusters called otherwise"
            )
        return labels.astype(np.int64), tuple(map(str, range(k)))
    if labels.dtype.kind in "iu" and labels.min() >= NOISE and labels.max() < 2 * n:
        used = np.flatnonzero(np.bincount(labels[labels >= 0].astype(np.int64)))
        places = np.full(int(labels.max()) + 2, NOISE, dtype=np.int64)  # the last is for -1
        places[used] = np.arange(len(used))
        return places[labels.astype(np.int64)], tuple(map(str, used.tolist()))
    try:
        names, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise DataError(f"labels do not sort among each other: {error}") from None
    codes = codes.reshape(-1).astype(np.int64)
    if labels.dtype.kind in "if" and names[0] == NOISE:
        return codes - 1, tuple(str(name) for name in names[1:])
    return codes, tuple(str(name) for name in names)


def means(points: Array, labels: Array, k: int) -> Array:
    """Return the mean of each cluster, (k, d) float64, of exact sums; every cluster has a point. O(n·d)."""
    if k == 0:
        return np.empty((0, points.shape[1]))
    inside = labels >= 0
    if not inside.all():
        points, labels = points[inside], labels[inside]
    return Labelling(Problem.checked(points), labels.astype(np.int32), k).means()


def _features(names: Sequence[str] | None, X: Any, d: int) -> tuple[str, ...] | None:
    if names is None:
        columns = getattr(X, "columns", None)
        return None if columns is None or len(columns) != d else tuple(map(str, columns))
    if len(names) != d:
        raise ParameterError(
            f"feature_names has {len(names)} names, but X has {d} features; pass one for each"
        )
    return tuple(map(str, names))
