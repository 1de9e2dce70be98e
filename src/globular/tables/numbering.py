"""Numbering: which cluster is called 0.

k-means gives clusters in the order in which its seeding met them, so the same clusters may
come with other numbers from another seed. For people the numbers should mean something:
here cluster 0 is the largest, cluster 1 the next, and clusters of equal size go by their
centers, column by column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from globular.em import assign


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """Clusters in the order of their size. Where centers decide, labels are what ``assign`` says of them."""

    centers: NDArray[np.float64]  # (k, d)
    labels: NDArray[np.int32]  # (n,)
    sizes: NDArray[np.int64]  # (k,), rows, never rising


def number_labels(centers: NDArray[np.float64], labels: NDArray[np.int32]) -> Numbered:
    """Renumber clusters by size, then center, and leave every row in its own: where no center decides."""
    sizes = np.bincount(labels, minlength=len(centers))
    order = np.lexsort((*centers.T[::-1], -sizes))
    number = np.empty(len(centers), np.int32)
    number[order] = np.arange(len(centers), dtype=np.int32)
    return Numbered(np.ascontiguousarray(centers[order]), number[labels], sizes[order].astype(np.int64))


def number_by_size(
    points: NDArray[np.float64],
    centers: NDArray[np.float64],
    labels: NDArray[np.int32],
    n_threads: int | None = None,
) -> Numbered:
    """Renumber clusters by size, then center. Costs one pass over the points, more only with ties.

    A point that is equally near to two centers belongs to the lower number, so new numbers
    may move such points. They only ever move to a lower number, that is to a cluster at least
    as large: the sums of the first j sizes, for every j, never fall, and the loop ends.
    """
    k = len(centers)
    while True:
        sizes = np.bincount(labels, minlength=k)
        order = np.lexsort((*centers.T[::-1], -sizes))
        number = np.empty(k, np.int32)
        number[order] = np.arange(k, dtype=np.int32)
        centers, labels = np.ascontiguousarray(centers[order]), number[labels]
        nearest = assign(points, centers, n_threads=n_threads)
        if np.array_equal(nearest, labels):
            return Numbered(centers, labels, sizes[order].astype(np.int64))
        labels = nearest
