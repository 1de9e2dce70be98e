"""From the same start scikit-learn's Lloyd takes the same steps to the same place.

In float64, where no cluster runs empty: the same number of steps, the same labels, centers to 1e-10.
"""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.cluster
from sklearn.datasets import load_digits, load_iris, load_wine, make_blobs

from globular import KMeans, kmeans_plusplus

DATA = {
    "blobs": lambda: make_blobs(2000, 5, centers=8, random_state=0, cluster_std=2.0)[0],
    "noise": lambda: np.random.default_rng(0).normal(size=(1500, 2)),
    "line": lambda: np.random.default_rng(1).exponential(size=(800, 1)),
    "iris": lambda: load_iris().data,
    "wine": lambda: load_wine().data,
    "digits": lambda: load_digits().data,
}


# scikit-learn scales `tol` by the variance of the rows, we by that of the weighted rows (a weight is a
# repeat), so with weights the two are compared at rest only.
@pytest.mark.parametrize(("tol", "weighted"), [(0.0, False), (1e-4, False), (1e-2, False), (0.0, True)])
@pytest.mark.parametrize("k", [1, 2, 5, 10, 17])
@pytest.mark.parametrize("name", DATA)
def test_scikit_learn_walks_the_same_way(name, k, tol, weighted):
    X = np.ascontiguousarray(DATA[name](), dtype=np.float64)
    rng = np.random.default_rng(k)
    weights = rng.uniform(0.5, 2.0, len(X)) if weighted else None
    # Beside the rows: from rows of whole numbers there are ties, which scikit-learn rounds either way.
    start = kmeans_plusplus(X, k, random_state=k)[0] + 0.01 * X.std(axis=0) * rng.normal(size=(k, X.shape[1]))
    parameters = {"n_clusters": k, "init": start, "n_init": 1, "tol": tol, "max_iter": 300}
    theirs = sklearn.cluster.KMeans(**parameters).fit(X, sample_weight=weights)
    ours = KMeans(**parameters).fit(X, sample_weight=weights)
    assert all(step.n_empty == 0 for step in ours.history_)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    reach = np.abs(X).max()
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=0, atol=1e-10 * reach)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-10)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-6, atol=1e-6 * reach)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=1e-10)


@pytest.mark.parametrize("name", DATA)
def test_our_seeding_is_no_worse_than_theirs(name):
    X = np.ascontiguousarray(DATA[name](), dtype=np.float64)

    def mean_cost(make):
        fits = [make(8, n_init=1, random_state=s, max_iter=1, tol=0.0).fit(X).inertia_ for s in range(30)]
        return np.mean(fits), np.std(fits) / np.sqrt(30)

    (ours, ours_error), (theirs, theirs_error) = mean_cost(KMeans), mean_cost(sklearn.cluster.KMeans)
    assert ours <= theirs + 4 * np.hypot(ours_error, theirs_error)
