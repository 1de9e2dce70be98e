"""What every estimator with centers can do once it has them: label rows, measure distances, score."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Self, TypeGuard

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils._param_validation import validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted, validate_data

from globular import _native, em
from globular.centers import kept
from globular.engines.memory import MemoryEngine
from globular.estimators.pickling import Pickled
from globular.problem import Array, Problem
from globular.shortage import memory_for

FLOATS = [np.float64, np.float32]
PLAIN = {bool, int, float, str, type(None)}  # types of parameters whose values do not change


class Centered(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    Pickled,
):
    """An estimator that has ``cluster_centers_`` when it is fitted."""

    cluster_centers_: Array
    labels_: Array
    n_features_in_: int
    n_threads: int | None

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Compute the clusters of X."""
        raise NotImplementedError

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Fit X and return its labels, (n_samples,) int32."""
        self.fit(X, sample_weight=sample_weight)
        return self.labels_

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Fit X and return its distances to the centers, (n_samples, n_clusters)."""
        self.fit(X, sample_weight=sample_weight)
        return self.transform(X)

    def predict(self, X: Any) -> Array:
        """Return the nearest center of each row, (n_samples,) int32, the lowest index on ties.

        X (n_samples, n_features), of either float dtype whatever the fit had.
        """
        self._check_fitted()
        with memory_for("predict the labels of", X):
            return em.assign(self._validated(X), self.cluster_centers_, n_threads=self.n_threads)

    def transform(self, X: Any) -> Array:
        """Return the distance of each row to each center, (n_samples, n_clusters), in X's units.

        The square root of the exact distance, in X's dtype.
        """
        self._check_fitted()
        with memory_for("measure the distances of", X):
            return self._transform(self._validated(X))

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return minus the cost of X, sample_weight times squared distance to the nearest center."""
        self._check_fitted()
        with memory_for("score", X):
            problem = Problem.checked(self._validated(X), sample_weight, n_threads=self.n_threads)
            engine, centers = MemoryEngine(problem), kept(self.cluster_centers_, problem.points)
            engine.e_step(centers)
            return -engine.cost(centers)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return list(cls._names_in_signature())

    @classmethod
    @cache
    def _names_in_signature(cls) -> tuple[str, ...]:
        # scikit-learn reads the signature anew at every fit, to check the parameters.
        return tuple(super()._get_param_names())

    def _validate_params(self) -> None:
        """Check the parameters as scikit-learn does, but plain ones that were valid once not again."""
        values = {name: getattr(self, name) for name in self._names_in_signature()}
        plain = tuple((name, type(v), v) for name, v in values.items() if type(v) in PLAIN)
        self._validate_plain(plain)
        others = {name: v for name, v in values.items() if type(v) not in PLAIN}
        validate_parameter_constraints(self._parameter_constraints, others, type(self).__name__)

    @classmethod
    @lru_cache(maxsize=256)
    def _validate_plain(cls, values: tuple[tuple[str, type, Any], ...]) -> None:
        params = {name: v for name, _, v in values}
        validate_parameter_constraints(cls._parameter_constraints, params, cls.__name__)

    def _check_fitted(self) -> None:
        check_is_fitted(self, "cluster_centers_")

    def _validated(self, X: Any, reset: bool = False) -> Array:
        if _is_plain(X) and not hasattr(self, "feature_names_in_"):
            if reset:
                self.n_features_in_ = X.shape[1]
            if X.shape[1] == getattr(self, "n_features_in_", None):
                return X
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

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _is_plain(X: Any) -> TypeGuard[Array]:
    """Whether scikit-learn would return X as it is, after looking for as long as a small fit takes."""
    return bool(
        type(X) is np.ndarray and X.ndim == 2 and X.size and X.dtype in FLOATS and X.flags.c_contiguous
    )
