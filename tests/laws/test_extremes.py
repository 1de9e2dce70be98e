"""Data at the edge of what floats can say: as right as any other, or refused with a sentence."""

from __future__ import annotations

import subprocess
import sys

import brute
import numpy as np
import pytest
from test_same_bits import Silent

from globular import em
from globular.errors import ConvergenceWarning, GlobularError
from globular.problem import Problem
from globular.registry import ENGINES
from globular.seeding.given import Given


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-200, 1e-160, 1e-100, 1e-40, 1e40, 1e100, 1e140])
def test_the_scale_of_the_data_is_no_trouble(scale, engine):
    rng = np.random.default_rng(0)
    points = rng.integers(-50, 50, size=(60, 3)) * scale
    result = em.fit(Problem.checked(points), 5, seed=1, engine=engine, progress=Silent())
    np.testing.assert_array_equal(result.labels, brute.nearest(points, result.centers))
    assert result.cost == brute.cost(points, result.centers, result.labels)
    assert np.all(np.isfinite(result.centers))
    if scale > 1e-140:
        assert len(np.unique(result.labels)) == 5


def test_values_whose_squares_overflow_are_refused():
    with pytest.raises(GlobularError, match=r"X has values up to 1e\+160.*divide X"):
        Problem.checked([[1.0], [1e160]])


def test_squared_distances_of_many_features_and_large_weights_add_up():
    """Values and weights as large as are taken: neither a sum nor its grid may be more than a float holds."""
    rng = np.random.default_rng(0)
    signs = np.where(np.arange(40)[:, None] % 2 == 0, 1.0, -1.0)
    points = signs * np.where(rng.random((40, 17_000)) < 0.002, -1, 1) * 2.0**339.99
    weights = np.exp2(rng.uniform(275, 280, size=40))
    weights[0] = 2.0**320 * 0.99999
    result = em.fit(Problem.checked(points, weights), 4, progress=Silent())
    assert 0 < result.cost < np.inf


def test_of_candidates_whose_gains_vanish_the_first_is_the_best():
    """Products of weights and squared distances around the smallest float: some are zero, some are not."""
    for seed in range(300):
        rng = np.random.default_rng(seed)
        points = rng.normal(size=(40, int(rng.integers(1, 4)))) * 2.0 ** -int(rng.integers(360, 400))
        weights = rng.uniform(0.5, 1, size=40) * 2.0 ** -int(rng.integers(240, 320))
        field = ENGINES["memory"](Problem.checked(points, weights)).field(40)
        for row in range(4):
            field.add(row)
        rows = rng.integers(40, size=6)
        assert field.best(rows) == np.argmin(field.potentials(rows))


HEAVY = """
import math, sys
from globular import em
from globular.errors import GlobularError
from globular.problem import Problem
weight, value = map(float, sys.argv[1:])
points = [[1 * value], [2 * value], [8 * value], [9 * value]]
try:
    result = em.fit(Problem.checked(points, [weight, 2 * weight, weight, 3 * weight]), 2, seed=1)
except GlobularError as error:
    print("refused:", error)
else:
    assert result.labels[0] == result.labels[1] != result.labels[2] == result.labels[3]
    expected = weight * value**2 * (2 / 3 + 3 / 4)
    assert math.isclose(result.cost, expected, rel_tol=1e-12), (result.cost, expected)
"""


@pytest.mark.parametrize("value", ["1", "1e-140", "1e140"])
@pytest.mark.parametrize("weight", ["1e-140", "1e-20", "1", "1e9", "1e12", "1e15", "1e20", "1e100", "1e140"])
def test_the_scale_of_the_weights_is_no_trouble(weight, value):
    """In a process of its own: sums that overflow must not take the interpreter along."""
    run = subprocess.run(
        [sys.executable, "-c", HEAVY, weight, value], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-500:]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_all_rows_equal_make_one_cluster_and_a_warning(dtype, engine):
    points = np.full((20, 3), 0.1, dtype=dtype)
    with pytest.warns(ConvergenceWarning, match=r"\(1\) found smaller than n_clusters \(4\)"):
        result = em.fit(Problem.checked(points), 4, engine=engine)
    assert result.cost == 0.0
    np.testing.assert_array_equal(result.labels, 0)
    np.testing.assert_array_equal(result.centers, points[:4])


@pytest.mark.parametrize("engine", ENGINES)
def test_more_clusters_than_distinct_rows_is_a_warning_and_a_valid_result(engine):
    points = np.repeat([[0.0, 1.0], [2.0, 3.0], [9.0, 9.0]], 5, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"\(3\) found smaller than n_clusters \(7\).*n_clusters=3"):
        result = em.fit(Problem.checked(points), 7, engine=engine)
    assert result.cost == 0.0
    assert len(np.unique(result.labels)) == 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_as_many_clusters_as_rows_cost_nothing(dtype, engine):
    points = np.random.default_rng(0).normal(size=(33, 4)).astype(dtype)
    for seeding in ["k-means++", "random"]:
        result = em.fit(Problem.checked(points), 33, seeding=seeding, engine=engine)
        # Sums lie on a grid of 2^-54 of the largest value, so a mean of one may be off by that.
        assert result.cost <= 33 * 4 * (2.0**-53 * np.abs(points).max()) ** 2
        assert len(np.unique(result.labels)) == 33


@pytest.mark.parametrize("engine", ENGINES)
def test_constant_columns_change_nothing(engine):
    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, 2))
    wide = np.concatenate([np.full((200, 1), 1e5), points, np.full((200, 2), -3.0)], axis=1)
    a = em.fit(Problem.checked(points), 4, seeding=Given(points[:4]), engine=engine, tol=0.0)
    b = em.fit(Problem.checked(wide), 4, seeding=Given(wide[:4]), engine=engine, tol=0.0)
    np.testing.assert_array_equal(a.labels, b.labels)
    np.testing.assert_array_equal(a.centers, b.centers[:, 1:3])
    np.testing.assert_array_equal(b.centers[:, [0, 3, 4]], [[1e5, -3.0, -3.0]] * 4)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("far", [1e6, 1e9, 1e12, 1e15, 1e20, 1e30, 1e100])
def test_values_far_away_do_not_spoil_the_other_clusters(far, share, engine):
    """A missing number is often a huge one."""
    rng = np.random.default_rng(2)
    n_far = round(50 * share / (1 - share))
    near = rng.normal(size=(50, 2)) + 10.0 * (np.arange(50) % 3)[:, None]
    points = np.concatenate([near, np.tile([[far, -far]], (n_far, 1))])
    start = points[[0, 1, 2, 50]]
    result = em.fit(
        Problem.checked(points), 4, seeding=Given(start), engine=engine, tol=0.0, progress=Silent()
    )
    np.testing.assert_array_equal(result.labels[:50], np.arange(50) % 3)
    for j in range(3):
        np.testing.assert_allclose(result.centers[j], near[j:50:3].mean(axis=0), rtol=0, atol=1e-10)


@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_one_row_is_one_cluster(dtype):
    result = em.fit(Problem.checked(np.array([[3.0, 4.0]], dtype=dtype)), 1)
    assert result.cost == 0.0
    assert result.centers.tolist() == [[3.0, 4.0]]
    assert result.converged


def test_values_that_no_sum_holds_together_are_refused():
    with pytest.raises(GlobularError, match=r"X mixes values up to 1e\+140 with values so much smaller"):
        Problem.checked([[1.0], [2.0], [6.0], [1e140]])


@pytest.mark.parametrize("far", [1e6, 1e9, 1e12])
def test_the_history_s_costs_are_right_beside_an_outlier(far):
    points = np.concatenate([np.arange(10.0), [far]])[:, None]
    start = np.array([[0.0], [9.0], [far]])
    result = em.fit(Problem.checked(points), 3, seeding=Given(start), tol=0.0)
    np.testing.assert_allclose([step.cost for step in result.history], [60.0, 20.0], atol=1e-6)
    assert result.cost == 20.0


def test_first_centers_beyond_all_squares_are_refused():
    with pytest.raises(GlobularError, match=r"init\[0, 0\] is 1e\+300"):
        em.fit(Problem.checked([[0.0], [1.0]]), 2, seeding=Given([[1e300], [0.0]]))


def test_first_centers_whose_weighted_squares_are_beyond_float64_are_refused():
    problem = Problem.checked([[0.0], [1.0]], [1e60, 1e60])
    with pytest.raises(GlobularError, match=r"init\[0, 0\] is 1e\+140, whose square, times the weights"):
        em.fit(problem, 1, seeding=Given([[1e140]]))
