"""Ctrl-C at any moment whatever: the model is as it was before, or it is consistent.

A timer rings at random moments of fits that are short enough to be hit everywhere: while the points are
checked, while first centers are chosen, between and within steps, while the result is put together, and in
the attributes. Consistent means contract 6. Where the alarm falls is chance, so every failure says when.
"""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import scipy.sparse
import sklearn
from brute import own
from ctrl_c import ctrl_c_after

from globular import KMeans


@pytest.fixture(autouse=True)
def settings_of_scikit_learn():
    """Put back what an alarm in scikit-learn's own `config_context` leaves behind: checks switched off."""
    before = sklearn.get_config()
    yield
    sklearn.set_config(**before)


def dense():
    X = np.random.default_rng(5).normal(size=(3000, 6)).astype(np.float32)
    return X, None


def weighted():
    X, _ = dense()
    return X.astype(np.float64), np.arange(len(X)) % 3.0


def sparse():
    X, _ = dense()
    X[X < 0.8] = 0.0
    return scipy.sparse.csr_array(X), None


def wide_seeding():
    """Choosing the centers takes most of the time."""
    return np.random.default_rng(6).normal(size=(20_000, 4)), None


CASES = {
    "dense": (dense, dict(n_clusters=40, n_init=3)),
    "weighted": (weighted, dict(n_clusters=40, n_init=2)),
    "sparse": (sparse, dict(n_clusters=20, n_init=2)),
    "seeding": (wide_seeding, dict(n_clusters=60, max_iter=60)),
    "empty clusters": (
        lambda: (np.repeat(dense()[0][:90], 20, axis=0), None),
        dict(n_clusters=60, init="far"),
    ),
}


def make(settings):
    settings = dict(settings, random_state=0, tol=0.0, n_threads=2)
    if settings.get("init") == "far":  # all but one of the clusters are empty at first
        settings.update(init=np.linspace(50.0, 90.0, 60)[:, None] * np.ones(6), n_init=1)
    return KMeans(**settings)


def assert_consistent(model, X, weights):
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    assert -model.score(X, sample_weight=weights) == model.inertia_
    if isinstance(X, np.ndarray) and weights is None:
        assert model.inertia_ == math.fsum(own(X, model.cluster_centers_, model.labels_))
    assert len(model.history_) == model.n_iter_ >= 1
    assert model.n_distances_ == sum(step.n_distances for step in model.history_)
    assert model.transform(X[:2]).shape == (2, len(model.cluster_centers_))
    assert model.get_feature_names_out().shape == (len(model.cluster_centers_),)


@pytest.mark.filterwarnings(
    "ignore:Number of distinct clusters",
    "ignore::pytest.PytestUnraisableExceptionWarning",  # an alarm may ring in some destructor
)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("fitted", [False, True], ids=["new", "fitted"])
def test_ctrl_c_at_a_random_moment_leaves_the_old_model_or_a_consistent_one(case, fitted):
    data, settings = CASES[case]
    X, weights = data()
    undisturbed = make(settings).fit(X, sample_weight=weights)
    began = time.perf_counter()
    make(settings).fit(X, sample_weight=weights)
    whole = time.perf_counter() - began
    seed = np.random.SeedSequence().entropy
    rng = np.random.default_rng(seed)
    outcomes = dict.fromkeys(["as before", "interrupted", "done"], 0)
    repetition = 0
    # Long enough to have fallen on every part of the fit, however busy the machine is.
    while repetition < 60 or (min(outcomes["as before"], outcomes["interrupted"]) < 3 and repetition < 600):
        repetition += 1
        model = make(settings)
        if fitted:
            model.fit(X[:200])
        before = {name: id(value) for name, value in vars(model).items()}
        seconds = float(rng.uniform(0.0, 1.1)) * whole + 1e-6
        where = f"seed {seed}, repetition {repetition}, {seconds} s of {whole}"
        interrupted = False
        try:
            with ctrl_c_after(seconds):
                model.fit(X, sample_weight=weights)
        except KeyboardInterrupt:
            interrupted = True
        if {name: id(value) for name, value in vars(model).items()} == before:
            assert interrupted, where
            outcomes["as before"] += 1
            continue
        try:
            assert_consistent(model, X, weights)
        except AssertionError as error:
            raise AssertionError(where) from error
        if model.stopped_by_ == "interrupt":
            assert interrupted, where
            outcomes["interrupted"] += 1
        else:
            assert model.cluster_centers_.tobytes() == undisturbed.cluster_centers_.tobytes(), where
            outcomes["done"] += 1
    assert outcomes["as before"] > 0, outcomes
    assert outcomes["interrupted"] > 0, outcomes
