"""A fit depends on the weighted set of the rows: not on where they stand, nor on how a weight is written.

From the draws on, for every seeding: rows shuffled, repeated instead of weighted, mixed with absent ones,
dense or sparse. Equal draws mean equal bits of everything that follows.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from globular.em import fit
from globular.problem import Problem
from globular.registry import ENGINES, SEEDINGS
from globular.seeding import Draws
from globular.seeding.given import Given
from globular.seeding.plus_plus import PlusPlus

pytestmark = pytest.mark.filterwarnings("ignore:Number of distinct clusters")

SEED = st.integers(0, 2**32 - 1)
KINDS = st.sampled_from(["spread", "grid", "alike", "close"])


def rows_of_kind(kind, rng, n, d):
    """Rows spread out, on a grid with many equals, alike in their first 24 bits, or nearly so."""
    if kind == "grid":
        return rng.integers(-1, 3, size=(n, d)).astype(float)
    if kind == "alike":
        return np.sign(rng.normal(size=(n, d))) * (1.0 + rng.integers(0, 9, size=(n, d)) * 2.0**-40)
    if kind == "close":
        return np.sign(rng.normal(size=(n, d))) + 0.1 + rng.integers(0, 60, size=(n, d)) * 2.0**-28
    return rng.normal(size=(n, d))


def same_fit(points, weights, again, weights_again, k, seeding, seed):
    one = fit(Problem.checked(points, weights), k, seeding=seeding, seed=seed)
    other = fit(Problem.checked(again, weights_again), k, seeding=seeding, seed=seed)
    np.testing.assert_array_equal(one.centers, other.centers)
    assert one.cost == other.cost
    np.testing.assert_array_equal(one.sizes, other.sizes)
    return one, other


@pytest.mark.parametrize("seeding", SEEDINGS)
@pytest.mark.parametrize("weighing", ["none", "whole", "fractional"])
@given(seed=SEED, kind=KINDS, dtype=st.sampled_from(brute.DTYPES))
def test_the_order_of_the_rows_is_of_no_account(seeding, weighing, seed, kind, dtype):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(5, 80)), int(rng.integers(1, 4))
    points = rows_of_kind(kind, rng, n, d).astype(dtype)
    weights = brute.weights_of(weighing, rng, n)
    order = rng.permutation(n)
    shuffled = None if weights is None else weights[order]
    one, other = same_fit(points, weights, points[order], shuffled, int(rng.integers(1, 6)), seeding, seed)
    np.testing.assert_array_equal(one.labels[order], other.labels)


@pytest.mark.parametrize("seeding", SEEDINGS)
@given(seed=SEED, kind=KINDS)
def test_a_weight_is_the_row_so_often_wherever_it_stands(seeding, seed, kind):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(5, 60)), int(rng.integers(1, 4))
    points = rows_of_kind(kind, rng, n, d)
    weights = rng.integers(0, 4, size=n).astype(float)
    weights[:5] += 1.0
    rows = rng.permutation(np.repeat(np.arange(n), weights.astype(int)))
    same_fit(points, weights, points[rows], None, int(rng.integers(1, 5)), seeding, seed)


@pytest.mark.parametrize("seeding", SEEDINGS)
@given(seed=SEED, kind=KINDS)
def test_sparse_rows_draw_like_dense_ones(seeding, seed, kind):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(5, 60)), int(rng.integers(1, 7))
    points = rows_of_kind(kind, rng, n, d) * (rng.random((n, d)) < 0.4)
    points[0] = -0.0
    same_fit(points, None, scipy.sparse.csr_matrix(points), None, 3, seeding, seed)


@pytest.mark.parametrize("engine", ENGINES)
@given(seed=SEED)
def test_of_equally_far_rows_the_same_fills_an_empty_cluster(engine, seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 4))
    points = np.concatenate([np.zeros((3, d)), *(s * np.eye(d) for s in (-7.0, 7.0))])
    centers = np.stack([np.zeros(d), np.full(d, 1e3), np.full(d, -1e3)])
    results = []
    for order in (np.arange(len(points)), rng.permutation(len(points))):
        problem = Problem.checked(points[order])
        results.append(fit(problem, 3, seeding=Given(centers), engine=engine).centers)
    np.testing.assert_array_equal(*results)


@given(seed=SEED, kind=KINDS, weighing=st.sampled_from(["none", "whole", "fractional"]))
def test_engines_draw_the_same_points(seed, kind, weighing):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 2000))  # beyond 256 rows there are buckets
    points = rows_of_kind(kind, rng, n, 2)
    problem = Problem.checked(points, brute.weights_of(weighing, rng, n))
    native, plain = (points[PlusPlus().rows(ENGINES[e](problem), 8, Draws(seed, 0))] for e in ENGINES)
    np.testing.assert_array_equal(native, plain)


@pytest.mark.parametrize("n_threads", [2, 3, 7])
def test_threads_draw_the_same_points_of_many(n_threads):
    points = np.random.default_rng(0).normal(size=(100_000, 3)).round(1)
    rows = [
        PlusPlus().rows(ENGINES["memory"](Problem.checked(points, n_threads=t)), 20, Draws(3, 0))
        for t in (1, n_threads)
    ]
    np.testing.assert_array_equal(*rows)


def test_float64_data_draw_as_their_float32_copy_does():
    points = np.random.default_rng(0).normal(size=(3000, 3))
    rows = [
        PlusPlus().rows(ENGINES["memory"](Problem.checked(p)), 12, Draws(5, 0))
        for p in (points, points.astype(np.float32))
    ]
    np.testing.assert_array_equal(*rows)
