"""``k_means`` and ``kmeans_plusplus``: scikit-learn's functions beside the estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array
from sklearn.utils._param_validation import Integral, Interval, validate_params

from globular import em
from globular.engines.memory import MemoryEngine
from globular.errors import DataError
from globular.estimators.centered import FLOATS
from globular.estimators.first_centers import seed_from
from globular.estimators.kmeans import KMeans
from globular.points import rows_of
from globular.problem import Array, Problem
from globular.progress import Callback
from globular.seeding import Draws
from globular.seeding.plus_plus import PlusPlus


def k_means(
    X: Any,
    n_clusters: int,
    *,
    sample_weight: Any = None,
    init: str | npt.ArrayLike | Callable[..., npt.ArrayLike] = "k-means++",
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    verbose: int = 0,
    tol: float = 1e-4,
    random_state: int | np.random.RandomState | None = None,
    copy_x: bool = True,
    algorithm: str = "auto",
    return_n_iter: bool = False,
    n_threads: int | None = None,
    time_budget: float | None = None,
    callback: Callback | None = None,
) -> tuple[Any, ...]:
    """Cluster X and return the centers, the labels, the cost, and the steps if `return_n_iter`.

    The function form of :class:`globular.KMeans`, whose documentation has the parameters. What ended
    the fit is known to that class alone (``stopped_by_``).

    >>> centers, labels, cost = k_means([[0.0], [1.0], [9.0], [10.0]], 2, random_state=0)
    >>> cost
    1.0
    """
    model = KMeans(
        n_clusters,
        init=init,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        verbose=verbose,
        random_state=random_state,
        copy_x=copy_x,
        algorithm=algorithm,
        n_threads=n_threads,
        time_budget=time_budget,
        callback=callback,
    ).fit(X, sample_weight=sample_weight)
    result = (model.cluster_centers_, model.labels_, model.inertia_)
    return (*result, model.n_iter_) if return_n_iter else result


@validate_params(  # type: ignore[untyped-decorator]
    {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_local_trials": [Interval(Integral, 1, None, closed="left"), None],
    },
    prefer_skip_nested_validation=True,
)
def kmeans_plusplus(
    X: Any,
    n_clusters: int,
    *,
    sample_weight: Any = None,
    x_squared_norms: Any = None,
    random_state: int | np.random.RandomState | None = None,
    n_local_trials: int | None = None,
    n_threads: int | None = None,
) -> tuple[Array, Array]:
    """Choose first centers by greedy k-means++.

    X (n_samples, n_features); sample_weight (n_samples,) not negative; ``x_squared_norms`` is
    accepted for scikit-learn's sake and not needed; ``n_local_trials`` candidates a center, by
    default 2 + floor(ln n_clusters). Returns the centers (n_clusters, n_features), dtype of X, and
    their rows (n_clusters,) int64. O(n_samples · n_clusters · trials · n_features). Raises DataError.
    Source: Arthur & Vassilvitskii (2007).

    >>> centers, rows = kmeans_plusplus([[0.0], [0.0], [7.0]], 2, random_state=0)
    >>> sorted(centers.ravel().tolist())
    [0.0, 7.0]
    """
    array = check_array(X, accept_sparse="csr", dtype=FLOATS, order="C", ensure_all_finite=False)
    if x_squared_norms is not None and len(x_squared_norms) != array.shape[0]:
        raise DataError(
            f"The length of x_squared_norms {len(x_squared_norms)} should be equal to the length of "
            f"n_samples {array.shape[0]}. They are not needed: leave them out"
        )
    problem = Problem.checked(array, sample_weight, n_threads=n_threads)
    em.check_size(problem, n_clusters)
    draws = Draws(seed_from(random_state), stream=0)
    rows = PlusPlus(n_local_trials).rows(MemoryEngine(problem), int(n_clusters), draws)
    if problem.rows is not None:
        rows = problem.rows[rows]
    return rows_of(problem.all_points, rows).astype(array.dtype), rows
