"""Centers as engines, seedings and the loop hand them around.

They are an array (k, d), or of sparse points ``SparseCenters``: means of sparse points have together no
more coordinates that are not zero than the points have entries, where an array may be many times as large
as the points. What is asked of centers is asked through the functions here, so that nobody else need know
which kind they are.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from globular import _native
from globular._native import SparseCenters
from globular.points import FLOATS, Array, Points, SparsePoints, rows_of

Centers = Array | SparseCenters  # (k, d) float64
Kind = TypeVar("Kind", bound=Centers)


def kept(centers: Centers | npt.ArrayLike, points: Points) -> Centers:
    """Return centers as they are kept with such points; without a copy where they are that already."""
    if isinstance(centers, SparseCenters):
        return centers if isinstance(points, SparsePoints) else as_array(centers)
    array = np.asarray(centers)
    if not isinstance(points, SparsePoints):
        return np.ascontiguousarray(array, dtype=np.float64)
    dtype = array.dtype if array.dtype in FLOATS else np.dtype(np.float64)
    return SparseCenters(np.ascontiguousarray(array, dtype=dtype))


def at_rows(points: Points, rows: Array) -> Centers:
    """Return some points as centers. Zeros have no sign."""
    if isinstance(points, SparsePoints):
        return SparseCenters.at_rows(points.native, rows)
    return rows_of(points, rows) + 0.0


def as_array(centers: Centers, dtype: npt.DTypeLike = np.float64) -> Array:
    """Return centers as an array (k, d) of a float dtype."""
    if not isinstance(centers, SparseCenters):
        return centers.astype(dtype, copy=False)
    array: Array = np.empty(centers.shape, dtype=dtype)
    centers.unpack(array)
    return array


def alike(array: Any, centers: Kind) -> Kind:
    """Return an array of centers as the kind that others are."""
    return cast("Kind", SparseCenters(array) if isinstance(centers, SparseCenters) else array)


def rounded(centers: Centers, dtype: np.dtype[Any]) -> Centers:
    """Return centers whose coordinates are rounded to a float dtype, though they are held as float64."""
    if dtype == np.float64:
        return centers
    if isinstance(centers, SparseCenters):
        return centers.rounded()
    return centers.astype(dtype).astype(np.float64)


def moves(before: Kind, after: Kind) -> tuple[float, int]:
    """Return the sum of the squared ways that centers went, and how many moved."""
    both: tuple[Any, Any] = before, after
    return _native.moves(*both)
