"""The points as engines get them: an array, or the rows of a sparse matrix.

Both know their length, shape and dtype, and rows can be taken from both. What else is asked of points
is asked through the functions here, so that nobody else need know which kind they are. A sparse matrix
is never unpacked, but for the rows that somebody asks for.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from globular import _native
from globular.errors import DataError

Array = npt.NDArray[Any]
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
DOUBLES_AT_ONCE = 1 << 16  # that stay in a cache
MOST_FEATURES = 2**31 - 1
MOST_SPARSE_ROWS = 2**32 - 1


class SparsePoints:
    """The rows of a sparse matrix, compressed by rows (CSR).

    values (nnz,) float32 or float64; features (nnz,) int32, ascending within a row; starts (n + 1,)
    int64. ``native`` is what the native core reads: the same arrays, borrowed.
    """

    def __init__(self, values: Array, features: Array, starts: Array, d: int) -> None:
        self.values, self.features, self.starts = values, features, starts
        self.shape = (len(starts) - 1, d)
        self.dtype = values.dtype
        kind = _native.SparseF32 if self.dtype == np.float32 else _native.SparseF64
        self.native = kind(values, features, starts, d)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Array) -> SparsePoints:
        """Return some of the rows, as sparse as they are."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        entries = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return SparsePoints(self.values[entries], self.features[entries], starts, self.shape[1])

    def unpacked(self) -> Array:
        """Return all rows as an array (n, d)."""
        out = np.zeros(self.shape, dtype=self.dtype)
        out[np.repeat(np.arange(len(self)), np.diff(self.starts)), self.features] = self.values
        return out


Points = Array | SparsePoints


def native(points: Points) -> Any:
    """Return what the native core takes for these points."""
    return points.native if isinstance(points, SparsePoints) else points


def unpacked(points: Points) -> Array:
    """Return all points as an array (n, d): for sparse ones a copy that may be huge."""
    return points.unpacked() if isinstance(points, SparsePoints) else points


def dense(points: Points, who: str, instead: str = "") -> Array:
    """Return points that `who` needs as an array; DataError, which says what to do, if they are sparse."""
    if not isinstance(points, SparsePoints):
        return points
    gb = points.shape[0] * points.shape[1] * points.dtype.itemsize / 1e9
    price = "" if gb < 0.1 else f", which takes {gb:.2g} GB" if gb < 10 else f", which takes {gb:,.0f} GB"
    raise DataError(
        f"X is sparse, and {who} takes dense arrays only; pass {instead}fewer features "
        f"(sklearn.decomposition.TruncatedSVD(50).fit_transform(X)), or X.toarray(){price}"
    )


def hashes(points: Points, n_threads: int = 1) -> Array:
    """Return a hash of the values of each point, (n,) uint64: equal points have one, whatever their dtype."""
    return _native.hashes(native(points), n_threads)


def least_row(points: Points) -> int:
    """Return the row that comes first by its values, feature by feature; of equal ones the first."""
    return int(_native.least_row(native(points)))


def rows_of(points: Points, rows: Array) -> Array:
    """Return some rows as an array, (r, d) float64."""
    return unpacked(points[rows]).astype(np.float64, copy=False)


def distances_to_row(points: Points, row: int) -> Array:
    """Return q of every point to one of them, (n,) float64."""
    if isinstance(points, SparsePoints):
        distances: Array = points.native.distances_to(row)
        return distances
    return squared_distances(points, points[row])


def squared_distances(points: Array, center: Array) -> Array:
    """Return q(x, center) of every point x, (n,) float64: in feature order, never fused."""
    q = np.zeros(len(points))
    at_once = max(1, DOUBLES_AT_ONCE // max(1, points.shape[1]))
    for first in range(0, len(points), at_once):
        t = points[first : first + at_once].astype(np.float64) - center.astype(np.float64)
        t *= t
        for f in range(t.shape[1]):
            q[first : first + at_once] += t[:, f]
    return q


def is_sparse(points: object) -> bool:
    """Whether it is one of SciPy's sparse matrices or arrays; without importing SciPy to find out."""
    scipy_sparse = sys.modules.get("scipy.sparse")
    return scipy_sparse is not None and bool(scipy_sparse.issparse(points))


def as_sparse_points(matrix: Any, name: str) -> SparsePoints:
    """Take a sparse matrix of any format, without a copy where that is possible. Raises DataError."""
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise DataError(f"{name} has shape {matrix.shape}; at least one row and one feature are needed")
    if matrix.dtype.kind == "c":
        raise DataError(f"{name} is complex; k-means needs real numbers: pass {name}.real")
    if matrix.shape[1] > MOST_FEATURES:
        raise DataError(f"{name} has {matrix.shape[1]} features, but at most {MOST_FEATURES} are possible")
    if matrix.shape[0] > MOST_SPARSE_ROWS:
        raise DataError(f"{name} has {matrix.shape[0]} rows, but at most {MOST_SPARSE_ROWS} are possible")
    rows = matrix.tocsr()
    starts = np.ascontiguousarray(rows.indptr, dtype=np.int64)
    inside = len(rows.indices) == 0 or 0 <= rows.indices.min() <= rows.indices.max() < rows.shape[1]
    steps_up = starts[0] == 0 and starts[-1] <= len(rows.indices) and bool(np.all(np.diff(starts) >= 0))
    if not (inside and steps_up and len(rows.indices) == len(rows.data)):
        raise DataError(f"{name} is damaged: its indices lie outside of its shape")
    if not _ascending(rows.indices[: starts[-1]], starts):
        # A new matrix, since SciPy remembers what it once found of the entries' order.
        rows = type(rows)((rows.data, rows.indices, rows.indptr), shape=rows.shape, copy=True)
        rows.sum_duplicates()
        starts = np.ascontiguousarray(rows.indptr, dtype=np.int64)
    dtype = rows.dtype if rows.dtype in FLOATS else np.dtype(np.float64)
    return SparsePoints(
        np.ascontiguousarray(rows.data[: starts[-1]], dtype=dtype),
        np.ascontiguousarray(rows.indices[: starts[-1]], dtype=np.int32),
        starts,
        rows.shape[1],
    )


def _ascending(features: Array, starts: Array) -> bool:
    """Whether the features of every row ascend, none of them twice."""
    rises = features[1:] > features[:-1]
    row_begins = starts[1:-1]
    rises[row_begins[(row_begins > 0) & (row_begins < len(features))] - 1] = True
    return bool(rises.all())
