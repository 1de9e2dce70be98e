"""`KMeans` behaves like scikit-learn's: parameters, attributes, pipelines, words and all."""

from __future__ import annotations

import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.cluster
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import globular
from globular import KMeans, k_means
from globular.registry import ALGORITHMS


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return 6.0 * rng.normal(size=(4, 3))[rng.integers(0, 4, 300)] + rng.normal(size=(300, 3))


def assert_same(a, b):
    np.testing.assert_array_equal(a.cluster_centers_, b.cluster_centers_)
    np.testing.assert_array_equal(a.labels_, b.labels_)
    assert a.inertia_ == b.inertia_
    assert a.history_ == b.history_


def test_its_parameters_are_scikit_learn_s_and_a_few_more():
    theirs = sklearn.cluster.KMeans().get_params()
    ours = KMeans().get_params()
    assert set(ours) - set(theirs) == {"n_threads", "time_budget", "callback"}
    assert set(theirs) <= set(ours)
    differing = {name for name in theirs if theirs[name] != ours[name]}
    assert differing == {"algorithm"}
    assert ours["algorithm"] == "auto"


def test_its_methods_and_attributes_are_scikit_learn_s_and_more(X):
    theirs, ours = (make(3, random_state=0).fit(X) for make in (sklearn.cluster.KMeans, KMeans))
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert public <= set(dir(ours))
    for name in ["cluster_centers_", "labels_"]:
        assert getattr(ours, name).shape == getattr(theirs, name).shape
        assert getattr(ours, name).dtype == getattr(theirs, name).dtype
    assert isinstance(ours.inertia_, float)
    assert isinstance(ours.n_iter_, int)
    assert ours.n_features_in_ == 3
    assert ours._n_features_out == 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_X_is_the_dtype_of_the_centers(X, dtype):
    model = KMeans(3, random_state=0).fit(X.astype(dtype))
    assert model.cluster_centers_.dtype == dtype
    assert model.transform(X.astype(dtype)).dtype == dtype
    assert model.labels_.dtype == np.int32
    assert KMeans(3, random_state=0).fit((10 * X).astype(int)).cluster_centers_.dtype == np.float64


def test_it_is_cloned_and_pickled(X):
    model = KMeans(3, random_state=0, n_threads=2).fit(X)
    again = pickle.loads(pickle.dumps(model))
    assert_same(model, again)
    np.testing.assert_array_equal(again.predict(X), model.labels_)
    fresh = clone(model)
    assert not hasattr(fresh, "labels_")
    assert fresh.get_params() == model.get_params()
    assert_same(fresh.fit(X), model)
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_fit_methods_agree(X, algorithm):
    make = lambda: KMeans(4, random_state=1, algorithm=algorithm)  # noqa: E731
    model = make().fit(X)
    np.testing.assert_array_equal(make().fit_predict(X), model.labels_)
    np.testing.assert_array_equal(make().fit_transform(X), model.transform(X))
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    np.testing.assert_array_equal(model.transform(X).argmin(axis=1), model.labels_)
    assert model.score(X) == -model.inertia_
    centers, labels, cost, n_iter = k_means(X, 4, random_state=1, algorithm=algorithm, return_n_iter=True)
    np.testing.assert_array_equal(centers, model.cluster_centers_)
    np.testing.assert_array_equal(labels, model.labels_)
    assert (cost, n_iter) == (model.inertia_, model.n_iter_)


def test_an_integer_repeats_and_a_generator_advances(X):
    assert_same(KMeans(5, random_state=3).fit(X), KMeans(5, random_state=3).fit(X))
    state = np.random.RandomState(3)
    first, second = (KMeans(5, random_state=state, max_iter=1, tol=0).fit(X) for _ in range(2))
    assert_same(first, KMeans(5, random_state=3, max_iter=1, tol=0).fit(X))
    assert not np.array_equal(first.cluster_centers_, second.cluster_centers_)
    with warnings.catch_warnings():  # one step may leave a cluster without a point
        warnings.simplefilter("ignore", ConvergenceWarning)
        several = {KMeans(5, max_iter=1, init="random", n_init=1).fit(X).inertia_ for _ in range(5)}
    assert len(several) > 1
    before = np.random.get_state()[1].copy()
    KMeans(5, random_state=0).fit(X)
    np.testing.assert_array_equal(before, np.random.get_state()[1])


def test_more_starts_never_end_worse(X):
    one, many = (KMeans(6, init="random", n_init=n, random_state=0).fit(X) for n in (1, 10))
    assert many.inertia_ <= one.inertia_
    assert_same(KMeans(6, init="random", n_init="auto", random_state=0).fit(X), many)
    assert_same(KMeans(6, n_init="auto", random_state=0).fit(X), KMeans(6, n_init=1, random_state=0).fit(X))


def test_given_centers_need_one_start_and_say_so(X):
    start = X[:3].copy()
    with pytest.warns(RuntimeWarning, match="Explicit initial center position passed.*n_init=4.*n_init=1"):
        a = KMeans(3, init=start, n_init=4).fit(X)
    assert_same(a, KMeans(3, init=start).fit(X))
    assert_same(a, KMeans(3, init=start.tolist(), n_init=1).fit(X))
    assert_same(a, KMeans(3, init=lambda X, k, random_state: start, n_init=1).fit(X))
    np.testing.assert_array_equal(start, X[:3])


def test_a_function_draws_its_own_centers(X):
    def first(X, n_clusters, random_state):
        return X[random_state.permutation(len(X))[:n_clusters]]

    a, b = (KMeans(3, init=first, random_state=7).fit(X) for _ in range(2))
    assert_same(a, b)


@pytest.mark.parametrize("copy_x", [True, False])
@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_X_is_never_written_to(X, copy_x, offset):
    X = X + offset
    before = X.copy()
    model = KMeans(3, random_state=0, copy_x=copy_x).fit(X)
    model.transform(X)
    model.predict(X)
    np.testing.assert_array_equal(X, before)
    assert_same(model, KMeans(3, random_state=0).fit(before))


def test_its_work_is_counted(X):
    model = KMeans(4, random_state=0, tol=0.0).fit(X)
    assert len(model.history_) == model.n_iter_
    assert [step.t for step in model.history_] == list(range(1, model.n_iter_ + 1))
    assert model.n_distances_ == sum(step.n_distances for step in model.history_)
    assert 0 < model.n_distances_ <= 1.01 * len(X) * 4 * model.n_iter_
    assert model.history_[0].n_changed == len(X)
    assert model.history_[-1].shift_sq == 0.0
    assert model.history_[-1].cost == pytest.approx(model.inertia_, rel=1e-12)
    assert all(0 <= step.n_settled <= len(X) for step in model.history_)


def test_it_stops_as_it_is_told(X):
    X = np.random.default_rng(1).normal(size=(2000, 2))
    long = KMeans(30, random_state=0, tol=0.0).fit(X)
    assert KMeans(30, random_state=0, max_iter=2, tol=0.0).fit(X).n_iter_ == 2
    some = KMeans(30, random_state=0, tol=1e-3).fit(X)
    assert 1 < some.n_iter_ < long.n_iter_
    limit = 1e-3 * X.var(axis=0).mean()
    assert some.history_[-1].shift_sq <= limit < some.history_[-2].shift_sq
    assert KMeans(30, random_state=0, tol=1e9).fit(X).n_iter_ == 1


def test_feature_names_are_remembered_and_given(X):
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    model = KMeans(3, random_state=0).fit(table)
    np.testing.assert_array_equal(model.feature_names_in_, ["a", "b", "c"])
    np.testing.assert_array_equal(model.get_feature_names_out(), ["kmeans0", "kmeans1", "kmeans2"])
    np.testing.assert_array_equal(model.predict(table), model.labels_)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table.rename(columns={"a": "z"}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X)
    with pytest.raises(ValueError, match="has 2 features, but KMeans is expecting 3"):
        model.predict(table[["a", "b"]].to_numpy()) if not hasattr(model, "feature_names_in_") else KMeans(
            3, random_state=0
        ).fit(X).predict(X[:, :2])


def test_set_output_makes_a_table(X):
    out = KMeans(3, random_state=0).set_output(transform="pandas").fit_transform(X)
    assert isinstance(out, pd.DataFrame)
    assert list(out.columns) == ["kmeans0", "kmeans1", "kmeans2"]


def test_weights_find_their_way_through_a_pipeline(X):
    weights = np.random.default_rng(2).integers(0, 4, len(X)).astype(float)
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        kmeans = KMeans(3, random_state=0).set_fit_request(sample_weight=True)
        pipeline = make_pipeline(scaler, kmeans).fit(X, sample_weight=weights)
    scaled = StandardScaler().fit_transform(X)
    assert_same(pipeline[-1], KMeans(3, random_state=0).fit(scaled, sample_weight=weights))
    plain = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(X, kmeans__sample_weight=weights)
    assert_same(pipeline[-1], plain[-1])
    np.testing.assert_array_equal(plain.predict(X), plain[-1].labels_)


@pytest.mark.parametrize("tol", [0.0, 1e-1])
def test_verbose_prints_scikit_learn_s_lines_and_silence_prints_none(X, tol, capsys):
    parameters = {"n_clusters": 3, "init": X[:3], "n_init": 1, "tol": tol}
    printed = []
    for make in (sklearn.cluster.KMeans, KMeans):
        make(verbose=1, **parameters).fit(X)
        printed.append(capsys.readouterr().out)
    shapes = [re.sub(r"[\d.e+-]+", "#", out) for out in printed]
    assert shapes[0].splitlines()[-1] == shapes[1].splitlines()[-1]
    assert set(shapes[1].splitlines()) <= set(shapes[0].splitlines())
    KMeans(verbose=0, **parameters).fit(X)
    assert capsys.readouterr() == ("", "")


def test_fewer_distinct_rows_than_clusters_warn_in_both_trees():
    with pytest.warns(ConvergenceWarning, match="Number of distinct clusters") as caught:
        KMeans(4, random_state=0).fit([[0.0], [0.0], [1.0], [1.0]])
    assert len(caught) == 1
    assert issubclass(caught[0].category, globular.errors.ConvergenceWarning)
    assert caught[0].filename == __file__


def test_the_answer_is_the_same_whatever_the_number_of_threads(X):
    for n_threads in [1, 2, 16, None]:
        assert_same(KMeans(3, random_state=0, n_threads=n_threads).fit(X), KMeans(3, random_state=0).fit(X))


def test_it_leaves_the_warnings_filters_alone(X):
    before = list(warnings.filters)
    KMeans(3, random_state=0).fit(X)
    assert warnings.filters == before
