"""Labels of points by centers that are there already: the E-step alone, for points new and old."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from globular import _native
from globular.centers import kept
from globular.engines.memory import level_name
from globular.errors import DataError
from globular.points import native
from globular.problem import LARGEST_VALUE, Array, Problem, as_points
from globular.shortage import memory_for
from globular.threads import threads


def assign(
    points: Any, centers: npt.ArrayLike, *, n_threads: int | None = None, level: str | None = None
) -> Array:
    """Return the index of the nearest center of each point, the lowest on ties.

    points (n, d) float32 or float64 (anything else becomes float64) or sparse, centers (k, d); returns (n,)
    int32. Nearest by the exact float64 distance, whatever the dtypes. O(n k d) time, O(k d) memory
    beside the points. Raises DataError and OutOfMemory.

    >>> assign([[0.0], [4.0]], [[1.0], [5.0]])
    array([0, 1], dtype=int32)
    """
    taken = as_points(points)
    d, shape = int(taken.shape[1]), np.shape(centers)
    if len(shape) != 2 or shape[1] != d or shape[0] == 0:
        raise DataError(f"centers has shape {shape}, but X has {d} features: pass (k, {d})")
    exact = kept(centers, taken)
    if not _native.all_finite(exact):
        raise DataError("centers must be finite; some are NaN or infinite")
    with memory_for(f"find the nearest of {len(exact)} centers to", taken):
        labels = _native.assign(native(taken), exact, level_name(level), threads(n_threads).n, LARGEST_VALUE)
    if labels is None:
        Problem.checked(taken)  # says what is wrong with them
    assert labels is not None
    return labels
