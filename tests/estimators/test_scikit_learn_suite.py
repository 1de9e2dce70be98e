"""scikit-learn's own tests of k-means, run on globular.

The installed ``test_k_means.py`` is loaded, never copied, with ``KMeans``, ``k_means``,
``kmeans_plusplus`` and ``MiniBatchKMeans`` replaced by ours before its imports run. What is left out is
named here.
"""

from __future__ import annotations

import importlib.util
from unittest import mock

import numpy as np
import pytest
import sklearn.cluster

import globular

# Tests of functions that only scikit-learn has, by private name.
PRIVATE = {
    "test_relocate_empty_clusters",
    "test_minibatch_update_consistency",
    "test_minibatch_reassign",
    "test_euclidean_distance",
    "test_inertia",
    "test_is_same_clustering",
    "test_sample_weight_init",
    "test_sample_weight_zero",
    "test_minibatch_kmeans_init_size",
}

OURS = ("KMeans", "MiniBatchKMeans", "k_means", "kmeans_plusplus")


def _load() -> dict[str, object]:
    spec = importlib.util.find_spec("sklearn.cluster.tests.test_k_means")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    ours = {name: getattr(globular, name) for name in OURS}
    with mock.patch.multiple(sklearn.cluster, **ours):
        spec.loader.exec_module(module)
    assert all(getattr(module, name) is ours[name] for name in OURS)
    return {name: test for name, test in vars(module).items() if name.startswith("test_")}


globals().update({name: test for name, test in _load().items() if name not in PRIVATE})


@pytest.fixture
def global_random_seed() -> int:
    return 42


@pytest.fixture(params=[np.float32, np.float64])
def global_dtype(request: pytest.FixtureRequest) -> type:
    return request.param
