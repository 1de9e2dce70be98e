"""From what a fit returns to what scikit-learn's users read: the attributes that end in ``_``."""

from __future__ import annotations

from typing import Any

from globular.result import Result


def attributes(result: Result) -> dict[str, Any]:
    """Return the attributes that a result gives an estimator."""
    return {
        "cluster_centers_": result.centers,
        "_n_features_out": len(result.centers),
        "labels_": result.labels,
        "inertia_": result.cost,
        "n_iter_": result.n_steps,
        "converged_": result.converged,
        "stopped_by_": result.stopped_by,
        "history_": result.history,
        "n_distances_": result.n_distances,
    }
