"""The estimator among scikit-learn's others: searches, pipelines, frames, routing, workers; same bits."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import sklearn
from joblib import Parallel, delayed, parallel_config
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingRegressor
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, ParameterGrid, cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import globular
from globular import KMeans
from globular.threads import threads

RNG = np.random.default_rng(8)
X = 6.0 * RNG.normal(size=(4, 3))[RNG.integers(0, 4, 240)] + RNG.normal(size=(240, 3))
WEIGHTS = RNG.integers(0, 4, len(X)).astype(float)
NAMES = ["a", "b", "c"]
FRAMES = {"pandas": pd.DataFrame(X, columns=NAMES), "polars": pl.DataFrame(X, schema=NAMES)}


def bits(model):
    return model.cluster_centers_.tobytes(), model.labels_.tobytes(), model.inertia_, model.history_


def model(k=4, **settings):
    return KMeans(k, random_state=0, **settings)


# -- frames ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", FRAMES)
def test_a_frame_is_its_numbers_and_its_names_are_remembered(library):
    frame = FRAMES[library]
    fitted = model().fit(frame)
    assert bits(fitted) == bits(model().fit(X))
    assert list(fitted.feature_names_in_) == NAMES
    np.testing.assert_array_equal(fitted.predict(frame), fitted.labels_)
    np.testing.assert_array_equal(fitted.transform(frame), model().fit(X).transform(X))
    assert -fitted.score(frame) == fitted.inertia_
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame[["c", "b", "a"]])
    weights = frame["a"].abs()
    assert bits(model().fit(frame, sample_weight=weights)) == bits(model().fit(X, sample_weight=abs(X[:, 0])))


@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint8, bool])
def test_columns_of_any_number_type_make_points(library, dtype):
    numbers = (np.abs(X) > 4.0 if dtype is bool else np.abs(X)).astype(dtype)
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame}[library](
        {n: numbers[:, f] for f, n in enumerate(NAMES)}
    )
    fitted = model(2).fit(frame)
    # scikit-learn makes float64 of every frame of polars, of those of pandas as NumPy would.
    as_array = np.float32 if dtype is np.float32 and library == "pandas" else np.float64
    assert bits(fitted) == bits(model(2).fit(numbers.astype(as_array)))


@pytest.mark.parametrize("library", FRAMES)
def test_set_output_gives_a_frame_with_names(library):
    made = model(3).set_output(transform=library).fit(FRAMES[library])
    for out in made.transform(FRAMES[library]), clone(made).fit_transform(X):
        assert type(out) is type(FRAMES[library])
        assert list(out.columns) == ["kmeans0", "kmeans1", "kmeans2"]
        np.testing.assert_array_equal(out.to_numpy(), model(3).fit(X).transform(X))
    if library == "pandas":
        indexed = FRAMES[library].set_index(np.arange(len(X)) + 1000)
        assert list(made.transform(indexed).index[:2]) == [1000, 1001]
    assert isinstance(made.predict(FRAMES[library]), np.ndarray)


@pytest.mark.parametrize("library", FRAMES)
def test_column_transformers_and_unions_carry_its_names(library):
    columns = ColumnTransformer(
        [("near", model(2), ["a", "b"]), ("same", "passthrough", ["c"])], verbose_feature_names_out=True
    ).set_output(transform=library)
    out = columns.fit_transform(FRAMES[library])
    assert list(out.columns) == ["near__kmeans0", "near__kmeans1", "same__c"]
    alone = model(2).fit(X[:, :2])
    np.testing.assert_array_equal(out.to_numpy()[:, :2], alone.transform(X[:, :2]))
    union = FeatureUnion([("two", model(2)), ("scaled", StandardScaler())]).set_output(transform=library)
    out = union.fit_transform(FRAMES[library])
    assert list(out.columns) == ["two__kmeans0", "two__kmeans1", "scaled__a", "scaled__b", "scaled__c"]
    np.testing.assert_array_equal(out.to_numpy()[:, :2], model(2).fit(X).transform(X))


# -- pipelines and searches ---------------------------------------------------------------------------


def test_a_pipeline_is_the_steps_by_hand():
    pipeline = make_pipeline(StandardScaler(), model()).fit(X)
    scaled = StandardScaler().fit_transform(X)
    assert bits(pipeline[-1]) == bits(model().fit(scaled))
    np.testing.assert_array_equal(pipeline.predict(X), pipeline[-1].labels_)
    np.testing.assert_array_equal(pipeline.fit_predict(X), pipeline[-1].labels_)
    np.testing.assert_array_equal(pipeline.transform(X), pipeline[-1].transform(scaled))
    assert pipeline.score(X) == -pipeline[-1].inertia_
    assert list(pipeline[:-1].get_feature_names_out(NAMES)) == NAMES
    before = make_pipeline(model(6), LinearRegression())  # k-means as a maker of features
    before.fit(X, X[:, 0])
    features = model(6).fit(X).transform(X)
    np.testing.assert_array_equal(
        before.predict(X), LinearRegression().fit(features, X[:, 0]).predict(features)
    )


def test_sparse_features_from_an_encoder_go_in():
    letters = pd.DataFrame({"x": list("abcab" * 10), "y": list("zzyyx" * 10)})
    pipeline = make_pipeline(OneHotEncoder(), model(3)).fit(letters)
    unpacked = make_pipeline(OneHotEncoder(sparse_output=False), model(3)).fit(letters)
    assert scipy.sparse.issparse(pipeline[0].transform(letters))
    assert bits(pipeline[-1])[:3] == bits(unpacked[-1])[:3]


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_grid_search_is_its_fits_one_by_one(n_jobs, backend):
    grid = {"n_clusters": [2, 4], "init": ["random", "k-means++"], "n_threads": [1, 2]}
    with parallel_config(backend=backend):
        search = GridSearchCV(model(), grid, cv=2, n_jobs=n_jobs).fit(X)
    halves = [np.arange(120), np.arange(120, 240)]
    for split, (rest, half) in enumerate([halves[::-1], halves]):
        by_hand = [model().set_params(**p).fit(X[rest]).score(X[half]) for p in ParameterGrid(grid)]
        assert search.cv_results_[f"split{split}_test_score"].tolist() == by_hand
    assert bits(search.best_estimator_) == bits(model().set_params(**search.best_params_).fit(X))


def test_ensembles_and_cross_validation_take_it():
    regressor = make_pipeline(model(5), LinearRegression())
    bag = BaggingRegressor(regressor, 3, random_state=0).fit(X, X[:, 0])
    assert bag.score(X, X[:, 0]) > 0.5
    scores = cross_val_score(model(), X, cv=3)
    assert np.isfinite(scores).all()
    chosen = Pipeline([("near", model(5)), ("best", SelectKBest(k=2))]).fit(X, X[:, 0] > 0)
    assert chosen.transform(X).shape == (len(X), 2)


# -- routing of sample_weight -------------------------------------------------------------------------


def routed_pipeline(k=4):
    kmeans = model(k).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    return make_pipeline(StandardScaler().set_fit_request(sample_weight=False), kmeans)


def test_weights_are_routed_through_a_pipeline():
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = routed_pipeline().fit(X, sample_weight=WEIGHTS)
    scaled = StandardScaler().fit_transform(X)
    assert bits(pipeline[-1]) == bits(model().fit(scaled, sample_weight=WEIGHTS))
    assert bits(pipeline[-1])[0] != bits(model().fit(scaled))[0]


def test_weights_are_routed_through_a_search():
    with sklearn.config_context(enable_metadata_routing=True):
        kmeans = routed_pipeline()[-1]
        search = GridSearchCV(kmeans, {"n_clusters": [2, 5]}, cv=2).fit(X, sample_weight=WEIGHTS)
    best = search.best_params_["n_clusters"]
    assert bits(search.best_estimator_) == bits(model(best).fit(X, sample_weight=WEIGHTS))
    halves = [np.arange(120), np.arange(120, 240)]
    for split, (rest, half) in enumerate([halves[::-1], halves]):
        for c, k in enumerate([2, 5]):
            score = model(k).fit(X[rest], sample_weight=WEIGHTS[rest]).score(X[half], None, WEIGHTS[half])
            assert search.cv_results_[f"split{split}_test_score"][c] == score


@pytest.mark.skipif(sklearn.__version__ < "1.7", reason="no search routes through a pipeline's score there")
def test_weights_are_routed_through_a_pipeline_in_a_search():
    with sklearn.config_context(enable_metadata_routing=True):
        search = GridSearchCV(routed_pipeline(), {"kmeans__n_clusters": [2, 5]}, cv=2)
        search.fit(X, sample_weight=WEIGHTS)
    scaled = StandardScaler().fit_transform(X)
    best = search.best_params_["kmeans__n_clusters"]
    assert bits(search.best_estimator_[-1]) == bits(model(best).fit(scaled, sample_weight=WEIGHTS))


def test_weights_that_nobody_asked_for_are_refused():
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(FunctionTransformer(), model())
        with pytest.raises(ValueError, match="sample_weight.*not explicitly set"):
            pipeline.fit(X, sample_weight=WEIGHTS)
        routed = model().set_fit_request(sample_weight=True)
        assert clone(routed).get_metadata_routing().fit.requests == {"sample_weight": True}
        assert bits(routed.fit(X, sample_weight=WEIGHTS)) == bits(model().fit(X, sample_weight=WEIGHTS))


# -- workers ------------------------------------------------------------------------------------------


def test_workers_give_the_same_bits_and_send_whole_models_back():
    expected = [bits(model(k).fit(X)) for k in (2, 3, 4, 5)]
    for backend in "loky", "threading", "multiprocessing":
        fits = Parallel(n_jobs=2, backend=backend)(delayed(model(k).fit)(X) for k in (2, 3, 4, 5))
        assert [bits(fit) for fit in fits] == expected, backend
        np.testing.assert_array_equal(fits[0].predict(X), fits[0].labels_)


def test_large_arrays_reach_workers_as_read_only_maps():
    big = np.random.default_rng(0).normal(size=(20_000, 8))
    writable = Parallel(n_jobs=2, max_nbytes="1K")(
        delayed(lambda a: a.flags.writeable)(big) for _ in range(1)
    )
    assert writable == [False]
    fits = Parallel(n_jobs=2, max_nbytes="1K")(delayed(model(3, max_iter=2).fit)(big) for _ in range(2))
    assert {bits(fit) for fit in fits} == {bits(model(3, max_iter=2).fit(big))}


def test_workers_of_joblib_do_not_take_all_cpus_each(monkeypatch):
    """joblib says in OMP_NUM_THREADS what is left for each of its workers; `threads` keeps to it."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    alone = threads().n
    # By value, for the workers do not know this file.
    here = lambda: (threads().n, int(os.environ["OMP_NUM_THREADS"]))  # noqa: E731
    of_each = Parallel(n_jobs=2, backend="loky")(delayed(here)() for _ in range(2))
    assert all(n == min(alone, said) for n, said in of_each)
    assert all(2 * n <= max(2, alone) for n, _ in of_each)


@pytest.mark.parametrize(
    ("said", "n"), [("1", 1), ("2", 2), ("2,4", 2), ("9999", None), ("0", None), ("many", None), ("", None)]
)
def test_omp_num_threads_is_kept_to_unless_a_number_was_asked_for(said, n, monkeypatch):
    monkeypatch.setattr(globular.threads, "_affinity", lambda: globular.threads.Threads(8, "test"))
    monkeypatch.setattr(globular.threads, "_cgroup_quota", lambda: None)
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert threads().n == (n or 8)
    assert threads(5).n == 5
