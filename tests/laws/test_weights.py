"""A weight w is the row w times, and weight 0 is an absent row.

From given centers, and by every seeding too: the same bits. Weights that
are no whole numbers scale: doubling all of them doubles the cost and moves no center.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_same_bits import Silent

from globular import em
from globular.errors import DataError
from globular.problem import Problem
from globular.registry import ENGINES
from globular.seeding.given import Given

UNTIED = ("plain", "far away", "mixed scales", "tiny", "huge", "outlier")


def fit(points, weights, k, **kwargs):
    return em.fit(Problem.checked(points, weights), k, progress=Silent(), **kwargs)


def assert_same_fit(weighted, repeated, repeats):
    np.testing.assert_array_equal(weighted.centers, repeated.centers)
    np.testing.assert_array_equal(np.repeat(weighted.labels, repeats), repeated.labels)
    np.testing.assert_array_equal(weighted.sizes, repeated.sizes)
    assert weighted.cost == repeated.cost
    assert weighted.costs == repeated.costs
    assert [s.cost for s in weighted.history] == [s.cost for s in repeated.history]
    assert [s.shift_sq for s in weighted.history] == [s.shift_sq for s in repeated.history]


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=("whole",)))
def test_a_weight_of_three_is_the_row_three_times(engine, case):
    repeats = case.weights.astype(int)
    weighted = fit(case.points, case.weights, case.k, seeding=Given(case.centers), engine=engine)
    repeated = fit(
        np.repeat(case.points, repeats, axis=0), None, case.k, seeding=Given(case.centers), engine=engine
    )
    assert_same_fit(weighted, repeated, repeats)


@given(case=brute.cases(weighings=("whole",)), seed=st.integers(0, 2**63), n_init=st.integers(1, 3))
def test_plus_plus_draws_a_weight_of_three_like_the_row_three_times_in_place(case, seed, n_init):
    repeats = case.weights.astype(int)
    weighted = fit(case.points, case.weights, case.k, seed=seed, n_init=n_init, max_iter=5)
    repeated = fit(
        np.repeat(case.points, repeats, axis=0), None, case.k, seed=seed, n_init=n_init, max_iter=5
    )
    assert_same_fit(weighted, repeated, repeats)


@given(case=brute.cases(weighings=("whole",)), seed=st.integers(0, 2**32 - 1))
def test_shuffled_repeats_from_given_centers_are_the_weight(case, seed):
    repeats = case.weights.astype(int)
    order = np.random.default_rng(seed).permutation(repeats.sum())
    weighted = fit(case.points, case.weights, case.k, seeding=Given(case.centers))
    shuffled = fit(np.repeat(case.points, repeats, axis=0)[order], None, case.k, seeding=Given(case.centers))
    if any(step.n_empty for step in weighted.history):
        return  # of several equally far points the first fills an empty cluster: then order has a say
    np.testing.assert_array_equal(weighted.centers, shuffled.centers)
    np.testing.assert_array_equal(np.repeat(weighted.labels, repeats)[order], shuffled.labels)
    assert weighted.cost == shuffled.cost


@pytest.mark.parametrize("seeding", ["given", "k-means++", "random"])
@given(case=brute.cases(weighings=("absent rows",)), seed=st.integers(0, 2**63))
def test_a_row_of_weight_zero_is_an_absent_row(seeding, case, seed):
    present = case.weights > 0
    k = min(case.k, int(present.sum()))
    seeding = Given(case.centers[:k]) if seeding == "given" else seeding
    weighted = fit(case.points, case.weights, k, seeding=seeding, seed=seed)
    without = fit(case.points[present], case.weights[present], k, seeding=seeding, seed=seed)
    np.testing.assert_array_equal(weighted.centers, without.centers)
    np.testing.assert_array_equal(weighted.labels[present], without.labels)
    np.testing.assert_array_equal(weighted.labels, brute.nearest(case.points, weighted.centers))
    assert weighted.cost == without.cost
    assert weighted.history == without.history


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(kinds=UNTIED, weighings=("whole", "fractional")), exponent=st.integers(-300, 300))
def test_weights_in_another_unit_move_no_center(engine, case, exponent):
    unit = 2.0**exponent
    a, b = (
        fit(case.points, w, case.k, seeding=Given(case.centers), engine=engine, tol=0.0, max_iter=2)
        for w in (case.weights, unit * case.weights)
    )
    np.testing.assert_array_equal(a.labels, b.labels)
    reach = float(np.abs(case.points).max())
    np.testing.assert_allclose(
        a.centers, b.centers, rtol=1e-15 + np.finfo(a.centers.dtype).eps, atol=1e-15 * reach
    )
    slack = 1e-14 * case.problem().spread.total_sq
    assert abs(b.cost / unit - a.cost) <= slack + 1e-6 * a.cost
    assert abs(b.history[0].cost / unit - a.history[0].cost) <= slack


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("weight", [2.0**20, 2.0**26, 2.0**27, 1e9, 2.0**40, 2.0**43, 2.0**46])
def test_heavy_weights_have_exact_sums(weight, engine):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(100, 3))
    weights = weight * rng.integers(1, 4, 100)
    light = ENGINES[engine](Problem.checked(points, weights / weight)).e_step(points[:4].copy())
    heavy = ENGINES[engine](Problem.checked(points, weights)).e_step(points[:4].copy())
    np.testing.assert_array_equal(heavy.sizes, weight * light.sizes)
    centers = [t.m_step(points[:4].copy()) for t in (light, heavy)]
    np.testing.assert_allclose(centers[0], centers[1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("weight", [2.0**20, 1e9, 2.0**43])
def test_heavy_weights_are_drawn_and_fitted_like_light_ones(weight):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 3))
    weights = rng.integers(1, 4, 300).astype(float)
    light, heavy = (fit(points, w, 6, seed=1) for w in (weights, weight * weights))
    np.testing.assert_array_equal(light.labels, heavy.labels)
    assert heavy.cost == pytest.approx(weight * light.cost, rel=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("light", [1e-3, 1e-10, 1e-20, 1e-40])
def test_a_light_row_has_its_share_however_heavy_others_are(light, engine):
    rng = np.random.default_rng(4)
    points = np.concatenate([rng.normal(size=(30, 2)), 50.0 + rng.normal(size=(30, 2))])
    weights = np.concatenate([np.ones(30), light * rng.uniform(1, 2, size=30)])
    result = fit(points, weights, 2, seeding=Given(points[[0, 30]]), tol=0.0, engine=engine)
    expected = np.average(points[30:], axis=0, weights=weights[30:])
    np.testing.assert_allclose(result.centers[1], expected, rtol=1e-12)
    np.testing.assert_allclose(result.sizes[1], weights[30:].sum(), rtol=1e-12)


def test_weights_that_no_sum_holds_together_are_refused():
    with pytest.raises(DataError, match=r"sample_weight goes from 1e-300 \(row 1\) to 1: so far apart"):
        Problem.checked([[1.0], [2.0]], [1.0, 1e-300])
    with pytest.raises(DataError, match=r"goes up to 4.94e-324, but the largest must lie between"):
        Problem.checked([[1.0], [2.0]], [5e-324, 5e-324])


def test_one_weight_for_all_rows_is_as_good_as_many():
    points = np.random.default_rng(0).normal(size=(20, 2))
    one = Problem.checked(points, 3.0)
    np.testing.assert_array_equal(one.weights, np.full(20, 3.0))
