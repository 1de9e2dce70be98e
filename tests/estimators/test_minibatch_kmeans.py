"""`MiniBatchKMeans`: scikit-learn's parameters without its faults, from arrays and from streams."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse
import sklearn.cluster
from batched import LARGE, SMALL, judged
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError

from globular import KMeans, MiniBatchKMeans, em, minibatch
from globular.errors import DataError
from globular.problem import Problem
from globular.seeding import Draws


def blobs(seed=0, n=5000, d=4, k=10):
    return make_blobs(n, d, centers=k, random_state=seed)[0]


def quietly(model, X, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        return model.fit(X, **more)


def assert_same(a, b):
    np.testing.assert_array_equal(a.cluster_centers_, b.cluster_centers_)
    np.testing.assert_array_equal(a.labels_, b.labels_)
    assert a.inertia_ == b.inertia_


def test_its_parameters_are_scikit_learn_s_and_a_few_more():
    theirs, ours = sklearn.cluster.MiniBatchKMeans().get_params(), MiniBatchKMeans().get_params()
    assert set(ours) - set(theirs) == {"half_life", "n_threads"}
    assert {name: ours[name] for name in theirs} == theirs


def test_its_methods_and_attributes_are_scikit_learn_s_and_more():
    X = blobs()
    theirs, ours = (m(3, random_state=0).fit(X) for m in (sklearn.cluster.MiniBatchKMeans, MiniBatchKMeans))
    assert {name for name in dir(theirs) if not name.startswith("_")} <= set(dir(ours))
    for name in ["cluster_centers_", "labels_"]:
        assert getattr(ours, name).shape == getattr(theirs, name).shape
        assert getattr(ours, name).dtype == getattr(theirs, name).dtype
    for name in ["n_iter_", "n_steps_", "inertia_"]:
        assert type(getattr(ours, name)) is type(getattr(theirs, name)) or name == "inertia_"


@settings(max_examples=60)
@given(
    st.integers(1, 400).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(1, min(n, 30)), st.integers(1, 500), st.integers(0, 9))
    ),
    st.sampled_from(["k-means++", "random"]),
    st.booleans(),
)
def test_every_cluster_that_can_be_has_a_row(case, init, rounded):
    n, k, batch_size, seed = case
    X = np.random.default_rng(seed).normal(size=(n, 2))
    X = np.round(X) if rounded else X
    model = quietly(MiniBatchKMeans(k, init=init, batch_size=batch_size, random_state=seed, max_iter=1), X)
    assert len(set(model.labels_)) == min(k, len(np.unique(X, axis=0)))
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    assert model.inertia_ == -model.score(X)


def test_clusters_that_one_step_leaves_empty_are_filled_by_further_ones():
    """Some centers begin far beside the data: a row that fills one may leave another without any."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(20, 2))
        start = X[rng.integers(20, size=15)] + 1e3 * rng.integers(2, size=(15, 1))
        model = MiniBatchKMeans(15, init=start, n_init=1, batch_size=5, max_iter=1, random_state=seed)
        assert len(set(quietly(model, X).labels_)) == 15


def test_eleven_clusters_of_many_equal_rows_are_eleven():
    # scikit-learn #23141: nine clusters where eleven were asked for.
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (20_000, 3)).astype(float) * (rng.random((20_000, 1)) < 0.02)
    assert len(np.unique(X, axis=0)) > 11
    for seed in range(5):
        assert len(set(MiniBatchKMeans(11, random_state=seed).fit(X).labels_)) == 11


@pytest.mark.parametrize("name", SMALL)
def test_its_cost_is_within_one_percent_of_a_full_fit_and_below_scikit_learn_s(name):
    found = judged(SMALL[name], 5)
    assert found.good, found


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_of_many_rows_too(name):
    found = judged(LARGE[name], 5)
    assert found.good, found


def test_it_computes_a_fraction_of_the_distances_of_a_full_fit():
    X = np.random.default_rng(0).random((60_000, 8), dtype=np.float32)
    ours = MiniBatchKMeans(50, random_state=0).fit(X)
    full = KMeans(50, random_state=0, max_iter=1000).fit(X)
    assert ours.n_distances_ < 0.5 * full.n_iter_ * len(X) * 50
    assert ours.inertia_ < 1.01 * full.inertia_


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
def test_threads_and_sparse_rows_give_the_same_bits(dtype, weighted):
    X = blobs(1).astype(dtype)
    X[X < 1] = 0
    weights = np.arange(len(X)) % 5.0 if weighted else None
    one, many, sparse = (
        MiniBatchKMeans(10, random_state=0, n_threads=n).fit(points, sample_weight=weights)
        for n, points in ((1, X), (5, X), (2, scipy.sparse.csr_matrix(X)))
    )
    assert_same(one, many)
    assert_same(one, sparse)
    streams = [MiniBatchKMeans(10, random_state=0, n_threads=n) for n in (1, 5, 2)]
    for first in range(0, len(X), 700):
        rows = slice(first, first + 700)
        more = None if weights is None else weights[rows]
        for stream, points in zip(streams, (X, X, scipy.sparse.csr_matrix(X)), strict=True):
            stream.partial_fit(points[rows], sample_weight=more)
    assert_same(streams[0], streams[1])
    assert_same(streams[0], streams[2])


def test_a_row_of_weight_three_is_drawn_as_the_row_three_times():
    X, weights = blobs(2, 300), np.random.default_rng(0).integers(0, 4, 300).astype(float)
    heavy, repeated = Problem.checked(X, weights), Problem.checked(np.repeat(X, weights.astype(int), axis=0))
    for seed in range(5):
        a, b = (minibatch.Rows(problem, Draws(seed, 0)).draw(200) for problem in (heavy, repeated))
        np.testing.assert_array_equal(a.points, b.points)
    one = np.zeros(300)
    one[17] = 0.1
    rows = minibatch.Rows(Problem.checked(X, one + 1e-9), Draws(0, 0)).draw(1000).points
    assert (rows == X[17]).all(axis=1).sum() > 990


def test_a_batch_of_weighted_rows_is_absorbed_like_its_rows_repeated():
    X, weights = blobs(3, 400), np.random.default_rng(1).integers(1, 4, 400).astype(float)
    state = minibatch.State.begun(X[:10].copy())
    states = []
    for problem in (Problem.checked(X, weights), Problem.checked(np.repeat(X, weights.astype(int), axis=0))):
        after = state
        for _ in range(3):
            after, _, _ = minibatch.absorb(after, problem, Draws(0, 0), reassignment_ratio=0.0)
        states.append(after)
    assert states[0].centers.tobytes() == states[1].centers.tobytes()
    assert states[0].weight.tobytes() == states[1].weight.tobytes()


def test_rows_of_weight_zero_are_absent():
    X = blobs(4)
    weights = (np.arange(len(X)) % 3 > 0).astype(float)
    here = MiniBatchKMeans(10, random_state=0).fit(X[weights > 0])
    also = MiniBatchKMeans(10, random_state=0).fit(
        np.where(weights[:, None] > 0, X, 1e6), sample_weight=weights
    )
    np.testing.assert_array_equal(here.cluster_centers_, also.cluster_centers_)
    assert here.inertia_ == also.inertia_
    assert len(also.labels_) == len(X)


@pytest.mark.parametrize("size", [1, 3, 64])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_stream_may_begin_with_fewer_rows_than_clusters(size, sparse):
    X = blobs(5, 2000)
    X[:40] = X[0]  # and with rows that are all the same
    rows = scipy.sparse.csr_matrix(X) if sparse else X
    model = MiniBatchKMeans(10, random_state=0)
    model.partial_fit(rows[:size])
    enough = len(np.unique(X[:size], axis=0)) >= 10
    assert hasattr(model, "cluster_centers_") == enough
    if not enough:
        message = "has seen at most [13] different rows, fewer than n_clusters=10: pass more to partial_fit"
        with pytest.raises(NotFittedError, match=message):
            model.predict(X)
    for first in range(size, len(X), size):
        model = pickle.loads(pickle.dumps(model))
        model.partial_fit(rows[first : first + size])
    assert model.n_steps_ == -(-len(X) // size)
    full = KMeans(10, n_init=5, random_state=0).fit(X).inertia_
    assert -model.score(X) < 1.3 * full


def test_the_rows_kept_back_count_when_there_are_enough():
    X = blobs(6, 40)
    model = MiniBatchKMeans(8, random_state=0)
    for first in range(0, 7):
        model.partial_fit(X[first : first + 1], sample_weight=[2.0])
    assert not hasattr(model, "cluster_centers_")
    model.partial_fit(X[7:8], sample_weight=[2.0])
    order = np.lexsort(model.cluster_centers_.T), np.lexsort(X[:8].T)
    np.testing.assert_allclose(model.cluster_centers_[order[0]], X[order[1]], rtol=1e-13)
    np.testing.assert_array_equal(model._stream["weight"], np.full(8, 2.0))
    for first in range(8, 40):
        model.partial_fit(X[first : first + 1])
    assert model._kept["rows"].shape == (40, 4)  # to be fitted together once more
    model.partial_fit(blobs(6, 200))
    assert not hasattr(model, "_kept")
    assert model._stream["seen"] == 16 + 32 + 200


def test_a_bad_start_is_forgotten_though_many_rows_saw_it():
    # A center that began between two clusters: by plain counts it would still be a tenth of the way off.
    rng = np.random.default_rng(0)
    begun = MiniBatchKMeans(2, init=np.array([[-50.0], [50.0]]), n_init=1, random_state=0)
    for _ in range(10):
        begun.partial_fit(np.concatenate([rng.normal(-30, 1, (50, 1)), rng.normal(30, 1, (50, 1))]))
    for _ in range(90):
        begun.partial_fit(np.concatenate([rng.normal(-3, 1, (50, 1)), rng.normal(3, 1, (50, 1))]))
    off = np.abs(np.sort(begun.cluster_centers_.ravel()) - [-3.0, 3.0]).max()
    assert off < 0.01 * 27 * 1.5 + 0.1  # the first tenth of the rows weighs a hundredth; counts give 2.7


def test_a_half_life_follows_a_stream_that_moves():
    rng = np.random.default_rng(0)
    steady = MiniBatchKMeans(2, random_state=0)
    nimble = MiniBatchKMeans(2, random_state=0, half_life=500)
    for t in range(200):
        X = np.concatenate([rng.normal(0.1 * t, 1, (50, 1)), rng.normal(40 + 0.1 * t, 1, (50, 1))])
        steady.partial_fit(X)
        nimble.partial_fit(X)
    lag = lambda model: np.abs(np.sort(model.cluster_centers_.ravel()) - [19.9, 59.9]).max()  # noqa: E731
    assert lag(nimble) < 1.2  # a drift of 0.1 a batch of 100 rows, remembered for some seven batches
    assert lag(steady) > 5


def test_a_center_that_no_row_needs_moves_where_rows_do_but_not_to_an_outlier():
    rng = np.random.default_rng(0)
    far = np.array([[0.0, 0.0], [20.0, 0.0], [1e4, 1e4]])  # the third stands where nobody is
    X = np.concatenate([rng.normal(c, 1, (500, 2)) for c in ([0, 0], [20, 0], [0, 20])])
    X = rng.permutation(X)
    for ratio, moved in [(0.01, True), (0.0, False)]:
        model = MiniBatchKMeans(3, init=far, n_init=1, reassignment_ratio=ratio, random_state=0)
        for first in range(0, len(X), 100):
            model.partial_fit(X[first : first + 100])
        assert (np.abs(model.cluster_centers_ - [0, 20]).max(axis=1).min() < 1) == moved
    centers = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0]])
    few = np.concatenate([X[np.abs(X - [0, 20]).max(axis=1) > 8], [[0.0, 20.0]] * 3, [[500.0, 500.0]]])
    model = MiniBatchKMeans(3, init=centers, n_init=1, reassignment_ratio=0.5, random_state=0)
    model.partial_fit(few)
    assert np.abs(model.cluster_centers_).max() < 400  # it took the outlier in, and did not move onto it


def test_a_stream_goes_on_where_a_fit_ended():
    X = blobs(7)
    model = MiniBatchKMeans(10, random_state=0).fit(X)
    before = model.cluster_centers_.copy()
    model.partial_fit(X[:100])
    assert model.n_steps_ > 1
    moved = np.linalg.norm(model.cluster_centers_ - before, axis=1)
    assert 0 < moved.max() < 0.2
    again = clone(model).fit(X)
    assert_same(again, MiniBatchKMeans(10, random_state=0).fit(X))
    assert not hasattr(MiniBatchKMeans(10, compute_labels=False).fit(X), "labels_")
    bare = MiniBatchKMeans(10, compute_labels=False, random_state=0)
    np.testing.assert_array_equal(bare.fit_predict(X), again.labels_)
    assert bare.inertia_ == again.inertia_
    assert not hasattr(bare.partial_fit(X), "labels_")


def test_what_fails_leaves_the_model_as_it_was():
    X = blobs(8)
    model = MiniBatchKMeans(10, random_state=0).partial_fit(X[:200])
    before = pickle.dumps(model)
    bad = X[:200].copy()
    bad[3, 1] = np.nan
    for call in (model.fit, model.partial_fit):
        with pytest.raises(DataError, match=r"X\[3, 1\] = nan"):
            call(bad)
        with pytest.raises(ValueError, match="features"):
            model.partial_fit(X[:, :2])
        assert pickle.dumps(model) == before
    with pytest.raises(DataError, match=r"n_samples=5 should be >= n_clusters=10"):
        model.fit(X[:5])
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("weights", [None, np.arange(5000) % 3.0], ids=["alike", "some zero"])
def test_ctrl_c_keeps_what_the_steps_over_all_rows_reached(weights, monkeypatch):
    X = np.random.default_rng(0).random((5000, 3))
    model = MiniBatchKMeans(20, random_state=0)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(minibatch, "absorb", interrupt)
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, sample_weight=weights)
    assert not hasattr(model, "cluster_centers_")
    with monkeypatch.context() as patch:
        patch.setattr(minibatch.Pays, "__call__", lambda self, step: interrupt() if step.t > 1 else None)
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, sample_weight=weights)
    assert model.stopped_by_ == "interrupt"
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    model.partial_fit(X[:100])


def test_an_integer_repeats_and_a_generator_advances():
    X = blobs(9)
    assert_same(*(MiniBatchKMeans(10, random_state=1).fit(X) for _ in range(2)))
    state = np.random.RandomState(1)
    first, second = (MiniBatchKMeans(10, random_state=state, max_iter=1).fit(X) for _ in range(2))
    assert_same(first, MiniBatchKMeans(10, random_state=1, max_iter=1).fit(X))
    assert not np.array_equal(first.cluster_centers_, second.cluster_centers_)


def test_a_function_chooses_among_the_rows_it_is_given():
    X, seen = blobs(10, 50_000), []

    def first(rows, n_clusters, random_state):
        seen.append(rows.shape)
        return rows[random_state.permutation(len(rows))[:n_clusters]]

    MiniBatchKMeans(10, init=first, random_state=0).fit(X)
    assert seen == [(10_000, 4)] * 3
    seen.clear()
    MiniBatchKMeans(10, init=first, n_init=2, init_size=500, random_state=0).fit(X)
    assert seen == [(500, 4)] * 2


def test_the_rule_stops_by_scikit_learn_s_reasons():
    problem = Problem.checked(np.random.default_rng(0).random((2000, 2)))
    heard = []
    outcome = minibatch.fit(
        problem, 5, batch_size=100, max_iter=2, max_no_improvement=None, heard=heard.append
    )
    assert (outcome.n_batches, outcome.stopped_by) == (40, "max_iter")
    assert [b.t for b in heard] == list(range(1, 41))
    assert [b.stopped_by for b in heard] == [None] * 39 + ["max_iter"]
    assert sum(b.n_distances for b in heard) < outcome.n_distances
    assert minibatch.fit(problem, 5, tol=1e9).n_batches == 2
    patient, hasty = (minibatch.fit(problem, 5, batch_size=100, max_no_improvement=n) for n in (10, 1))
    assert hasty.n_batches < patient.n_batches
    assert hasty.stopped_by == patient.stopped_by == "no_improvement"
    assert em.assign(problem.points, hasty.result.centers).tolist() == hasty.result.labels.tolist()
