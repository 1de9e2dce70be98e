"""``KMeans``: scikit-learn's estimator, globular's answer.

Every parameter, method and attribute of ``sklearn.cluster.KMeans`` is here under its name. What
differs is written in the class: labels are exactly right, results do not depend on threads, and the
fit tells how it went.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from globular import _native, em
from globular.engines import Engine
from globular.engines.memory import MemoryEngine
from globular.errors import ParameterWarning
from globular.estimators.listener import Listener
from globular.problem import Array, Problem
from globular.registry import ALGORITHMS, SEEDINGS
from globular.result import Result
from globular.seeding import Draws, Seeding
from globular.seeding.given import Given
from globular.step import Step

FLOATS = [np.float64, np.float32]


class KMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-means clustering, a drop-in for ``sklearn.cluster.KMeans``.

    Labels are the nearest center by the exact float64 distance, the lowest index on ties; sums do not
    depend on the order of their terms; so the fit is the same to the bit on any number of threads and
    on any machine.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, at least 1 and at most the number of rows.
    init : {'k-means++', 'random'}, callable or array-like (n_clusters, n_features), default='k-means++'
        First centers: greedy k-means++, random rows, given ones, or a function of
        ``(X, n_clusters, random_state)`` that returns them.
    n_init : 'auto' or int, default='auto'
        Starts to try; the one of the lowest cost wins. 'auto' is 1 for 'k-means++' and given
        centers, 10 for 'random' and a function.
    max_iter : int, default=300
        Most steps of one start.
    tol : float, default=1e-4
        A start has settled when its centers move by less than this share of the features' mean
        variance, as a sum of squares. 0 waits until no center moves at all.
    verbose : int, default=0
        Above 0, prints a line a step.
    random_state : int, RandomState or None, default=None
        Seed of all draws. An int repeats the same fit.
    copy_x : bool, default=True
        Accepted; X is never written to, whatever the value.
    algorithm : {'auto', 'lloyd', 'elkan'}, default='auto'
        A wish about speed. All give the same bits.
    n_threads : int or None, default=None
        Threads to use. None: the CPUs that this process may use, or OMP_NUM_THREADS if fewer.

    Attributes
    ----------
    cluster_centers_ : ndarray (n_clusters, n_features), dtype of X
        The centers.
    labels_ : ndarray (n_samples,), int32
        Nearest center of each row: always what ``predict(X)`` says.
    inertia_ : float
        Sum of weight times squared distance to the nearest center, in X's units squared: the float64
        distances of ``labels_`` to ``cluster_centers_``, added up and rounded once.
    n_iter_ : int
        Steps of the start that won.
    history_ : tuple of Step
        One record a step of that start (:class:`globular.step.Step`): ``cost`` (about the centers from
        which the step started, so the last is not ``inertia_`` yet), ``n_changed`` (rows that changed
        cluster; all in step 1), ``n_distances`` (distances computed), ``n_settled`` (rows re-checked
        exactly), and more.
    n_distances_ : int
        Row-center distances that the winning start computed.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Column names, when X had them.

    Notes
    -----
    What differs from scikit-learn's: the draws, so the same ``random_state`` starts elsewhere and
    clusters are numbered otherwise; 'auto', 'lloyd' and 'elkan' are one algorithm; X is never written
    to; a fit that fails leaves the model as it was.
    Reaching ``max_iter`` warns no more than there: compare ``n_iter_``.

    Each step costs O(n_samples · n_clusters · n_features). Empty clusters are moved to the rows
    farthest from their centers. Ctrl-C keeps the best result so far in the attributes, then raises.
    Source: Lloyd (1982); Arthur & Vassilvitskii (2007) for k-means++.

    Examples
    --------
    >>> from globular import KMeans
    >>> model = KMeans(2, random_state=0).fit([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model.inertia_
    16.0
    >>> sorted(model.cluster_centers_.tolist())
    [[1.0, 2.0], [10.0, 2.0]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "init": [StrOptions(set(SEEDINGS)), callable, "array-like"],
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
        "copy_x": ["boolean"],
        "algorithm": [StrOptions(set(ALGORITHMS))],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    cluster_centers_: Array
    labels_: Array
    inertia_: float
    n_iter_: int
    history_: tuple[Step, ...]
    n_distances_: int

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: str | npt.ArrayLike | Callable[..., npt.ArrayLike] = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        copy_x: bool = True,
        algorithm: str = "auto",
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.n_threads = n_threads

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KMeans:
        """Compute the clusters of X.

        X (n_samples, n_features) numbers; sample_weight (n_samples,) not negative: a weight w
        counts as the row w times, 0 as no row at all. y is ignored. Returns self. Raises
        DataError (a ValueError), and KeyboardInterrupt on Ctrl-C with the best result kept.
        """
        before = dict(vars(self))
        try:
            return self._take(self._fitted(X, sample_weight))
        except BaseException as error:
            # Half a fit must not pass for one: the model stays what it was, or takes the best so far.
            if (best := getattr(error, "result", None)) is not None:
                self._take(best)
            else:
                self.__dict__ = before
            raise

    def _fitted(self, X: Any, sample_weight: Any) -> Result:
        X = self._validated(X, reset=True)
        problem = Problem.checked(X, sample_weight, n_threads=self.n_threads)
        em.check_size(problem, self.n_clusters)
        seeding, seed = self._seeding(X)
        self._n_init = self._starts(seeding)
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                ParameterWarning,
                stacklevel=4,
            )
        return em.fit(
            problem,
            int(self.n_clusters),
            seeding=seeding,
            algorithm=self.algorithm,
            n_init=self._n_init,
            max_iter=self.max_iter,
            tol=self.tol,
            seed=seed,
            n_threads=self.n_threads,
            progress=Listener(self.verbose, self.tol * problem.mean_variance if self.verbose else 0.0),
        )

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Fit X and return its labels, (n_samples,) int32."""
        self.fit(X, sample_weight=sample_weight)
        return self.labels_

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Fit X and return its distances to the centers, (n_samples, n_clusters)."""
        self.fit(X, sample_weight=sample_weight)
        return self._transform(self._validated(X))

    def predict(self, X: Any) -> Array:
        """Return the nearest center of each row, (n_samples,) int32, the lowest index on ties.

        X (n_samples, n_features), of either float dtype whatever the fit had.
        """
        check_is_fitted(self, "cluster_centers_")
        return em.assign(self._validated(X), self._exact_centers(), n_threads=self.n_threads)

    def transform(self, X: Any) -> Array:
        """Return the distance of each row to each center, (n_samples, n_clusters), in X's units.

        The square root of the exact distance, in X's dtype.
        """
        check_is_fitted(self, "cluster_centers_")
        return self._transform(self._validated(X))

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return minus the cost of X, sample_weight times squared distance to the nearest center."""
        check_is_fitted(self, "cluster_centers_")
        engine = MemoryEngine(Problem.checked(self._validated(X), sample_weight, n_threads=self.n_threads))
        centers = self._exact_centers()
        engine.e_step(centers)
        return -engine.cost(centers)

    def _validated(self, X: Any, reset: bool = False) -> Array:
        # Whether the numbers are finite is checked by Problem, which reads them all anyway.
        array: Array = validate_data(
            self, X, reset=reset, accept_sparse="csr", dtype=FLOATS, order="C", ensure_all_finite=False
        )
        return array

    def _exact_centers(self) -> Array:
        return np.ascontiguousarray(self.cluster_centers_, dtype=np.float64)

    def _transform(self, X: Array) -> Array:
        problem = Problem.checked(X, n_threads=self.n_threads)
        return _native.transform(problem.native_points, self._exact_centers(), problem.n_threads)

    def _seeding(self, X: Any) -> tuple[str | Seeding, int]:
        """Return the seeding, and the seed of its draws."""
        if isinstance(self.init, str):
            return str(self.init), seed_from(self.random_state)
        if callable(self.init):
            return Called(self.init, X, check_random_state(self.random_state)), 0
        given = Given(check_array(self.init, dtype=X.dtype, ensure_all_finite=False))
        return given, 0

    def _starts(self, seeding: str | Seeding) -> int:
        if self.n_init == "auto":
            return 1 if seeding == "k-means++" or isinstance(seeding, Given) else 10
        if isinstance(seeding, Given) and self.n_init != 1:
            warnings.warn(
                "Explicit initial center position passed: performing only one init in "
                f"{type(self).__name__} instead of n_init={self.n_init}. Pass n_init=1 to silence this",
                ParameterWarning,
                stacklevel=5,
            )
            return 1
        return int(self.n_init)

    def _take(self, result: Result) -> KMeans:
        self.cluster_centers_ = result.centers
        self._n_features_out = len(result.centers)
        self.labels_ = result.labels
        self.inertia_ = result.cost
        self.n_iter_ = result.n_steps
        self.history_ = result.history
        self.n_distances_ = result.n_distances
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class Called:
    """A seeding made of a user's function of ``(X, n_clusters, random_state)``."""

    def __init__(
        self, function: Callable[..., npt.ArrayLike], X: Any, random_state: np.random.RandomState
    ) -> None:
        self.function = function
        self.X = X
        self.random_state = random_state

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Array:
        X = self.X
        if isinstance(X, np.ndarray):
            X = X.view()
            X.flags.writeable = False  # it is the caller's own
        centers = self.function(X, k, random_state=self.random_state)
        return Given(check_array(centers, dtype=self.X.dtype, ensure_all_finite=False))(engine, k, draws)


def seed_from(random_state: int | np.random.RandomState | None) -> int:
    """Return the seed of a fit: integers repeat, generators advance."""
    return int(check_random_state(random_state).randint(0, 2**63 - 1, dtype=np.int64))
