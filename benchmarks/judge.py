"""The cost of given centers, worked out in the same way for all: whoever fitted them is not asked.

Labels come from products of matrices, which may take the second nearest center where two are equally near but
for rounding; the cost of these labels is then added up in float64 from the differences, and is off by no more
than that rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

PRODUCTS_AT_ONCE = 20_000_000  # pairs of a point and a center in memory


def cost(points: Any, centers: Any) -> float:
    """Return the sum of squared distances of points (n, d) to their nearest centers (k, d), in float64.

    NaN where a center is not finite.
    """
    centers = np.asarray(centers, dtype=np.float64)
    if not np.isfinite(centers).all():
        return float("nan")
    if not isinstance(points, np.ndarray):
        return _cost_of_sparse(points, centers)
    offset = centers.mean(axis=0)  # products lose digits far from the origin
    near = (centers - offset).astype(np.float32)
    half_sq = np.einsum("jf,jf->j", near, near) / 2
    total = 0.0
    rows = max(1, PRODUCTS_AT_ONCE // max(centers.shape))
    for first in range(0, len(points), rows):
        block = points[first : first + rows].astype(np.float64)
        labels = (half_sq - (block - offset).astype(np.float32) @ near.T).argmin(axis=1)
        block -= centers[labels]
        total += float(np.einsum("if,if->", block, block))
    return total


def _cost_of_sparse(points: Any, centers: Any) -> float:
    centers_sq = np.einsum("jf,jf->j", centers, centers)
    total = 0.0
    rows = max(1, PRODUCTS_AT_ONCE // len(centers))
    for first in range(0, points.shape[0], rows):
        block = points[first : first + rows].astype(np.float64)
        points_sq = np.asarray(block.multiply(block).sum(axis=1)).ravel()
        nearest_sq = (centers_sq - 2 * (block @ centers.T)).min(axis=1)
        total += float((points_sq + nearest_sq).sum())
    return total
