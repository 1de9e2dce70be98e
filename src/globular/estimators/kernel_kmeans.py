"""``KernelKMeans``: k-means in the space of a kernel, by landmarks."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin, _fit_context
from sklearn.metrics.pairwise import KERNEL_PARAMS, pairwise_kernels
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from globular import _native, em
from globular.distinct import distinct
from globular.estimators.first_centers import seed_from
from globular.estimators.listener import Listener
from globular.estimators.pickling import Pickled
from globular.features import landmarks as lm
from globular.points import Array, unpacked
from globular.problem import Problem
from globular.shortage import memory_for

EXACT_ROWS = 1000  # up to so many every row is a landmark
N_LANDMARKS = 500


class KernelKMeans(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    Pickled,
):
    """Kernel k-means: k-means on features whose inner products are a kernel.

    Its clusters are globular in the space of the kernel and may be bent in X's. The features are Nyström's:
    a row is known by its kernel with landmarks. Up to 1000 rows every row is one, and the fit is exact
    kernel k-means; beyond, the landmarks are centers of k-means, and ``method_`` says so.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.
    kernel : str or callable, default='rbf'
        A kernel by its name in ``sklearn.metrics.pairwise``, or a function of two rows. It should be
        positive; what of it is not is left out.
    gamma : float or None, default=None
        Coefficient of 'rbf', 'poly', 'sigmoid', 'laplacian' and 'chi2'. None: 1 / n_features (chi2: 1).
    degree, coef0, kernel_params
        Parameters of the kernels, as in scikit-learn.
    n_landmarks : int or None, default=None
        Landmarks. None: all rows up to 1000, otherwise 500, or 10 for each cluster if that is more.
    n_components : int or None, default=None
        Features to keep, those of the largest eigenvalues. None: all where every row is a landmark,
        otherwise 10 for each cluster, at least 100.
    n_init : int, default=10
        Starts; the one of the lowest cost wins.
    max_iter : int, default=300
        Most steps of one start.
    tol : float, default=1e-4
        As of :class:`globular.KMeans`, on the features.
    random_state : int, RandomState or None, default=None
        Seed of all draws. An int repeats the same fit.
    n_threads : int or None, default=None
        Threads of k-means. Never changes a result.

    Attributes
    ----------
    labels_ : ndarray (n_samples,), int32
        Cluster of each row: what ``predict(X)`` says.
    inertia_ : float
        Weighted sum of squared distances to the cluster's mean in the space of the kernel, as far as
        the features know it.
    method_ : str
        'exact' if every row was a landmark and all features were kept, otherwise 'nystroem'.
    landmarks_ : ndarray (n_landmarks, n_features)
        The landmarks.
    feature_centers_ : ndarray (n_clusters, n_components)
        The centers, in features. They have no place in X's space.
    n_iter_ : int
        Steps of the start that won.
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of str
        Column names, when X had them.

    Notes
    -----
    O(n m (d + s) + m³) for m landmarks and s features, and k-means on n rows of s; memory O(n (m + s)).
    With s about n_clusters / ε features the cost is within 1 + ε of full kernel k-means.
    Sources: Schölkopf, Smola & Müller (1998); Williams & Seeger (2001); Wang, Gittens & Mahoney (2019).

    Examples
    --------
    >>> from sklearn.datasets import make_circles
    >>> from globular import KernelKMeans, clustering_accuracy
    >>> X, y = make_circles(300, factor=0.2, noise=0.05, random_state=0)
    >>> model = KernelKMeans(2, gamma=3.0, random_state=0).fit(X)
    >>> clustering_accuracy(y, model.labels_), model.method_
    (1.0, 'exact')
    >>> model.predict([[0.0, 0.0]])[0] == model.labels_[y == 1][0]
    np.True_
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "kernel": [callable, StrOptions(set(KERNEL_PARAMS))],
        "gamma": [Interval(Real, 0, None, closed="left"), None],
        "degree": [Interval(Real, 0, None, closed="left")],
        "coef0": [Interval(Real, None, None, closed="neither")],
        "kernel_params": [dict, None],
        "n_landmarks": [Interval(Integral, 1, None, closed="left"), None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    labels_: Array
    inertia_: float
    method_: str
    landmarks_: Array
    feature_centers_: Array
    n_iter_: int

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        kernel: str | Callable[..., float] = "rbf",
        gamma: float | None = None,
        degree: float = 3,
        coef0: float = 1,
        kernel_params: dict[str, Any] | None = None,
        n_landmarks: int | None = None,
        n_components: int | None = None,
        n_init: int = 10,
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.kernel_params = kernel_params
        self.n_landmarks = n_landmarks
        self.n_components = n_components
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_threads = n_threads

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KernelKMeans:
        """Compute the clusters of X.

        X (n_samples, n_features) numbers; sample_weight (n_samples,) not negative: a weight w counts as
        the row w times. y is ignored. Returns self. Raises DataError (a ValueError). Whatever ends it early,
        also Ctrl-C, leaves the model as it was.
        """
        before = dict(vars(self))
        try:
            with memory_for("take in", X):
                return self._fitted(X, sample_weight)
        except BaseException:
            self.__dict__ = before
            raise

    def _fitted(self, X: Any, sample_weight: Any) -> KernelKMeans:
        X = np.asarray(validate_data(self, X, dtype=np.float64, order="C", ensure_all_finite=False))
        with memory_for("cluster by a kernel", X, of_others=True):
            problem = Problem.checked(X, sample_weight, n_threads=self.n_threads)
            em.check_size(problem, self.n_clusters)
            seed = seed_from(self.random_state)
            k = int(self.n_clusters)
            # As a set: what a table of products rounds depends on where a row stands in it. Rows of weight 0
            # are no landmarks, and no others are left out.
            once = distinct(problem)
            points = unpacked(problem.points[once.rows])
            weights: Array | None = once.weights
            if len(points) < k:  # there is a warning for that, and a valid result
                points, weights = unpacked(problem.points), problem.weights
            count = self.n_landmarks or (
                len(points) if len(points) <= EXACT_ROWS else max(N_LANDMARKS, 10 * k)
            )
            everything = count >= len(points)
            landmarks = points if everything else lm.choose_landmarks(problem, count, seed, self.n_threads)
            n_features = self.n_components or (None if everything else max(10 * k, 100))
            turn = lm.nystroem_map(self._kernel(landmarks, landmarks), n_features)
            features = Problem.checked(
                self._kernel(points, landmarks) @ turn, weights, n_threads=self.n_threads, name="kernel(X)"
            )
            result = em.fit(
                features,
                k,
                n_init=self.n_init,
                max_iter=self.max_iter,
                tol=self.tol,
                seed=seed,
                n_threads=self.n_threads,
                progress=Listener(0, 0.0),
            )
            labels = em.assign(self._kernel(X, landmarks) @ turn, result.centers, n_threads=self.n_threads)
        self.__dict__.update(
            labels_=labels,
            inertia_=result.cost,
            method_="exact" if everything and self.n_components is None else "nystroem",
            landmarks_=landmarks,
            feature_centers_=result.centers,
            n_iter_=result.n_steps,
            _turn=turn,
            _n_features_out=k,
        )
        return self

    def predict(self, X: Any) -> Array:
        """Return the cluster of each row, (n_samples,) int32, the lowest index on ties."""
        check_is_fitted(self, "feature_centers_")
        with memory_for("predict the labels of", X, of_others=True):
            return em.assign(self._features(X), self.feature_centers_, n_threads=self.n_threads)

    def transform(self, X: Any) -> Array:
        """Return the distance of each row to each center in the space of the kernel, (n_samples, k)."""
        check_is_fitted(self, "feature_centers_")
        with memory_for("measure the distances of", X, of_others=True):
            features = Problem.checked(self._features(X), n_threads=self.n_threads, name="kernel(X)")
            return _native.transform(features.native_points, self.feature_centers_, features.n_threads)

    def _features(self, X: Any) -> Array:
        with memory_for("measure the kernel of", X):
            X = validate_data(self, X, reset=False, dtype=np.float64, order="C")
            features: Array = self._kernel(X, self.landmarks_) @ self._turn
        return features

    def _kernel(self, a: Array, b: Array) -> Array:
        parameters = dict(self.kernel_params or {})
        if not callable(self.kernel):
            if self.gamma is not None:
                parameters["gamma"] = self.gamma
            parameters |= {"degree": self.degree, "coef0": self.coef0}
        kernel: Array = pairwise_kernels(a, b, metric=self.kernel, filter_params=True, **parameters)
        return kernel
