"""Figures that are said to tell a good number of clusters. They disagree, which is told rather than hidden.

* Calinski–Harabasz: spread between the clusters over spread within, each by its degrees of freedom; the
  higher the better. Calinski & Harabasz (1974).
* Davies–Bouldin: how alike a cluster and its most similar one are, on the average; the lower the better.
  Davies & Bouldin (1979).
* BIC: how badly spheres of one size, each with a Gaussian in it, explain the points, and a price for each
  parameter; the lower the better. Pelleg & Moore (2000) in the corrected form: variance by d (n - k), k - 1
  shares, k d coordinates and one variance.

A weight w is the row w times.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from globular.problem import Array
from globular.selection.labelling import Labelling


class Figures(NamedTuple):
    """Criteria of one clustering; NaN where one is not defined."""

    calinski_harabasz: float
    davies_bouldin: float
    bic: float


def figures(labelling: Labelling) -> Figures:
    """Compute the criteria about the clusters' means. O(n k d)."""
    k, d, sizes = labelling.k, labelling.problem.d, labelling.sizes
    means, weights = labelling.means(), labelling.weights
    cost_of, length_of = np.zeros(k), np.zeros(k)
    for rows, distances_sq in labelling.squared_distances(means):
        labels = labelling.labels[rows]
        own = distances_sq[np.arange(len(labels)), labels]
        own[own <= labelling.rounding_sq] = 0.0
        cost_of += np.bincount(labels, weights[rows] * own, k)
        length_of += np.bincount(labels, weights[rows] * np.sqrt(own), k)
    cost, n = float(cost_of.sum()), float(sizes.sum())
    total = labelling.problem.mean_variance * d * n
    return Figures(
        _calinski_harabasz(cost, total, n, k),
        _davies_bouldin(length_of / sizes, means),
        _bic(cost, sizes, n, k, d),
    )


def _calinski_harabasz(cost: float, total: float, n: float, k: int) -> float:
    if k < 2 or n <= k:
        return math.nan
    if cost == 0:
        return math.inf
    return ((total - cost) / (k - 1)) / (cost / (n - k))


def _davies_bouldin(length: Array, means: Array) -> float:
    if len(means) < 2:
        return math.nan
    apart = np.sqrt(np.sum((means[:, None, :] - means[None, :, :]) ** 2, axis=2))
    np.fill_diagonal(apart, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = np.nan_to_num((length[:, None] + length[None, :]) / apart, nan=0.0, posinf=np.inf)
    return float(np.mean(alike.max(axis=1)))


def _bic(cost: float, sizes: Array, n: float, k: int, d: int) -> float:
    if n <= k:
        return math.nan
    if cost == 0:
        return -math.inf
    variance = cost / (d * (n - k))
    likelihood = float(sizes @ np.log(sizes / n)) - d * n / 2 * math.log(2 * math.pi * variance)
    likelihood -= d * (n - k) / 2
    return -2 * likelihood + ((k - 1) + k * d + 1) * math.log(n)
