"""scikit-learn's own checks of what an estimator must do: all of them, without exception."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from globular import KernelKMeans, KMeans, MiniBatchKMeans, SpectralClustering


# The checks' own data has fewer distinct rows than clusters here and a single cluster there.
@pytest.mark.filterwarnings(
    "ignore:Number of distinct clusters", "ignore:algorithm='elkan' doesn't make sense"
)
@parametrize_with_checks(
    [
        KMeans(),
        KMeans(3, init="random", algorithm="elkan", tol=0.0),
        MiniBatchKMeans(),
        SpectralClustering(3),
        SpectralClustering(2, affinity="nearest_neighbors", n_neighbors=5),
        SpectralClustering(2, affinity="dense_neighbors", n_neighbors=5),
        SpectralClustering(2, method="landmarks", n_landmarks=20, assign_labels="cluster_qr"),
        KernelKMeans(3),
        KernelKMeans(3, kernel="poly", n_landmarks=10),
        MiniBatchKMeans(3, init="random", batch_size=7, tol=1e-4),
    ],
)
def test_scikit_learn_s_checks_pass(estimator, check):
    check(estimator)
