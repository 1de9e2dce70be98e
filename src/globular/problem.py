"""The points and their weights, checked once.

Everything behind this door trusts what it gets: a ``Problem`` has finite numbers, weights that are
positive, and the frame on which its sums are exact. What is wrong with the input is said here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from globular import _native
from globular.errors import DataError
from globular.points import Array, Points, SparsePoints, as_sparse_points, is_sparse, native, rows_of
from globular.threads import threads

__all__ = ["Array", "Problem"]

# Squares of larger values, added up over many rows, no longer fit a float64.
LARGEST_VALUE = 2.0**480
LARGEST_WEIGHT = 2.0**320
FILL_VALUE = 2.0**300  # no measurement is this large: it stands for a missing number
SMALLEST_WEIGHT = 2.0**-320  # of the heaviest row


@dataclass(frozen=True)
class Problem:
    """A weighted set of points.

    points (n, d) float32 or float64, C-contiguous or sparse, finite; weights (n,) float64 > 0, or None when
    every point weighs 1. Rows of weight 0 are absent: then ``rows`` says which of ``all_points``
    are here; otherwise it is None and both are the same.
    """

    points: Points
    weights: Array | None
    frame: _native.Frame
    n_threads: int
    all_points: Points = field(repr=False)
    rows: Array | None = None
    _spreads: list[_native.Spread] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def checked(
        cls,
        points: Any,
        weights: npt.ArrayLike | None = None,
        *,
        n_threads: int | None = None,
        name: str = "X",
    ) -> Problem:
        """Check points and weights and take them in, without a copy where that is possible.

        points (n, d) numbers, or a sparse matrix, which stays one; anything but float32 becomes
        float64. weights (n,) finite, not negative, not all zero. Costs one pass over the points.
        Raises DataError.

        >>> Problem.checked([[1.0, 2.0], [3.0, 4.0]]).points.dtype
        dtype('float64')
        """
        n_threads = threads(n_threads).n
        everything = as_points(points, name)
        checked, rows = _as_weights(weights, len(everything), name)
        if rows is not None:
            _refuse_bad_values(_survey(everything, None, n_threads), everything, name)
        present = everything if rows is None else everything[rows]
        frame = _survey(present, checked, n_threads)
        _refuse_bad_values(frame, present, name, 0.0 if checked is None else float(checked.sum()))
        _refuse_far_apart(frame, checked, name)
        return cls(present, checked, frame, n_threads, everything, rows)

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.points)

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.points.shape[1])

    @property
    def native_points(self) -> Any:
        """The points as the native core takes them."""
        return native(self.points)

    @property
    def spread(self) -> _native.Spread:
        """The exact sums of all points, and of their squares, about the frame's origin.

        Added up once, when first asked for, and without a lock: before Python 3.12 ``cached_property`` has
        one for all instances, and a process forked meanwhile would wait for it for ever.
        """
        if not self._spreads:
            self._spreads.append(_native.spread(self.frame, self.native_points, self.weights, self.n_threads))
        return self._spreads[0]

    @property
    def mean_variance(self) -> float:
        """The mean over the features of their weighted variance."""
        return float(np.mean(self.spread.variance))


def as_points(points: Any, name: str = "X") -> Points:
    """Take in points of any kind, with values as they are. Raises DataError."""
    if isinstance(points, SparsePoints):
        return points
    return as_sparse_points(points, name) if is_sparse(points) else _as_array(points, name)


def _as_array(points: npt.ArrayLike, name: str) -> Array:
    try:
        array = np.asarray(points)
        if array.dtype.kind == "c":
            raise DataError(
                f"{name} is complex; k-means needs real numbers: pass {name}.real, or stack the parts"
            )
        dtype = array.dtype if array.dtype in (np.float32, np.float64) else np.dtype(np.float64)
        array = np.ascontiguousarray(array, dtype=dtype.newbyteorder("="))
    except DataError:
        raise
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} must be an array of numbers, n rows by d features: {error}") from None
    if array.ndim != 2:
        raise DataError(
            f"{name} has shape {array.shape}, but must be two-dimensional, n rows by d features: "
            f"reshape({-1 if array.ndim else 1}, 1) makes one feature, reshape(1, -1) one row"
        )
    if array.shape[0] == 0 or array.shape[1] == 0:
        raise DataError(f"{name} has shape {array.shape}; at least one row and one feature are needed")
    return array


def _as_weights(weights: npt.ArrayLike | None, n: int, name: str) -> tuple[Array | None, Array | None]:
    """Return the positive weights, and which rows they belong to if not to all."""
    if weights is None:
        return None, None
    try:
        array = np.asarray(weights)
        if array.dtype.kind == "c":
            raise DataError("sample_weight is complex; weights are real numbers that are not negative")
        array = np.full(n, float(array)) if array.ndim == 0 else np.ascontiguousarray(array, dtype=np.float64)
    except DataError:
        raise
    except (TypeError, ValueError) as error:
        raise DataError(f"sample_weight must be an array of numbers: {error}") from None
    if array.shape != (n,):
        raise DataError(f"sample_weight has shape {array.shape}, but {name} has {n} rows: pass shape ({n},)")
    if not np.all(np.isfinite(array)):
        row = int(np.argmin(np.isfinite(array)))
        raise DataError(f"sample_weight[{row}] is {array[row]}; weights must be finite; 0 leaves a row out")
    if np.any(array < 0):
        row = int(np.argmax(array < 0))
        raise DataError(
            f"Negative values in data passed to `sample_weight`: sample_weight[{row}] is {array[row]}; "
            "a row that should not count weighs 0"
        )
    if not np.any(array > 0):
        raise DataError("sample_weight is zero for every row; give at least one row a positive weight")
    if not SMALLEST_WEIGHT <= array.max() <= LARGEST_WEIGHT:
        raise DataError(
            f"sample_weight goes up to {array.max():.3g}, but the largest must lie between "
            f"{SMALLEST_WEIGHT:.0e} and {LARGEST_WEIGHT:.0e}: scale all weights by one factor"
        )
    if np.all(array == 1.0):
        return None, None
    if np.all(array > 0):
        return array, None
    rows = np.flatnonzero(array)
    positive = np.ascontiguousarray(array[rows])
    return (None if np.all(positive == 1.0) else positive), rows


def _survey(points: Points, weights: Array | None, n_threads: int) -> _native.Frame:
    n = len(points)
    if weights is None:
        return _native.survey(native(points), None, n, float(n), True, 1.0, 1.0, n_threads)
    total = math.fsum(weights)
    # Beyond 2**34 the products of pieces and whole weights would take more bits than there are.
    whole = bool(np.all(weights == np.rint(weights)) and total < 2.0**34)
    smallest, largest = float(weights.min()), float(weights.max())
    return _native.survey(native(points), weights, n, total, whole, smallest, largest, n_threads)


def largest_value(total_weight: float) -> float:
    """Return up to what value a sum of weighted squares fits float64."""
    return float(min(LARGEST_VALUE, 2.0 ** ((1000 - math.log2(max(total_weight, 1.0))) / 2)))


def _refuse_bad_values(frame: _native.Frame, points: Points, name: str, total_weight: float = 0.0) -> None:
    if frame.not_finite is not None:
        row, feature = frame.not_finite
        value = rows_of(points, np.array([row]))[0, feature]
        what = "NaN" if np.isnan(value) else f"infinity or a value too large for {points.dtype!r}"
        raise DataError(
            f"Input {name} contains {what}.\nThe first is {name}[{row}, {feature}] = {value}; k-means has no "
            "place for such values: drop the rows (numpy.isfinite) or fill them (sklearn.impute)"
        )
    heaviest = largest_value(total_weight)
    if frame.largest > heaviest:
        raise DataError(
            f"{name} has values up to {frame.largest:.3g}, whose squares do not fit float64; "
            f"divide {name} by a power of ten so that they stay below {heaviest:.0e}"
        )


def _refuse_far_apart(frame: _native.Frame, weights: Array | None, name: str) -> None:
    if frame.holds_all:
        return
    if weights is not None and weights.max() / weights.min() > 2.0**60:
        row = int(np.argmin(weights))
        raise DataError(
            f"sample_weight goes from {weights[row]:.3g} (row {row}) to {weights.max():.3g}: so far apart "
            "that no sum holds both; a row that should not count weighs 0"
        )
    if frame.largest < FILL_VALUE:
        return  # what is so small beside values like these is as good as zero
    raise DataError(
        f"{name} mixes values up to {frame.largest:.3g} with values so much smaller that no sum holds both; "
        "if the large ones stand for missing numbers, drop their rows or fill them (sklearn.impute)"
    )
