"""The first rows of a stream, kept until there are enough of them to choose centers well.

They are kept as what a pickle may hold: an array or a SciPy matrix, their weights, and how many of them
centers were fitted to.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from globular.points import Points
from globular.problem import Problem


def as_scipy(rows: Points) -> Any:
    """Return rows as a function of the user expects them: an array, or a SciPy matrix."""
    if isinstance(rows, np.ndarray):
        return rows
    from scipy.sparse import csr_matrix

    return csr_matrix((rows.values, rows.features, rows.starts), shape=rows.shape)


def keep(rows: Problem, n_fitted: int) -> dict[str, Any]:
    """What is kept of the first rows of a stream, and to how many of them centers were fitted."""
    weights = np.ones(rows.n) if rows.weights is None else rows.weights
    return {"rows": as_scipy(rows.points), "weights": weights, "fitted": n_fitted}


def together(kept: dict[str, Any], batch: Problem, n_threads: int | None) -> Problem:
    """Return the rows kept and those of a batch, in this order and in the dtype of the former."""
    rows, new = kept["rows"], as_scipy(batch.points).astype(kept["rows"].dtype)
    if isinstance(rows, np.ndarray) and isinstance(new, np.ndarray):
        both = np.concatenate([rows, new])
    else:
        from scipy.sparse import csr_matrix, vstack

        both = vstack([csr_matrix(rows), csr_matrix(new)], format="csr")
    weights = np.ones(batch.n) if batch.weights is None else batch.weights
    return Problem.checked(both, np.concatenate([kept["weights"], weights]), n_threads=n_threads)
