"""The cost never rises, and what the sums say it is, it is.

Costs per step come from the sums of the clusters alone. They are checked against the squared distances
themselves, added up in longer floats: off by no more than 1e-15 times the points' own squared distance
from the origin of the frame.
"""

from __future__ import annotations

import math
from itertools import pairwise

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_same_bits import Silent

from globular import em
from globular.errors import CostRoseWarning
from globular.problem import Problem
from globular.registry import ENGINES, SEEDINGS
from globular.seeding.given import Given
from globular.tally import Summed

WEIGHINGS = ("none", "whole", "fractional", "thousands")


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=WEIGHINGS))
def test_the_cost_never_rises_even_where_empty_clusters_are_filled(engine, case):
    problem = case.problem()
    result = em.fit(
        problem, case.k, seeding=Given(case.centers), engine=engine, tol=0.0, max_iter=50, progress=Silent()
    )
    costs = [step.cost for step in result.history]
    for before, after in pairwise(costs):
        assert after <= before + 1e-15 * problem.spread.total_sq


@pytest.mark.parametrize("seeding", SEEDINGS)
@given(case=brute.cases(weighings=WEIGHINGS), seed=st.integers(0, 2**63))
def test_the_cost_never_rises_from_drawn_centers(seeding, case, seed):
    problem = case.problem()
    result = em.fit(problem, case.k, seeding=seeding, seed=seed, tol=0.0, max_iter=50, progress=Silent())
    slack = 1e-15 * problem.spread.total_sq
    costs = [step.cost for step in result.history]
    assert all(b <= a + slack for a, b in pairwise(costs))
    rounding = (
        4 * float(np.finfo(problem.points.dtype).eps) * float(np.abs(problem.points).max()) ** 2 * problem.d
    )
    assert result.cost <= costs[-1] + slack + rounding * (problem.spread.total_weight)


@given(case=brute.cases(weighings=WEIGHINGS))
def test_the_cost_of_a_step_is_the_cost_of_its_labels(case):
    problem = case.problem()
    engine = ENGINES["memory"](problem)
    for turn in em.em(engine, case.centers):
        labels = brute.nearest(case.points, turn.before)
        direct = brute.true_cost(case.points, turn.before, labels, case.weights)
        reported = turn.tally.cost(turn.before, problem.spread)
        assert abs(reported - direct) <= 1e-15 * problem.spread.total_sq + 1e-15 * direct
        if turn.t == 5:
            break


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("spread", [0, 20, 60, 250])
def test_the_final_cost_is_that_of_all_rows_rounded_once(d, spread, weighted):
    rng = np.random.default_rng(d)
    half = rng.normal(size=(600, d)) * 2.0 ** -rng.integers(0, spread + 1, size=(600, 1))
    X = np.concatenate([half, -half, 1000.0 + rng.normal(size=(77, d))])  # many of them lie at their center
    some = rng.integers(1, 9, 600)
    weights = np.concatenate([some, some, np.ones(77, dtype=int)]) if weighted else np.ones(len(X), dtype=int)
    result = em.fit(Problem.checked(X, weights), 2, tol=0.0)
    distances = np.zeros(len(X))  # of each row, feature by feature
    for f in range(d):
        distances += (X[:, f] - result.centers[result.labels, f]) ** 2
    assert spread == 0 or distances.min() < 2.0 ** (-1.9 * spread) * distances.max()
    assert result.cost == math.fsum(np.repeat(distances, weights))


def test_a_row_beside_its_center_breaks_a_tie_of_the_final_cost():
    rows = np.array([1.0, 1.0, 2.0**-26, 2.0**-60])
    result = em.fit(Problem.checked(np.concatenate([rows, -rows])[:, np.newaxis]), 1)
    assert result.cost == np.nextafter(4.0, 5.0)  # 4 + 2^-51 is half way there


@given(case=brute.cases(weighings=WEIGHINGS))
def test_each_half_step_lowers_the_cost_that_it_shows(case):
    Q = case.problem().spread.total_sq
    last = np.inf
    for half in em.em_steps(case.points, case.centers, sample_weight=case.weights, max_iter=6):
        direct = brute.true_cost(case.points, half.centers, half.labels, case.weights)
        assert abs(half.cost - direct) <= 1e-15 * Q + 1e-15 * direct
        assert half.cost <= last + 1e-15 * Q
        last = half.cost


@pytest.mark.parametrize(("n", "d", "k"), [(20_000, 2, 60), (20_000, 4, 100), (20_000, 12, 50)])
@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_the_cost_of_large_data_falls_and_is_what_the_distances_say(dtype, n, d, k):
    rng = np.random.default_rng(d)
    points = np.ascontiguousarray(rng.normal(size=(n, d)) + 100.0, dtype=dtype)
    problem = Problem.checked(points)
    Q = problem.spread.total_sq
    engine = ENGINES["memory"](problem)
    last = np.inf
    for turn in em.em(engine, points[:k].astype(np.float64)):
        cost = turn.tally.cost(turn.before, problem.spread)
        direct = brute.true_cost(points, turn.before, engine.labels())
        assert abs(cost - direct) <= 1e-15 * Q
        assert cost <= last + 1e-15 * Q
        last = cost
        if turn.t == 8:
            break


def test_an_empty_cluster_is_given_the_farthest_point():
    points = np.array([[0.0], [1.0], [5.0], [6.0], [50.0]])
    result = em.fit(Problem.checked(points), 3, seeding=Given([[3.0], [1e3], [2e3]]), max_iter=1)
    assert result.history[0].n_empty == 2
    assert {50.0, 0.0} <= set(result.centers.ravel()) or {50.0, 6.0} <= set(result.centers.ravel())


@pytest.mark.parametrize("engine", ENGINES)
def test_places_far_away_are_points_with_all_their_rows(engine):
    reader = ENGINES[engine](Problem.checked(np.array([[1.0], [-5.0], [-5.0], [5.0], [0.0]])))
    reader.e_step(np.array([[0.0], [1e3], [2e3], [3e3], [4e3]]))
    places = reader.farthest(np.array([[0.0], [1e3], [2e3], [3e3], [4e3]]), 5)
    # Of equally far points that of the lowest values comes first; the last row lies on its center.
    assert [rows.tolist() for rows in places] == [[1, 2], [3], [0]]


@pytest.mark.parametrize("engine", ENGINES)
@given(seed=st.integers(0, 2**32 - 1), far=st.sampled_from([1.0, 10.0, 1e3, 1e9, 1e40]))
def test_distinct_points_leave_no_cluster_empty_at_the_end(engine, seed, far):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 9))
    points = rng.normal(size=(k + int(rng.integers(0, 20)), 2))
    start = np.concatenate([points[:1], far * (1 + np.arange(k - 1))[:, None] * np.ones((k - 1, 2))])
    result = em.fit(Problem.checked(points), k, seeding=Given(start), engine=engine, tol=0.0)
    assert len(np.unique(result.labels)) == k
    assert np.all(result.sizes > 0)


class Notes(em.Progress):
    """Keeps the warnings of a fit."""

    def __init__(self):
        self.warnings = []

    def warn(self, message, category):
        self.warnings.append((category, message))


def test_a_rise_of_the_cost_would_be_reported_and_the_better_step_kept(monkeypatch):
    rng = np.random.default_rng(0)
    problem = Problem.checked(rng.normal(size=(200, 2)))
    true_m_step = Summed.m_step
    monkeypatch.setattr(Summed, "m_step", lambda tally, c: true_m_step(tally, c) + 2.0 * np.sign(c - 0.1))
    notes = Notes()
    result = em.fit(problem, 4, seeding=Given(problem.points[:4].copy()), tol=0.0, max_iter=9, progress=notes)
    assert [category for category, message in notes.warnings if "please report" in message] == [
        CostRoseWarning
    ]
    assert len(result.history) < 9
    np.testing.assert_array_equal(result.labels, brute.nearest(problem.points, result.centers))
