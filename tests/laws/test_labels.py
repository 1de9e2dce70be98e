"""A label is right by definition: the lowest index of the smallest q.

Whatever the level, the layout of the kernel, the dtype, the number of centers or the distance of the
data from zero, the session's E-step and `assign` must give the labels of brute force.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
from brute import DTYPES, LEVELS
from hypothesis import given

from globular import em
from globular.engines.memory import MemoryEngine
from globular.problem import Problem

D = [1, 2, 3, 4, 5, 8, 13, 16, 17, 31, 64, 257]
K = [1, 2, 15, 16, 17, 100, 1000]


def check_labels(points, centers, expected):
    """Compare every way to a label with brute force; return the shares that q had to settle."""
    shares = []
    problem = Problem.checked(points)
    for level in LEVELS:
        engine = MemoryEngine(problem, level=level)
        tally = engine.e_step(centers)
        np.testing.assert_array_equal(engine.labels(), expected, err_msg=f"e_step at {level}")
        np.testing.assert_array_equal(
            em.assign(points, centers, level=level), expected, err_msg=f"assign at {level}"
        )
        shares.append(tally.n_settled / problem.n)
    return shares


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", D)
@pytest.mark.parametrize("k", K)
def test_labels_equal_brute_force(k, d, dtype):
    rng = np.random.default_rng(1000 * k + d)
    n = 203 if k * d > 50_000 else 1003
    for offset in [0.0, 1.0, 1e3, 1e6]:
        points = np.ascontiguousarray(rng.normal(size=(n, d)) + offset * rng.choice([-1, 1], d), dtype=dtype)
        centers = points[rng.integers(0, n, k)].astype(np.float64) + 0.3 * rng.normal(size=(k, d))
        check_labels(points, centers, brute.nearest(points, centers))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", D)
@pytest.mark.parametrize("k", K)
def test_the_lowest_index_wins_a_tie(k, d, dtype):
    rng = np.random.default_rng(2000 * k + d)
    n = 203 if k * d > 50_000 else 1003
    points = rng.integers(-2, 3, size=(n, d)).astype(dtype)
    centers = rng.integers(-2, 3, size=(k, d)).astype(np.float64)
    expected = brute.nearest(points, centers)
    check_labels(points, centers, expected)
    twice = np.concatenate([centers, centers])  # every center a second time: never chosen
    check_labels(points, twice, expected)


@pytest.mark.parametrize("d", D)
@pytest.mark.parametrize("k", K)
@pytest.mark.parametrize(("dtype", "offset"), [(np.float32, 0.0), (np.float64, 0.0), (np.float64, 1e6)])
def test_at_most_one_row_in_a_hundred_is_checked_again(k, d, dtype, offset):
    rng = np.random.default_rng(3000 * k + d)
    n = 4000
    points = np.ascontiguousarray(rng.normal(size=(n, d)) + offset, dtype=dtype)
    centers = rng.normal(size=(k, d)) + offset
    for level in LEVELS:
        tally = MemoryEngine(Problem.checked(points), level=level).e_step(centers)
        assert tally.n_settled <= 0.01 * n, level
        assert tally.n_distances <= (n + tally.n_settled) * k


@given(brute.cases(weighings=("none",)))
def test_labels_equal_brute_force_on_every_kind_of_data(case):
    check_labels(case.points, case.centers, brute.nearest(case.points, case.centers))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 4, 5, 16, 17, 40])
def test_a_point_halfway_between_centers_goes_by_the_last_bit_of_q(d, dtype):
    rng = np.random.default_rng(d)
    a, b = rng.normal(size=(400, d)), rng.normal(size=(400, d))
    points = np.ascontiguousarray((a + b) / 2, dtype=dtype)  # a tie but for the rounding
    for i in range(0, 400, 40):
        centers = np.stack([a[i], b[i], np.nextafter(a[i], 9.0), np.nextafter(b[i], -9.0)])
        check_labels(points, centers, brute.nearest(points, centers))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 17])
@pytest.mark.parametrize("k", [2, 5, 16, 31])
def test_points_close_to_the_middle_between_two_centers_have_right_labels(k, d, dtype):
    """From clearly off it to nearer than float32 can tell: somewhere between lies every margin."""
    rng = np.random.default_rng(100 * k + d)
    for offset in [0.0, 3.0]:
        centers = rng.normal(size=(k, d)) + offset
        a, b = centers[rng.integers(k, size=4000)], centers[rng.integers(k, size=4000)]
        way = np.ldexp(rng.uniform(-1.0, 1.0, size=(4000, 1)), -rng.integers(40, size=(4000, 1)))
        points = np.ascontiguousarray((a + b) / 2 + way * (a - b), dtype=dtype)
        check_labels(points, centers, brute.nearest(points, centers))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_two_centers_in_a_tight_cluster_are_told_apart_without_q(d, dtype):
    rng = np.random.default_rng(d)
    middles = rng.normal(size=(8, d))
    points = np.repeat(middles, 500, axis=0) + 1e-3 * rng.normal(size=(4000, d))
    centers = np.repeat(middles, 2, axis=0) + 1e-3 * rng.normal(size=(16, d))
    points = np.ascontiguousarray(points, dtype=dtype)
    for share in check_labels(points, centers, brute.nearest(points, centers)):
        assert share <= 0.01


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 8, 16, 17, 40])
@pytest.mark.parametrize("spread", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9])
def test_tight_clusters_far_from_the_middle_have_right_labels(spread, d, dtype):
    """A float32 copy moves such points by as much as their clusters are wide: the margin must know."""
    rng = np.random.default_rng(d)
    side = (
        rng.choice([-1.0, 1.0], size=(1500, d))
        if d <= 3
        else np.sign(rng.normal(size=(1500, 1))) * np.ones(d)
    )
    points = np.ascontiguousarray(side + spread * rng.normal(size=(1500, d)), dtype=dtype)
    centers = points[:60].astype(np.float64) + spread * rng.normal(size=(60, d))
    check_labels(points, centers, brute.nearest(points, centers))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 16, 17, 40])
@pytest.mark.parametrize("length", [1e3, 1e15, 1e18, 1.8e19, 1.84e19, 2e19, 1e25, 1e100, 1e200, 1e300])
def test_centers_far_outside_the_data_have_right_labels(length, d, level):
    rng = np.random.default_rng(d)
    points = rng.uniform(-1.0, 1.0, size=(100, d))
    for k in [1, 2, 3, 5, 17]:
        centers = np.zeros((k, d))
        centers[:, 0] = length * np.linspace(1.01, 1.0, k)
        with np.errstate(over="ignore"):
            expected = brute.nearest(points, centers)
            one_near = np.concatenate([centers, points[:1]])
            expected_near = brute.nearest(points, one_near)
        np.testing.assert_array_equal(em.assign(points, centers, level=level), expected)
        np.testing.assert_array_equal(em.assign(points, one_near, level=level), expected_near)


@pytest.mark.parametrize("engine", ["e_step", "assign"])
@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 95, 96, 97, 191, 193, 769, 6145])
@pytest.mark.parametrize("d", [2, 7, 20])
def test_no_row_is_lost_at_the_end_of_a_group_or_chunk(d, n, engine):
    rng = np.random.default_rng(n)
    points, centers = rng.normal(size=(n, d)), rng.normal(size=(37, d))
    for level in LEVELS:
        if engine == "assign":
            labels = em.assign(points, centers, level=level, n_threads=3)
        else:
            session = MemoryEngine(Problem.checked(points), level=level, n_threads=3)
            session.e_step(centers)
            labels = session.labels()
        np.testing.assert_array_equal(labels, brute.nearest(points, centers))


@pytest.mark.parametrize("level", LEVELS)
def test_rows_whose_float32_sums_all_round_one_way_have_right_labels(level):
    """Half of one center's products lose almost half a unit when they are added; the other's lose nothing."""
    d = 250
    lost = 0.49 * 2.0**-16  # of a unit in the last place of sums from 256 to 512, halved
    losing = np.full(d, 1.0 + lost)
    other = np.where(np.arange(d) % 2, 1.0, 1.0 + 2 * lost)
    other[0] -= 5e-4  # the losing one is nearer, by less than is lost
    centers = np.stack([other, losing])
    points = np.repeat(np.array([0, 0, 0, 2, -2] * 40, dtype=np.float32)[:, None], d, axis=1)
    naive = np.float32(2) * (points[3] * centers.astype(np.float32)).cumsum(axis=1)[:, -1]
    expected = brute.nearest(points, centers)
    assert expected[3] == 1
    assert ((centers**2).sum(axis=1) - naive).argmin() == 0
    np.testing.assert_array_equal(em.assign(points, centers, level=level), expected)
