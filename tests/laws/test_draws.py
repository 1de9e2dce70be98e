"""A random number is a function of (seed, stream, index), and k-means++ draws by squared distance.

The draws are checked against the theory they come from: fixed seeds, so that the outcome of each
chi-square test is always the same.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
import scipy.sparse
from brute import DTYPES
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from globular import _native, kmeans_plusplus
from globular.engines.reference import canonical_order
from globular.problem import Problem
from globular.registry import ENGINES, SEEDINGS
from globular.seeding import Draws
from globular.seeding.plus_plus import PlusPlus

SEED = st.integers(0, 2**64 - 1)


@given(
    seed=SEED,
    stream=st.integers(0, 2**32),
    start=st.integers(0, 2**40),
    count=st.integers(0, 50),
    cut=st.data(),
)
def test_a_random_number_depends_on_seed_stream_and_index_only(seed, stream, start, count, cut):
    together = _native.uniforms(seed, stream, start, count)
    at = cut.draw(st.integers(0, count))
    apart = [
        _native.uniforms(seed, stream, start, at),
        _native.uniforms(seed, stream, start + at, count - at),
    ]
    np.testing.assert_array_equal(together, np.concatenate(apart))
    assert np.all((together >= 0) & (together < 1))
    np.testing.assert_array_equal(together * 2.0**53 % 1, 0)


@given(seed=st.integers(0, 2**63), counts=st.lists(st.integers(0, 9), max_size=8))
def test_draws_do_not_care_how_they_are_asked_for(seed, counts):
    draws = Draws(seed, 3)
    parts = np.concatenate([draws.uniforms(c) for c in counts] or [np.empty(0)])
    np.testing.assert_array_equal(parts, Draws(seed, 3).uniforms(sum(counts)))


def test_these_numbers_never_change():
    """A seed means the same fit in every later version, on every machine."""
    expected = [0.33805245419550545, 0.24219167045672763]
    got = [_native.uniforms(0, 0, 0, 1)[0], _native.uniforms(42, 7, 1000, 1)[0]]
    M = 2**64 - 1

    def mix(z):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        return z ^ (z >> 31)

    def uniform(seed, stream, index):
        golden = 0x9E3779B97F4A7C15
        start = mix((mix((seed + golden) & M) + stream * 0xD1342543DE82EF95) & M)
        return (mix((start + (index + 1) * golden) & M) >> 11) * 2.0**-53

    assert got == [uniform(0, 0, 0), uniform(42, 7, 1000)] == expected


@pytest.mark.parametrize("other", ["seed", "stream", "index"])
def test_streams_are_uniform_and_strangers_to_each_other(other):
    a = _native.uniforms(1, 0, 0, 100_000)
    b = _native.uniforms(*{"seed": (2, 0, 0), "stream": (1, 1, 0), "index": (1, 0, 100_000)}[other], 100_000)
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.015
    assert len(np.intersect1d(a, b)) == 0


@pytest.mark.parametrize("engine", ENGINES)
@given(seed=st.integers(0, 2**63), n=st.integers(1, 30), trials=st.sampled_from([None, 1, 3]))
def test_no_point_is_picked_twice_while_distinct_ones_remain(engine, seed, n, trials):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 4, size=(n, 2)).astype(float)
    distinct = len(np.unique(points, axis=0))
    rows = PlusPlus(trials).rows(ENGINES[engine](Problem.checked(points)), n, Draws(seed, 0))
    assert len(np.unique(points[rows[:distinct]], axis=0)) == distinct
    assert len(rows) == n


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "points",
    [
        [[0.0], [1e-9], [1.0]],
        [[0.0], [1e-5], [2e-5], [1e5]],
        [[0.0], [1.0], [2.0], [3.0], [1e9]],
        [[0.0], [1e-150], [1.0]],
    ],
)
def test_points_close_together_beside_one_far_away_are_still_distinct(points, engine):
    points = np.array(points)
    for seed in range(30):
        rows = PlusPlus().rows(ENGINES[engine](Problem.checked(points)), len(points), Draws(seed, 0))
        assert len(np.unique(rows)) == len(points)


@pytest.mark.parametrize("far", [0.0, 1e6, 1e8, 1e9, 1e12])
def test_an_outlier_does_not_blind_the_draws_to_the_clusters(far):
    rng = np.random.default_rng(0)
    middles = np.array([[0.0, 0.0], [1e3, 0.0], [0.0, 1e3], [1e3, 1e3]])
    points = np.repeat(middles, [9700, 100, 100, 100], axis=0) + 0.1 * rng.normal(size=(10_000, 2))
    points = np.concatenate([points, [[far, far]]])
    found = 0
    for seed in range(20):
        rows = PlusPlus().rows(ENGINES["memory"](Problem.checked(points)), 5 if far else 4, Draws(seed, 0))
        labels = np.searchsorted([9700, 9800, 9900, 10_000], rows, side="right")
        found += len(np.unique(labels[labels < 4]))
    assert found >= 78  # of 80


def chi_square(counts, shares):
    keep = shares > 0
    assert counts[~keep].sum() == 0
    return stats.chisquare(counts[keep], counts.sum() * shares[keep]).pvalue


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("weighing", ["none", "whole", "fractional"])
def test_the_first_two_picks_follow_the_theory(weighing, engine):
    rng = np.random.default_rng(5)
    points = rng.normal(size=(7, 2))
    weights = brute.weights_of(weighing, rng, 7)
    w = np.ones(7) if weights is None else weights
    reader = ENGINES[engine](Problem.checked(points, weights))
    picks = np.array([PlusPlus(1).rows(reader, 2, Draws(1234, stream)) for stream in range(6000)])
    assert chi_square(np.bincount(picks[:, 0], minlength=7), w / w.sum()) > 1e-3
    by_distance = brute.q(points, points) * w
    expected = (w / w.sum())[:, None] * by_distance / by_distance.sum(axis=1, keepdims=True)
    pairs = np.bincount(picks[:, 0] * 7 + picks[:, 1], minlength=49)
    assert chi_square(pairs, expected.ravel()) > 1e-3


@pytest.mark.parametrize("weighing", ["none", "fractional"])
def test_random_rows_are_drawn_by_weight_without_putting_back(weighing):
    rng = np.random.default_rng(6)
    weights = brute.weights_of(weighing, rng, 5)
    w = np.ones(5) if weights is None else weights
    points = np.arange(5.0)[:, None]
    reader = ENGINES["memory"](Problem.checked(points, weights))
    picks = np.array([SEEDINGS["random"]()(reader, 2, Draws(99, s)).ravel() for s in range(6000)]).astype(int)
    assert np.all(picks[:, 0] != picks[:, 1])
    shares = w / w.sum()
    expected = shares[:, None] * np.where(np.eye(5) > 0, 0, shares) / (1 - shares)[:, None]
    assert chi_square(np.bincount(picks[:, 0] * 5 + picks[:, 1], minlength=25), expected.ravel()) > 1e-3


@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_more_trials_never_pick_a_worse_candidate(dtype):
    rng = np.random.default_rng(2)
    points = np.ascontiguousarray(rng.normal(size=(500, 3)), dtype=dtype)
    field = ENGINES["memory"](Problem.checked(points)).field(4)
    field.add(3)
    rows = np.array([5, 77, 400])
    expected = [
        np.minimum(brute.q(points, points[[3]])[:, 0], brute.q(points, points[[r]])[:, 0]).sum() for r in rows
    ]
    np.testing.assert_allclose(field.potentials(rows), expected, rtol=1e-12)


def test_centers_of_kmeans_plusplus_are_rows_of_the_data():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(100, 3)).astype(np.float32)
    centers, rows = kmeans_plusplus(points, 9, random_state=0, sample_weight=np.arange(100.0))
    np.testing.assert_array_equal(centers, points[rows])
    assert centers.dtype == np.float32
    assert 0 not in rows


@given(seed=st.integers(0, 2**32 - 1), weighing=st.sampled_from(["none", "whole", "fractional"]))
def test_engines_pick_the_same_rows_of_data_far_apart(seed, weighing):
    """Many pieces are added up in each draw: in the same way everywhere."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(20, 120)), int(rng.integers(1, 3))
    points = np.sign(rng.normal(size=(n, d))) * 2.0 ** rng.integers(
        -int(rng.integers(10, 60)), 1, size=(n, 1)
    )
    problem = Problem.checked(points, brute.weights_of(weighing, rng, n))
    rows = [PlusPlus().rows(ENGINES[e](problem), 15, Draws(seed, 0)).tolist() for e in ENGINES]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighting", ["none", "fractional"])
@pytest.mark.parametrize(("d", "offset"), [(1, 0.0), (2, 1e6), (3, 0.0), (7, 0.0), (24, 100.0)])
def test_blocks_that_are_passed_over_hold_no_row_that_a_new_center_takes(d, offset, weighting, dtype):
    """Enough rows and centers that seeding lays the rows out in space (native/seed/layout.hpp)."""
    rng = np.random.default_rng(d)
    middles = 6.0 * rng.normal(size=(24, d)) + offset
    points = np.ascontiguousarray(middles[rng.integers(24, size=6011)] + rng.normal(size=(6011, d)), dtype)
    points[:2000] = rng.uniform(points.min(axis=0), points.max(axis=0), size=(2000, d))
    points[rng.integers(6011, size=40)] += 1e3  # some stragglers widen the boxes
    problem = Problem.checked(points, brute.weights_of(weighting, rng, 6011))
    fields = [make(problem).field(36) for make in ENGINES.values()]
    draws = Draws(3, 0)
    row = int(fields[0].draw(draws.uniforms(1))[0])
    for _ in range(30):
        for field in fields:
            field.add(row)
        u = draws.uniforms(4)
        drawn = [field.draw(u) for field in fields]
        np.testing.assert_array_equal(drawn[0], drawn[1])
        rows = np.concatenate([drawn[0], rng.integers(6011, size=12)])
        sums = [field.potentials(rows) for field in fields]
        np.testing.assert_array_equal(sums[0], sums[1])
        best = [field.best(rows) for field in fields]
        assert best == 2 * [np.argmin(sums[0])]
        row = int(rows[best[0]])


@pytest.mark.parametrize("weighting", ["none", "fractional"])
@pytest.mark.parametrize("hair", [0.0, 1e-8, 1e-7, 1e-6])
@pytest.mark.parametrize("d", [1, 3, 33])
@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_matrix])
def test_of_candidates_that_are_as_good_as_equal_the_best_is_found(form, d, hair, weighting):
    """Every point has an image, a hair aside, and both become centers: what one takes the other takes.

    Sums in float32 cannot tell them apart.
    """
    rng = np.random.default_rng(d)
    points = rng.normal(size=(60, d))
    points = np.concatenate([points, -points + hair * rng.normal(size=points.shape)])
    weights = brute.weights_of(weighting, rng, 60)
    problem = Problem.checked(form(points), None if weights is None else np.tile(weights, 2))
    field = ENGINES["memory"](problem).field(40)
    row = 3
    for _ in range(20):
        field.add(row)
        field.add((row + 60) % 120)
        tried = rng.integers(60, size=6)
        rows = np.concatenate([tried + 60, tried, tried + 60])
        best = field.best(rows)
        assert best == np.argmin(field.potentials(rows))
        row = int(rows[best])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize(("n", "d"), [(40_000, 3), (5_000, 29)])
def test_the_canonical_order_is_that_of_hashes_and_then_of_values(n, d, dtype, n_threads):
    """Equal rows stand together, and where hashes fall together the values decide: here for many rows."""
    rng = np.random.default_rng(8)
    points = np.ascontiguousarray(np.round(rng.normal(size=(n, d)) + 5.0, 3), dtype)
    points[1::5, 1] = 0.0  # which leaves no trace in a hash
    points[::7, 0] += 1e-9  # of the same float32, so of the same hash, but not always of the same value
    points[::3] = points[rng.integers(len(points), size=len(points[::3]))]
    problem = Problem.checked(points)
    make = getattr(_native, f"CanonicalOrderF{8 * points.itemsize}")
    expected = points[canonical_order(points, problem.frame.origin)]
    for level in _native.levels():
        order = make(problem.native_points, problem.frame.origin, level, n_threads)
        rows = order.rows(np.arange(order.n_buckets()), n_threads)
        np.testing.assert_array_equal(points[rows], expected)
        np.testing.assert_array_equal(np.sort(rows), np.arange(len(points)))
