"""What a session remembers between E-steps may save work, never change an answer.

One session is led through long walks of centers: by inches, by leaps, one center at a time, there and
back, with rows taken out of their cluster and labels given away in between. After each step its labels must
be those of brute force and its sums those of a session that has never seen anything else.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
from brute import DTYPES, LEVELS
from hypothesis import given
from hypothesis import strategies as st

from globular.engines.memory import MemoryEngine
from globular.engines.reference import ReferenceEngine, exact_sums
from globular.problem import Problem
from globular.registry import ALGORITHMS

MOVES = [
    "by inches",
    "by leaps",
    "one center",
    "one center far",
    "not at all",
    "swapped",
    "to means",
    "onto rows",
]


def moved(kind, centers, points, rng, means):
    """Return the next centers of a walk."""
    scale = np.ptp(points.astype(float), axis=0) + 1e-30
    new = centers.copy()
    j = rng.integers(0, len(centers))
    if kind == "by inches":
        new += 1e-4 * scale * rng.normal(size=new.shape)
    elif kind == "by leaps":
        new += scale * rng.normal(size=new.shape)
    elif kind == "one center":
        new[j] += 0.05 * scale * rng.normal(size=new.shape[1])
    elif kind == "one center far":
        new[j] += 1e3 * scale
    elif kind == "swapped":
        new = rng.permutation(new)
    elif kind == "to means":
        new = means
    elif kind == "onto rows":
        new = points[rng.integers(0, len(points), len(new))].astype(np.float64)
    return np.ascontiguousarray(new)


def assert_right(engine, tally, centers, before):
    problem = engine.problem
    expected = brute.nearest(problem.points, centers)
    np.testing.assert_array_equal(engine.labels(), expected)
    weight, sums = exact_sums(problem, expected, len(centers))
    np.testing.assert_array_equal(tally.weight, weight)
    np.testing.assert_array_equal(tally.sums, sums)
    assert tally.n_changed == np.count_nonzero(expected != before)
    # Every pair, those that q settled once more, and one in twenty for the boxes around groups of rows. Where
    # heads are asked for, whether they spare anything or not, each pair may be seen by these twice besides.
    heads = 2 * (min(23, problem.d // 2) + 1) / problem.d if engine.way == "heads" else 0.0
    assert tally.n_distances <= (1.05 + heads) * (problem.n + tally.n_settled + 32) * (len(centers) + 1)
    assert engine.cost(centers) == ReferenceCost(problem, expected).cost(centers)
    return expected


class ReferenceCost(ReferenceEngine):
    """The reference engine with labels from outside."""

    def __init__(self, problem, labels):
        super().__init__(problem)
        self._labels = labels


def walk(engine, centers, kinds, rng):
    """Lead a session along; check every step."""
    tally = engine.e_step(centers)
    labels = assert_right(engine, tally, centers, -np.ones(engine.problem.n))
    for kind in kinds:
        if kind == "rows taken":
            rows = np.unique(rng.integers(0, engine.problem.n, 3))
            to = int(rng.integers(0, len(centers)))
            engine.move(rows, to, tally)
            labels[rows] = to
        elif kind == "labels given":
            given = engine.give_labels()
            np.testing.assert_array_equal(given, labels)
            given[:] = labels[:] = -1  # whoever has them may write to them
        else:
            centers = moved(kind, centers, engine.problem.points, rng, tally.m_step(centers))
        tally = engine.e_step(centers)
        labels = assert_right(engine, tally, centers, labels)


WAYS = sorted({algorithm.way for algorithm in ALGORITHMS.values()})


def session(problem, way, **kwargs):
    """An engine that goes this way, or where that is not for such points whatever pays."""
    few = problem.d <= ALGORITHMS["kanungo"].most_features
    return MemoryEngine(problem, way=way if few or way != "kanungo" else "auto", **kwargs)


@pytest.mark.parametrize("level", LEVELS)
@given(
    case=brute.cases(),
    way=st.sampled_from(WAYS),
    kinds=st.lists(st.sampled_from([*MOVES, "rows taken", "labels given"]), max_size=8),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_session_forgets_nothing_and_remembers_nothing_wrong(level, case, way, kinds, seed):
    rng = np.random.default_rng(seed)
    walk(session(case.problem(), way, level=level), case.centers, kinds, rng)


def long_walk(offset, d, k, dtype, level, way):
    rng = np.random.default_rng(d)
    middles = 5.0 * rng.normal(size=(k, d)) + offset
    n = 5003 if d <= 4 else 1703  # few features and many rows are laid out in space
    points = np.ascontiguousarray(middles[rng.integers(0, k, n)] + rng.normal(size=(n, d)), dtype)
    problem = Problem.checked(points, rng.integers(1, 4, n).astype(float), n_threads=3)
    engine = session(problem, way, level=level, n_threads=3)
    kinds = ["to means"] * 6 + [*MOVES, "rows taken", "labels given"] * 2
    walk(engine, points[:k].astype(np.float64), kinds, rng)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("d", "k"),
    [
        (1, 3),
        (1, 50),
        (2, 50),
        (3, 16),
        (3, 200),
        (4, 5),
        (4, 40),
        (8, 40),
        (16, 17),
        (20, 33),
        (70, 9),
        (40, 160),
    ],
)
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_a_session_of_some_size_is_right_on_a_long_walk(offset, d, k, dtype, level):
    long_walk(offset, d, k, dtype, level, "auto")


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"auto"}))
@pytest.mark.parametrize(("d", "k"), [(1, 3), (2, 9), (3, 40), (4, 5), (8, 40), (16, 17), (70, 9), (33, 160)])
def test_a_session_is_right_on_a_long_walk_whichever_way_it_goes(d, k, way):
    long_walk(0.0, d, k, np.float32, LEVELS[-1], way)


@pytest.mark.parametrize("way", ["hamerly", "yinyang"])
@pytest.mark.parametrize("thickness", [1e-3, 10.0])
def test_bounds_hold_among_centers_nowhere_apart_and_along_a_line_where_no_way_is_wasted(thickness, way):
    rng = np.random.default_rng(3)
    points = (rng.normal(size=(1501, 40)) * np.r_[10.0, np.full(39, thickness)]).astype(np.float32)
    kinds = ["to means"] * 5 + ["rows taken", "to means", "one center", "to means", "by inches"] * 4
    walk(MemoryEngine(Problem.checked(points), way=way), points[:150].astype(np.float64), kinds, rng)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("d", [2, 8, 20])
def test_rows_that_change_while_no_gaps_are_found_are_looked_at_again(d, level):
    """Rest, until gaps pay; two centers leap, and they no longer do; all go a little way, and back.

    A row that changes on that way comes from a center that went far to one that did not. By what it had to
    spare beside the first it would be passed over beside the second.
    """
    rng = np.random.default_rng(d)
    points = rng.random((20_000, d))
    engine = MemoryEngine(Problem.checked(points), level=level)
    centers = rng.random((24, d))
    leapt = centers.copy()
    leapt[:2] = rng.random((2, d))
    nudged = leapt + 0.002 * rng.normal(size=leapt.shape)
    before, n_distances = -np.ones(len(points)), []
    for where in (centers, centers, centers, centers, leapt, nudged, leapt, leapt):
        tally = engine.e_step(where)
        before = assert_right(engine, tally, where, before)
        n_distances.append(tally.n_distances)
    assert min(n_distances[2:4]) < 0.1 * n_distances[0]  # gaps pay,
    assert n_distances[5] > 0.99 * n_distances[0]  # no longer,
    assert n_distances[6] < 0.99 * n_distances[0]  # and again


@pytest.mark.parametrize("level", LEVELS)
def test_rows_come_back_to_a_group_of_centers_where_nothing_else_is_near(level):
    """Halfway between two centers and far from all others: by inches there and back, and no group fails."""
    rng = np.random.default_rng(5)
    centers = rng.normal(size=(160, 40))
    a, b = rng.integers(160, size=(2, 1500))
    points = np.ascontiguousarray((centers[a] + centers[b]) / 2)
    nudged = centers + 0.01 * rng.normal(size=centers.shape)
    engine = MemoryEngine(Problem.checked(points), level=level, way="yinyang")
    before = -np.ones(len(points))
    for where in [centers] * 3 + [nudged, centers] * 4:
        tally = engine.e_step(where)
        before = assert_right(engine, tally, where, before)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_rows_that_change_by_less_than_float32_can_tell_are_not_passed_over(d, level):
    """Each lies halfway between an even center and an odd one, which comes back from a little farther off."""
    rng = np.random.default_rng(d)
    centers = rng.permuted(np.arange(8.0 * d).reshape(8, d), axis=0) + rng.random((8, d))
    even, odd = centers[2 * rng.integers(4, size=2000)], centers[2 * rng.integers(4, size=2000) + 1]
    points = (even + odd) / 2 + np.ldexp(odd - even, -rng.integers(20, 40, size=(2000, 1)))
    away = centers.copy()
    away[1::2] += 0.01 * np.sign(centers[1::2] - centers.mean(axis=0))
    engine = MemoryEngine(Problem.checked(points), level=level, way="brute")
    before = -np.ones(len(points))
    for where in (away, centers, away, centers):
        tally = engine.e_step(where)
        before = assert_right(engine, tally, where, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 6])
@pytest.mark.parametrize("level", LEVELS)
def test_rows_are_laid_out_in_space_once_steps_have_cost_enough_and_stay_right(level, d, dtype):
    """Centers jump, so that gaps never help. For which k it pays later depends on the level's prices."""
    rng = np.random.default_rng(d)
    points = rng.random((30_000, d)).astype(dtype)
    problem = Problem.checked(points)
    late = 0
    for k in (33, 40, 50, 75, 100, 150, 250):
        auto = MemoryEngine(problem, level=level, way="auto")
        brute_force = MemoryEngine(problem, level=level, way="brute")
        work = []
        for step in range(40):
            centers = points[rng.integers(len(points), size=k)].astype(np.float64)
            if step % 8 == 7:
                centers = rng.normal(size=(k, d))  # of which some take nothing
            tally, expected = auto.e_step(centers), brute_force.e_step(centers)
            work.append(tally.n_distances / (len(points) * k))
            assert tally.n_changed == expected.n_changed
            np.testing.assert_array_equal(tally.weight, expected.weight)
            np.testing.assert_array_equal(auto.labels(), brute_force.labels())
            assert auto.cost(centers) == brute_force.cost(centers)
        late += work[0] >= 1.0 and min(work[-8:]) < 0.5
    assert late > 0 or d == 6 or level == "baseline"  # where it pays at once, if at all


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", brute.KINDS)
@pytest.mark.parametrize("weighing", ["none", "fractional"])
@pytest.mark.parametrize(("d", "k"), [(1, 33), (2, 64), (3, 100), (4, 32)])
def test_rows_laid_out_in_space_are_right_on_a_walk_over_every_kind_of_data(d, k, weighing, kind, level):
    rng = np.random.default_rng(k)
    points = brute.points_of(kind, rng, 4133, d, np.float64)
    problem = Problem.checked(points, brute.weights_of(weighing, rng, 4133))
    start = points[rng.integers(0, 4133, k)].copy()
    walk(
        MemoryEngine(problem, level=level, way="kanungo"),
        start,
        ["to means", "by inches", "rows taken", "one center", "labels given", "swapped"],
        rng,
    )


@pytest.mark.parametrize("level", LEVELS)
@given(
    case=brute.cases(kinds=("gridded", "repeated"), weighings=("none", "whole")),
    seed=st.integers(0, 2**32 - 1),
)
def test_ties_stay_with_the_lowest_index_on_a_walk_over_grid_points(level, case, seed):
    rng = np.random.default_rng(seed)
    engine = MemoryEngine(case.problem(), level=level)
    before = -np.ones(engine.problem.n)
    centers = case.centers
    for _ in range(6):
        tally = engine.e_step(centers)
        before = assert_right(engine, tally, centers, before)
        centers = (
            centers + rng.integers(-1, 2, size=centers.shape) * (rng.random(len(centers)) < 0.3)[:, None]
        )


@pytest.mark.parametrize("level", LEVELS)
def test_another_number_of_centers_starts_the_session_afresh(level):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, 3))
    engine = MemoryEngine(Problem.checked(points), level=level)
    for k in [5, 8, 8, 3, 100, 1, 5]:
        centers = rng.normal(size=(k, 3))
        tally = engine.e_step(centers)
        np.testing.assert_array_equal(engine.labels(), brute.nearest(points, centers))
        np.testing.assert_array_equal(tally.sums, MemoryEngine(engine.problem).e_step(centers).sums)


@pytest.mark.parametrize("level", LEVELS)
def test_centers_that_rest_cost_no_more_than_a_first_look(level):
    rng = np.random.default_rng(1)
    points = rng.normal(size=(20_000, 4))
    engine = MemoryEngine(Problem.checked(points), level=level)
    first = engine.e_step(points[:30].copy())
    again = engine.e_step(points[:30].copy())
    assert again.n_changed == 0
    assert again.n_distances <= first.n_distances + 0.01 * 20_000 * 30


def test_threads_that_share_a_step_add_up_what_each_has_moved():
    rng = np.random.default_rng(2)
    points = rng.normal(size=(60_000, 20)).astype(np.float32)
    problem = Problem.checked(points)
    engines = [MemoryEngine(problem, n_threads=n_threads) for n_threads in (1, 2, 4)]
    centers = points[:12].astype(np.float64)
    for _ in range(4):
        one, *others = [engine.e_step(centers) for engine in engines]
        for other in others:
            np.testing.assert_array_equal(other.weight, one.weight)
            np.testing.assert_array_equal(other.sums, one.sums)
            assert other.n_changed == one.n_changed
        centers = one.m_step(centers)


@pytest.mark.parametrize("n", [50, 500])  # a tally of labels, and one of sums
def test_a_tally_stays_as_it_was_whatever_the_session_does_next(n):
    rng = np.random.default_rng(3)
    points = rng.normal(size=(n, 3))
    engine = MemoryEngine(Problem.checked(points))
    tally = engine.e_step(points[:9].copy())
    weight, sums = tally.weight.copy(), tally.sums.copy()
    moved = engine.move(np.arange(5), 3, tally)
    after = moved.sums.copy()
    engine.e_step(points[20:29].copy())
    np.testing.assert_array_equal(tally.weight, weight)
    np.testing.assert_array_equal(tally.sums, sums)
    np.testing.assert_array_equal(moved.sums, after)
    assert not np.array_equal(after, sums)
