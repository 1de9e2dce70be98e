"""Silhouettes are the mean distances of their definition, whatever computes them."""

from __future__ import annotations

import pickle
import resource
import subprocess
import sys

import brute
import numpy as np
import pytest
from ctrl_c import ctrl_c_after
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples as by_scikit_learn

import globular
from globular import _native
from globular.errors import DataError, ParameterError


def by_definition(points, labels, weights=None, power=1):
    """The silhouettes in plain NumPy; a weight w is the row w times."""
    weights = np.ones(len(points)) if weights is None else weights
    away = brute.q(points, points) if power == 2 else np.sqrt(brute.q(points, points))
    out = np.zeros(len(points))
    for i, label in enumerate(labels):
        own = labels == label
        rest = weights[own].sum() - min(weights[i], 1.0)
        if rest <= 0:
            continue
        a = away[i, own] @ weights[own] / rest
        b = min(np.average(away[i, labels == j], weights=weights[labels == j]) for j in set(labels) - {label})
        out[i] = (b - a) / max(a, b) if max(a, b) else 0.0
    return out


@st.composite
def labelled(draw):
    """Points with ties and singletons, labels, and weights above and below one."""
    n, d, k = draw(st.integers(3, 70)), draw(st.integers(1, 9)), draw(st.integers(2, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from(brute.DTYPES))
    points = rng.normal(size=(n, d)) if draw(st.booleans()) else rng.integers(0, 3, (n, d))
    points = np.ascontiguousarray(points + draw(st.sampled_from([0.0, 1e4])), dtype=dtype)
    labels = np.concatenate([[0, 1, 1], rng.integers(0, k, n - 3)])
    weights = draw(st.sampled_from([None, rng.integers(1, 4, n).astype(float), rng.uniform(0.1, 3.0, n)]))
    return points, labels, weights


@given(case=labelled())
def test_silhouettes_are_their_definition(case):
    points, labels, weights = case
    found = globular.silhouette_samples(points, labels, sample_weight=weights)
    np.testing.assert_allclose(found, by_definition(points, labels, weights), rtol=0, atol=1e-12)


@given(case=labelled())
def test_the_closed_form_for_squared_distances_is_exact(case):
    points, labels, weights = case
    points = points.astype(np.float64)
    found = globular.silhouette_samples(points, labels, sample_weight=weights, metric="sqeuclidean")
    np.testing.assert_allclose(found, by_definition(points, labels, weights, power=2), rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", brute.DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), [(400, 1, 2), (999, 10, 7), (300, 130, 30), (60, 3, 40)])
def test_scikit_learn_gives_the_same(n, d, k, dtype):
    rng = np.random.default_rng(n)
    points = rng.normal(size=(n, d)).astype(dtype)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    for metric in ("euclidean", "sqeuclidean"):
        theirs = by_scikit_learn(points.astype(np.float64), labels, metric=metric)
        ours = globular.silhouette_samples(points, labels, metric=metric)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9 if dtype == np.float64 else 1e-6)
        mean = globular.silhouette_score(points, labels, metric=metric)
        assert mean.exact
        assert mean == pytest.approx(ours.mean(), abs=1e-14)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean"])
def test_a_weight_of_three_is_the_row_three_times(metric):
    rng = np.random.default_rng(1)
    points, labels = rng.normal(size=(80, 3)), rng.integers(0, 3, 80)
    times = rng.integers(0, 4, 80)
    weighted = globular.silhouette_samples(points, labels, sample_weight=times, metric=metric)
    repeated = globular.silhouette_samples(points.repeat(times, 0), labels.repeat(times), metric=metric)
    np.testing.assert_allclose(weighted.repeat(times), repeated, rtol=0, atol=1e-12)
    assert np.isnan(weighted[times == 0]).all()
    simple = globular.simplified_silhouette(points, labels, sample_weight=times)
    again = globular.simplified_silhouette(points.repeat(times, 0), labels.repeat(times))
    np.testing.assert_allclose(simple.repeat(times), again, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", brute.DTYPES)
@pytest.mark.parametrize(("n", "d"), [(5000, 2), (3001, 17)])
def test_neither_threads_nor_level_change_a_bit(n, d, dtype, monkeypatch):
    rng = np.random.default_rng(d)
    points, labels = rng.normal(size=(n, d)).astype(dtype), rng.integers(0, 5, n)
    weights = rng.uniform(0.1, 2.0, n)
    found = set()
    for metric in ("euclidean", "sqeuclidean"):
        for level in brute.LEVELS:
            monkeypatch.setenv("GLOBULAR_LEVEL", level)
            for n_threads in (1, 2, 3, 7):
                s = globular.silhouette_samples(
                    points, labels, metric=metric, sample_weight=weights, n_threads=n_threads
                )
                found.add((metric, s.tobytes()))
    assert len(found) == 2


def test_neither_scale_nor_place_matters():
    rng = np.random.default_rng(2)
    points, labels = rng.integers(-50, 50, (90, 4)).astype(float), rng.integers(0, 3, 90)
    plain = globular.silhouette_samples(points, labels)
    for scale in (2.0**-500, 2.0**400):
        np.testing.assert_array_equal(globular.silhouette_samples(points * scale, labels), plain)
    np.testing.assert_array_equal(globular.silhouette_samples(points + 2.0**40, labels), plain)


def test_simplified_silhouettes_compare_distances_to_means():
    rng = np.random.default_rng(3)
    points, labels = rng.normal(size=(200, 5)), rng.integers(0, 4, 200)
    away = np.sqrt(brute.q(points, np.array([points[labels == j].mean(axis=0) for j in range(4)])))
    own = away[np.arange(200), labels]
    away[np.arange(200), labels] = np.inf
    expected = (away.min(axis=1) - own) / np.maximum(own, away.min(axis=1))
    np.testing.assert_allclose(globular.simplified_silhouette(points, labels), expected, atol=1e-12)


def test_a_sampled_score_says_so_and_its_error_bar_is_true():
    rng = np.random.default_rng(4)
    labels = rng.choice(4, 3000, p=[0.7, 0.2, 0.09, 0.01])
    points = rng.normal(size=(3000, 3)) + 2.0 * rng.normal(size=(4, 3))[labels]
    weights = rng.uniform(0.5, 2.0, 3000)
    truth = globular.silhouette_score(points, labels, sample_weight=weights)
    off = []
    for seed in range(200):
        s = globular.silhouette_score(
            points, labels, sample_size=300, random_state=seed, sample_weight=weights
        )
        assert not s.exact
        assert 300 <= s.n_sampled < 3000
        assert "sampled" in repr(s)
        off.append((s - truth) / s.standard_error)
    assert 0.8 < np.std(off) < 1.2
    assert abs(np.mean(off)) < 0.3
    assert pickle.loads(pickle.dumps(s)).standard_error == s.standard_error


def test_beyond_a_stated_number_of_points_the_score_is_sampled_and_says_so():
    rng = np.random.default_rng(5)
    points, labels = rng.normal(size=(50_001, 1)), rng.integers(0, 2, 50_001)
    s = globular.silhouette_score(points, labels, random_state=0)
    assert s.n_sampled == 10_000
    assert s == globular.silhouette_score(points, labels, random_state=0, n_threads=1)
    assert globular.silhouette_score(points[1:], labels[1:], metric="sqeuclidean").exact


def test_memory_is_that_of_the_points():
    code = """
import resource, numpy as np, globular
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(20_000, 4)), rng.integers(0, 3, 20_000)
globular.silhouette_samples(X[:100], labels[:100])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
globular.silhouette_samples(X, labels)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 8_000  # KiB; a tenth of a row of distances for each point would be 320,000


def test_ctrl_c_ends_it_soon():
    points = np.random.default_rng(6).normal(size=(150_000, 20))
    labels = np.arange(150_000) % 3
    used = resource.getrusage(resource.RUSAGE_SELF)
    with ctrl_c_after(0.3), pytest.raises(KeyboardInterrupt):
        globular.silhouette_samples(points, labels)
    now = resource.getrusage(resource.RUSAGE_SELF)
    assert now.ru_utime - used.ru_utime < 20.0  # the whole takes a minute and more


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ([0, 0, 0, 0], "Number of labels is 1. Valid values are 2 to n_samples - 1"),
        ([0, 1, 2, 3], "Number of labels is 4"),
        ([0, 1, 0], r"labels has shape \(3,\)"),
        ([0.0, 1.0, np.nan, 1.0], "labels must be finite"),
    ],
)
def test_bad_labels_are_refused_in_a_sentence(labels, says):
    points = np.arange(8.0).reshape(4, 2)
    for call in (globular.silhouette_samples, globular.silhouette_score, globular.simplified_silhouette):
        with pytest.raises(DataError, match=says):
            call(points, labels)


def test_bad_parameters_are_refused_in_a_sentence():
    points, labels = np.arange(8.0).reshape(4, 2), ["a", "b", "a", "b"]
    with pytest.raises(ParameterError, match="metric='cosine', but it must be one of 'euclidean'"):
        globular.silhouette_samples(points, labels, metric="cosine")
    with pytest.raises(ParameterError, match="sample_size=0, but it must be a positive integer"):
        globular.silhouette_score(points, labels, sample_size=0)
    with pytest.raises(ParameterError, match="random_state='x', but it must be"):
        globular.silhouette_score(np.zeros((200, 1)), np.arange(200) % 2, sample_size=60, random_state="x")


def test_sparse_points_go_by_squared_distances():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(7)
    points, labels = rng.integers(0, 3, (60, 9)) * 1.0, rng.integers(0, 3, 60)
    packed = sparse.csr_array(points)
    np.testing.assert_allclose(
        globular.silhouette_samples(packed, labels, metric="sqeuclidean"),
        globular.silhouette_samples(points, labels, metric="sqeuclidean"),
        atol=1e-12,
    )
    with pytest.raises(DataError, match="X is sparse.*metric='sqeuclidean'"):
        globular.silhouette_samples(packed, labels)


def test_all_pairs_are_looked_at_once():
    """The kernel's work is counted by the rows it is given: every group of points once for each row."""
    points = np.arange(40.0).reshape(-1, 1)
    labels = (np.arange(40) % 2).astype(np.int32)
    out = _native.cluster_distances(points, None, labels, 2, np.array([7, 7, 3]), 1.0, "baseline", 1)
    assert out.shape == (2, 3)
    assert out[0, 0] == out[0, 1]
