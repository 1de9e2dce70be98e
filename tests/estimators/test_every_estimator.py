"""What holds for every estimator: bits, arrays, bad input, Ctrl-C, copies, frames, sets of rows."""

from __future__ import annotations

import copy
import pickle
import time

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from ctrl_c import ctrl_c_after
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_moons

from globular import KernelKMeans, KMeans, MiniBatchKMeans, SpectralClustering

MODELS = {
    "KMeans": KMeans(3, random_state=0),
    "MiniBatchKMeans": MiniBatchKMeans(3, batch_size=64, random_state=0),
    "SpectralClustering": SpectralClustering(3, random_state=0),
    "of neighbours": SpectralClustering(3, affinity="nearest_neighbors", random_state=0),
    "of dense neighbours": SpectralClustering(3, affinity="dense_neighbors", random_state=0),
    "by landmarks": SpectralClustering(
        3, affinity="dense_neighbors", method="landmarks", n_landmarks=50, random_state=0
    ),
    "KernelKMeans": KernelKMeans(3, gamma=0.1, random_state=0),
    "by Nyström": KernelKMeans(3, gamma=0.1, n_landmarks=40, random_state=0),
}
every = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
of_weights = pytest.mark.parametrize(
    "model",
    [m for m in MODELS.values() if not isinstance(m, SpectralClustering)],
    ids=[name for name, m in MODELS.items() if not isinstance(m, SpectralClustering)],
)


def points(n=240, seed=0):
    return make_blobs(n, 3, centers=3, cluster_std=2.5, random_state=seed)[0].round(3)


def learned(model):
    """The arrays and numbers that a fit has left, as bytes."""
    out = {}
    for name, value in vars(model).items():
        if name.endswith("_") and not name.startswith("_"):
            value = value.toarray() if scipy.sparse.issparse(value) else value
            out[name] = value.tobytes() if isinstance(value, np.ndarray) else value
    return out


@every
def test_threads_change_no_bit(model):
    fits = [clone(model).set_params(n_threads=n).fit(points()) for n in (1, 2, 5)]
    assert learned(fits[0]) == learned(fits[1]) == learned(fits[2])


@every
def test_points_may_lie_in_memory_as_they_like(model):
    X = points()
    wide = np.zeros((480, 6))
    wide[::2, ::2] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    expected = learned(clone(model).fit(X))
    for other in (wide[::2, ::2], np.asfortranarray(X), X.astype(">f8"), read_only, X.tolist()):
        assert learned(clone(model).fit(other)) == expected
    frame = clone(model).fit(pd.DataFrame(X, columns=["a", "b", "c"]))
    assert list(frame.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(frame.labels_, clone(model).fit(X).labels_)


BAD = {
    "NaN": lambda X: np.where(np.arange(X.size).reshape(X.shape) == 7, np.nan, X),
    "infinite": lambda X: np.where(np.arange(X.size).reshape(X.shape) == 7, np.inf, X),
    "complex": lambda X: X + 1j,
    "one-dimensional": lambda X: X[:, 0],
    "no rows": lambda X: X[:0],
    "no columns": lambda X: X[:, :0],
    "fewer rows than clusters": lambda X: X[:2],
    "words": lambda X: np.full(X.shape, "a word"),
}


@pytest.mark.parametrize("bad", BAD)
@every
def test_bad_points_are_refused_and_the_model_stays_as_it_was(model, bad):
    fitted = clone(model).fit(points())
    before = dict(vars(fitted))
    with pytest.raises((ValueError, TypeError)):
        fitted.fit(BAD[bad](points()))
    assert vars(fitted).keys() == before.keys()
    assert all(vars(fitted)[name] is value for name, value in before.items())
    fresh = clone(model)
    with pytest.raises((ValueError, TypeError)):
        fresh.fit(BAD[bad](points()))
    assert vars(fresh).keys() == vars(clone(model)).keys()


@every
def test_parameters_that_cannot_be_are_named(model):
    for name, value in {"n_clusters": 0, "random_state": -1, "n_threads": 0, "n_init": 0}.items():
        with pytest.raises(ValueError, match=f"{name}|eed"):
            clone(model).set_params(**{name: value}).fit(points())


@every
def test_copies_are_the_model(model):
    fitted = clone(model).fit(points())
    for again in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted), copy.copy(fitted)):
        assert again.get_params() == fitted.get_params()
        assert learned(again).keys() == learned(fitted).keys()
        np.testing.assert_array_equal(again.labels_, fitted.labels_)
        if hasattr(fitted, "predict"):
            np.testing.assert_array_equal(again.predict(points(seed=1)), fitted.predict(points(seed=1)))
    assert learned(clone(fitted)) == {}
    assert learned(clone(fitted).fit(points())) == learned(fitted)


@every
def test_labels_are_what_predict_says_and_a_frame_has_names(model):
    fitted = clone(model).fit(points())
    assert fitted.labels_.dtype == np.int32
    np.testing.assert_array_equal(clone(model).fit_predict(points()), fitted.labels_)
    if isinstance(model, SpectralClustering):
        return
    np.testing.assert_array_equal(fitted.predict(points()), fitted.labels_)
    out = clone(model).set_output(transform="pandas").fit(points()).transform(points())
    name = type(model).__name__.lower()
    assert list(out.columns) == [f"{name}0", f"{name}1", f"{name}2"]
    np.testing.assert_array_equal(out.to_numpy().argmin(axis=1), fitted.labels_)


@of_weights
def test_neither_order_nor_repetition_changes_a_fit(model):
    X = points(300)
    rng = np.random.default_rng(3)
    weights = rng.integers(0, 4, len(X)).astype(float)
    order = rng.permutation(len(X))
    rows = rng.permutation(np.repeat(np.arange(len(X)), weights.astype(int)))
    weighted = clone(model).fit(X, sample_weight=weights)
    shuffled = clone(model).fit(X[order], sample_weight=weights[order])
    repeated = clone(model).fit(X[rows])
    np.testing.assert_array_equal(shuffled.labels_, weighted.labels_[order])
    np.testing.assert_array_equal(repeated.labels_, weighted.labels_[rows])
    for name in ("inertia_", "n_iter_", "cluster_centers_", "feature_centers_"):
        if hasattr(weighted, name):
            np.testing.assert_array_equal(getattr(weighted, name), getattr(shuffled, name))
            np.testing.assert_array_equal(getattr(weighted, name), getattr(repeated, name))


@pytest.fixture
def settings_of_scikit_learn():
    """Put back what an alarm in scikit-learn's own `config_context` leaves behind: checks switched off."""
    before = sklearn.get_config()
    yield
    sklearn.set_config(**before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@every
def test_ctrl_c_leaves_the_model_as_it_was_or_a_whole_one(model, settings_of_scikit_learn):
    X, other = make_moons(600, noise=0.1, random_state=1)[0], points()
    model = clone(model).set_params(n_init=3)
    clone(model).fit(X)
    began = time.perf_counter()
    clone(model).fit(X)
    whole = time.perf_counter() - began
    rng = np.random.default_rng(0)
    n_as_before = 0
    for _ in range(15):
        fitted = clone(model).fit(other[:, :2])
        before = dict(vars(fitted))
        try:
            with ctrl_c_after(max(rng.uniform(0, 1.1) * whole, 1e-5)):
                fitted.fit(X)
        except KeyboardInterrupt:
            pass
        same = vars(fitted).keys() == before.keys() and all(
            vars(fitted)[name] is value for name, value in before.items()
        )
        n_as_before += same
        assert len(fitted.labels_) == (len(other) if same else len(X))
        if not isinstance(model, SpectralClustering):
            np.testing.assert_array_equal(fitted.predict(other[:, :2] if same else X), fitted.labels_)
        sklearn.set_config(skip_parameter_validation=False, assume_finite=False)
    assert n_as_before > 0
