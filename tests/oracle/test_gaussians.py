"""The mixtures of `diagnose` are those of scikit-learn, begun at the same clusters."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from diagnosed import CASES
from sklearn.mixture import GaussianMixture

from globular import KMeans
from globular.diagnostics import gaussians
from globular.diagnostics.gaussians import fitted, from_labels, table_of


def begun(name, seed=0):
    X, _, k = CASES[name].made(seed)
    X = np.asarray(X, dtype=np.float64)
    labels = KMeans(k, random_state=seed).fit(X).labels_
    return X - X.mean(axis=0), labels, k, 1e-3 * float(X.var(axis=0).mean())


def of_scikit_learn(X, labels, k, form, floor, begin):
    if form == "full":
        precisions = np.swapaxes(begin.scales, 1, 2) @ begin.scales
    else:
        precisions = begin.scales**2 if form == "diag" else begin.scales[:, 0] ** 2
    model = GaussianMixture(
        k,
        covariance_type=form,
        reg_covar=floor,
        max_iter=gaussians.STEPS,
        tol=gaussians.SETTLED,
        init_params="random_from_data",
        weights_init=np.bincount(labels, minlength=k) / len(labels),
        means_init=begin.means,
        precisions_init=precisions,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X)


@pytest.mark.parametrize("form", gaussians.FORMS)
@pytest.mark.parametrize(
    "name", ["moons 0.1", "stretched", "varied", "square, 3", "cube, 10", "20 blobs", "iris", "penguins"]
)
def test_a_mixture_is_that_of_scikit_learn(name, form):
    X, labels, k, floor = begun(name)
    table = table_of(X)
    begin = from_labels(table, labels, k, form, floor)
    found, bound = fitted(begin, table, form, floor)
    theirs = of_scikit_learn(X, labels, k, form, floor, begin)
    assert bound == pytest.approx(theirs.lower_bound_, rel=1e-9)
    likelihood, shares = found.judged(table)
    np.testing.assert_allclose(likelihood, theirs.score_samples(X), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(shares.T, theirs.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(found.means, theirs.means_, rtol=1e-6, atol=1e-6 * np.abs(X).max())


def test_clusters_are_the_mixture_of_their_own_covariances():
    X, labels, k, floor = begun("stretched")
    found = from_labels(table_of(X), labels, k, "full", floor)
    for j in range(k):
        covariance = np.linalg.inv(found.scales[j].T @ found.scales[j])
        expected = np.cov(X[labels == j].T, bias=True) + floor * np.eye(X.shape[1])
        np.testing.assert_allclose(covariance, expected, rtol=1e-9)


def test_who_cannot_catch_up_is_left_and_who_can_is_not():
    X, labels, k, floor = begun("varied")
    table = table_of(X)
    begin = from_labels(table, labels, k, "spherical", floor)
    found, bound = fitted(begin, table, "spherical", floor)
    again, same = fitted(begin, table, "spherical", floor, bound - 1e-9)
    assert same == bound
    np.testing.assert_array_equal(again.means, found.means)
    assert fitted(begin, table, "spherical", floor, bound + 1.0) is None
