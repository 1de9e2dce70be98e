"""Sums are exact, so nothing about the way they are made can be seen in them.

Order, shards, threads, or a row's detour through another cluster: the bits stay. That one law is what
lets tallies of parts of the data add up to the tally of the whole.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from globular.engines.memory import MemoryEngine
from globular.engines.reference import ReferenceEngine, exact_sums
from globular.problem import Problem
from globular.registry import ENGINES
from globular.tally import Tally

WEIGHINGS = ("none", "whole", "fractional", "thousands")


def part_of(problem, rows):
    """The rows of a problem on the whole problem's frame."""
    weights = None if problem.weights is None else np.ascontiguousarray(problem.weights[rows])
    points = np.ascontiguousarray(problem.points[rows])
    return Problem(points, weights, problem.frame, problem.n_threads, points)


def assert_same_sums(a: Tally, b: Tally):
    np.testing.assert_array_equal(a.weight, b.weight)
    np.testing.assert_array_equal(a.sums, b.sums)


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=WEIGHINGS), seed=st.integers(0, 2**32 - 1))
def test_shuffled_rows_have_the_same_sums(engine, case, seed):
    order = np.random.default_rng(seed).permutation(len(case.points))
    weights = None if case.weights is None else case.weights[order]
    a = ENGINES[engine](case.problem()).e_step(case.centers)
    b = ENGINES[engine](Problem.checked(case.points[order], weights)).e_step(case.centers)
    assert_same_sums(a, b)


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=WEIGHINGS), seed=st.integers(0, 2**32 - 1))
def test_tallies_of_disjoint_rows_add_up_to_that_of_all(engine, case, seed):
    problem = case.problem()
    part = np.random.default_rng(seed).integers(0, 3, size=problem.n)
    total = None
    for p in range(3):
        rows = np.flatnonzero(part == p)
        if len(rows) == 0:
            continue
        tally = ENGINES[engine](part_of(problem, rows)).e_step(case.centers)
        total = tally if total is None else total + tally
    whole = ENGINES[engine](problem).e_step(case.centers)
    assert_same_sums(total, whole)
    assert total.n_changed == whole.n_changed == problem.n
    np.testing.assert_array_equal(total.m_step(case.centers), whole.m_step(case.centers))
    assert total.cost(case.centers, problem.spread) == whole.cost(case.centers, problem.spread)


@given(case=brute.cases(weighings=WEIGHINGS), seed=st.integers(0, 2**32 - 1))
def test_rows_that_went_elsewhere_and_came_back_leave_no_trace(case, seed):
    rng = np.random.default_rng(seed)
    engine = MemoryEngine(case.problem())
    before = engine.e_step(case.centers)
    for _ in range(3):
        scale = np.ptp(case.points.astype(float), axis=0) + 1e-30
        engine.e_step(case.points[rng.integers(0, len(case.points), case.k)] + 0.5 * scale)
        last = engine.e_step(rng.permutation(case.centers))
    again = engine.e_step(case.centers)
    assert_same_sums(before, again)
    assert_same_sums(again, MemoryEngine(case.problem()).e_step(case.centers))
    assert last.sizes.sum() == pytest.approx(before.sizes.sum(), rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=WEIGHINGS))
def test_a_moved_row_leaves_one_cluster_and_enters_the_other(engine, case):
    problem = case.problem()
    reader = ENGINES[engine](problem)
    tally = reader.e_step(case.centers)
    rows = np.arange(0, problem.n, 3)
    moved = reader.move(rows, case.k - 1, tally)
    labels = brute.nearest(case.points, case.centers)
    labels[rows] = case.k - 1
    weight, sums = exact_sums(problem, labels, case.k)
    np.testing.assert_array_equal(reader.labels(), labels)
    np.testing.assert_array_equal(moved.weight, weight)
    np.testing.assert_array_equal(moved.sums, sums)


@pytest.mark.parametrize("dtype", brute.DTYPES)
@pytest.mark.parametrize("n_threads", [1, 2, 3, 7, 16])
def test_large_shuffled_data_has_the_same_sums_on_any_threads(n_threads, dtype):
    rng = np.random.default_rng(1)
    points = np.ascontiguousarray(rng.lognormal(size=(120_000, 6)), dtype=dtype)
    weights = rng.uniform(0.5, 1.5, len(points))
    centers = points[:40].astype(np.float64)
    order = rng.permutation(len(points))
    a = MemoryEngine(Problem.checked(points, weights)).e_step(centers)
    shuffled = Problem.checked(points[order], weights[order], n_threads=n_threads)
    b = MemoryEngine(shuffled, n_threads=n_threads).e_step(centers)
    assert_same_sums(a, b)
    assert a.cost(centers, Problem.checked(points, weights).spread) == b.cost(centers, shuffled.spread)


@given(case=brute.cases(weighings=WEIGHINGS))
def test_whole_numbers_add_up_to_whole_numbers(case):
    points = np.rint(case.points.astype(np.float64) * 4) % 1000
    problem = Problem.checked(points, None if case.weighing == "fractional" else case.weights)
    weights = np.ones(len(points)) if problem.weights is None else problem.weights
    tally = ReferenceEngine(problem).e_step(points[: case.k].copy())
    labels = brute.nearest(points, points[: case.k])
    for j in range(case.k):
        mine = labels == j
        assert tally.sizes[j] == weights[mine].sum()
        if mine.any():
            mean = int((points[mine] * weights[mine, None])[:, 0].sum()) / int(weights[mine].sum())
            assert tally.m_step(points[: case.k].copy())[j, 0] == pytest.approx(mean, rel=3e-16)


def test_rounded_products_do_not_outgrow_their_grid():
    """Weights that add up to just below a power of two, and whose products all round up."""
    n, light = 4001, 0.75 * 2.0**-53
    weights = np.full(n, light)
    weights[0] = 1.0 - n * light
    points = np.ones((n, 1))
    first, last = (Problem.checked(points, w) for w in (weights, np.roll(weights, -1)))
    a, b = (MemoryEngine(p).e_step(np.zeros((1, 1))) for p in (first, last))
    assert_same_sums(a, b)
    assert a.m_step(np.zeros((1, 1)))[0, 0] == 1.0


@pytest.mark.parametrize("weight", [1.0, 2.0**28 - 1])
@pytest.mark.parametrize("bits", [20, 38, 64, 116, 142, 200])
def test_heavy_rows_keep_their_digits_beside_a_far_one(bits, weight):
    points = np.concatenate([1.0 + np.random.default_rng(0).random(60), [2.0**bits]])[:, None]
    problem = Problem.checked(points, np.full(61, weight))
    tally = MemoryEngine(problem).e_step(np.array([[1.5], [2.0**bits]]))
    np.testing.assert_allclose(tally.m_step(np.zeros((2, 1)))[0, 0], points[:60].mean(), rtol=2e-12)


@pytest.mark.parametrize("n", [20, 200])  # a tally of labels, and one of sums
def test_what_a_tally_tells_belongs_to_who_asked(n):
    points = np.random.default_rng(4).normal(size=(n, 3))
    problem = Problem.checked(points)
    centers = points[:5].copy()
    tally = MemoryEngine(problem).e_step(centers)
    means = tally.m_step(centers)
    cost = tally.cost(centers, problem.spread)
    kept = means.copy()
    means += 1.0
    np.testing.assert_array_equal(tally.m_step(centers), kept)
    assert tally.cost(centers, problem.spread) == cost
    centers += 1.0
    assert tally.cost(centers, problem.spread) > cost
