"""Every algorithm gives the bits of plain Lloyd, and does no more work than it says.

Plain Lloyd is the reference engine: every distance, in every step. The counts here are of distances computed;
seconds belong to the benchmarks.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
from brute import DTYPES, LEVELS
from hypothesis import given
from hypothesis import strategies as st

from globular import _native, em, merge
from globular.engines.memory import MemoryEngine
from globular.errors import ParameterError
from globular.points import as_sparse_points
from globular.problem import Problem
from globular.registry import ALGORITHMS
from globular.seeding.given import Given


class Silent(em.Progress):
    """A fit of fewer distinct points than clusters is no news here."""

    def warn(self, message, category):
        assert category is em.ConvergenceWarning, message


def bits(result):
    """What must not change. Not how many points changed: equal points that are merged count as one."""
    history = [(s.t, s.cost, s.shift_sq, s.n_moved, s.n_empty) for s in result.history]
    arrays = [result.centers.tobytes(), result.labels.tobytes(), result.sizes.tobytes()]
    return arrays, result.cost, result.costs, history, result.converged, result.stopped_by


def suits(name, d):
    most = ALGORITHMS[name].most_features
    return most is None or d <= most


@given(
    case=brute.cases(weighings=("none", "whole", "fractional", "thousands", "absent rows")),
    level=st.sampled_from(LEVELS),
    seeding=st.sampled_from(["k-means++", "random", "given"]),
    seed=st.integers(0, 2**63),
)
def test_every_algorithm_gives_the_bits_of_the_reference(case, level, seeding, seed):
    k = min(case.k, case.problem().n)
    how = dict(seeding=Given(case.centers[:k]) if seeding == "given" else seeding, seed=seed, level=level)
    how |= dict(max_iter=20, progress=Silent())
    expected = bits(em.fit(case.problem(), k, algorithm="brute", engine="reference", **how))
    for name in ALGORITHMS:
        if suits(name, case.points.shape[1]):
            assert bits(em.fit(case.problem(), k, algorithm=name, **how)) == expected, name


def colours(n=60_000):
    """Colours of a picture: whole numbers, many of them often."""
    rng = np.random.default_rng(0)
    return np.clip(rng.normal(128, [5.0, 7.0, 4.0], size=(n, 3)).round(), 0, 255).astype(np.float32)


def blobs(n=40_000, d=2, k=20, spread=6.0):
    rng = np.random.default_rng(1)
    middles = spread * rng.normal(size=(k, d))
    return np.ascontiguousarray(middles[rng.integers(k, size=n)] + rng.normal(size=(n, d)), np.float32)


def along_few_axes(n=10_000, d=256, k=200, power=1.0):
    """Clusters of rows that grow shorter from axis to axis; the axes lie anywhere."""
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.normal(size=(d, d)))[0] / np.arange(1, d + 1)[:, None] ** power
    return (rng.normal(size=(k, d))[rng.integers(k, size=n)] + rng.normal(size=(n, d))) @ axes


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("points", "k"),
    [
        (colours(), 40),
        (blobs(), 20),
        (blobs(d=8), 12),
        (blobs(5000, d=40, k=30, spread=0.5), 160),
        (along_few_axes(9000) + 0.1, 100),  # read where they lie, and not from zero
        (along_few_axes(9000, power=0.75), 100),  # by heads at first
    ],
)
def test_with_many_rows_too(points, k, dtype):
    problem = Problem.checked(points.astype(dtype))
    how = dict(seed=5, tol=0.0)
    expected = bits(em.fit(problem, k, algorithm="brute", n_threads=1, **how))
    for name in ALGORITHMS:
        if suits(name, problem.d):
            for n_threads in (1, 4):
                assert bits(em.fit(problem, k, algorithm=name, n_threads=n_threads, **how)) == expected, name


# Of all distances, those that may be computed at most: from the seeds to where nothing moves.
MOST_WORK = {
    "auto": {"blobs": 0.13, "colours": 0.08, "wide blobs": 0.7, "many centers": 0.6, "few axes": 0.035},
    "brute": {"blobs": 1.01, "colours": 1.01, "wide blobs": 1.01},
    "hamerly": {"blobs": 0.13, "colours": 0.22, "wide blobs": 0.5, "many centers": 0.85},
    "yinyang": {"blobs": 0.13, "wide blobs": 0.5, "many centers": 0.6, "few axes": 0.17},
    "heads": {"blobs": 0.13, "wide blobs": 0.5, "many centers": 0.75, "few axes": 0.035},
    "kanungo": {"blobs": 0.09, "colours": 0.11},
    "merged": {"blobs": 0.13, "colours": 0.08, "wide blobs": 0.7},
}
CASES = {
    "blobs": (blobs(), 20),
    "colours": (colours(), 40),
    "wide blobs": (blobs(d=24, spread=1.0), 20),
    "many centers": (blobs(8000, d=48, k=300, spread=0.3), 200),
    "few axes": (along_few_axes(), 200),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("algorithm", "case"), [(a, c) for a in MOST_WORK for c in MOST_WORK[a]])
def test_no_algorithm_does_more_work_than_it_says(algorithm, case, level):
    points, k = CASES[case]
    result = em.fit(Problem.checked(points), k, algorithm=algorithm, tol=0.0, seed=5, level=level)
    every = len(points) * k * result.n_steps
    assert result.n_distances <= MOST_WORK[algorithm][case] * every


@pytest.mark.parametrize("level", LEVELS)
def test_gaps_are_not_given_up_for_one_dear_step(level):
    """Where a center goes far most rows are looked at once, and few the step after."""
    rng = np.random.default_rng(0)
    places = rng.uniform(-10.0, 10.0, (100, 8))
    points = (places[rng.integers(100, size=100_000)] + rng.normal(size=(100_000, 8))).astype(np.float32)
    work = {
        algorithm: em.fit(
            Problem.checked(points),
            100,
            seeding=Given(points[:100]),
            algorithm=algorithm,
            max_iter=20,
            tol=0.0,
            level=level,
        ).n_distances
        for algorithm in ("auto", "hamerly")
    }
    assert work["auto"] <= 1.1 * work["hamerly"]


@pytest.mark.parametrize("level", LEVELS)
def test_heads_are_asked_for_as_long_as_they_spare_most(level):
    """Later, groups alone are looked at. Each fit of a session begins with heads."""
    problem = Problem.checked(along_few_axes(9000, power=0.75).astype(np.float32))
    engines = [MemoryEngine(problem, level=level, way=way) for way in ("auto", "heads")]
    for _ in range(2):
        work = np.zeros((60, 2), dtype=int)
        centers = problem.points[:100].astype(np.float64)
        for step in work:
            tallies = [engine.e_step(centers) for engine in engines]
            step[:] = [tally.n_distances for tally in tallies]
            centers = tallies[0].m_step(centers)
        np.testing.assert_array_equal(work[:10, 0], work[:10, 1])
        assert (work[10:, 0] != work[10:, 1]).any()
        for engine in engines:
            engine.forget()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_fit_does_the_same_work(algorithm):
    problem = Problem.checked(blobs())
    histories = {em.fit(problem, 20, algorithm=algorithm, seed=5, n_threads=n).history for n in (1, 3, 1)}
    assert len(histories) == 1


def test_an_algorithm_that_is_not_for_these_points_is_refused():
    with pytest.raises(ParameterError, match=r"'kanungo' is for at most 8 features, but X has 9"):
        em.fit(Problem.checked(blobs(d=9)), 3, algorithm="kanungo")
    scipy_sparse = pytest.importorskip("scipy.sparse")
    sparse = Problem.checked(as_sparse_points(scipy_sparse.csr_matrix(np.eye(4)), "X"))
    for name, algorithm in ALGORITHMS.items():
        if algorithm.dense:
            with pytest.raises(ParameterError, match="not for sparse X"):
                em.fit(sparse, 2, algorithm=name)
        else:
            assert bits(em.fit(sparse, 2, algorithm=name)) == bits(em.fit(sparse, 2))


@given(
    case=brute.cases(weighings=("none", "whole", "thousands"), kinds=("gridded", "repeated", "flat", "plain"))
)
def test_merged_rows_are_the_distinct_rows_with_the_weight_of_all_that_equal_them(case):
    problem = case.problem()
    merged = merge.merged(problem)
    distinct = np.unique(case.points, axis=0)
    if merged is None:
        assert len(distinct) == problem.n
        return
    assert len(merged.problem.points) == len(distinct)
    np.testing.assert_array_equal(merged.problem.points[merged.place], case.points)
    weights = np.ones(problem.n) if case.weights is None else case.weights
    of_merged = np.ones(len(distinct)) if merged.problem.weights is None else merged.problem.weights
    np.testing.assert_array_equal(np.bincount(merged.place, weights), of_merged)


def test_threads_and_the_sign_of_zero_do_not_change_what_is_merged():
    points = colours() - np.float32(128)
    points[::2] *= np.where(points[::2] == 0, np.float32(-1), np.float32(1))
    merges = [merge.merged(Problem.checked(points, n_threads=n)) for n in (1, 4)]
    np.testing.assert_array_equal(merges[0].place, merges[1].place)
    assert merges[0].problem.n == len(np.unique(points, axis=0))


def test_rows_whose_weights_are_not_whole_are_not_merged():
    points = np.zeros((10, 1))
    assert merge.merged(Problem.checked(points, np.full(10, 0.1))) is None
    assert merge.merged(Problem.checked(points, np.full(10, 2.0**33))) is None  # the products would round
    assert merge.merged(Problem.checked(points, np.full(10, 3.0))).problem.n == 1


def test_rows_are_merged_where_they_repeat_themselves_and_there_is_work_to_save():
    assert merge.where_it_pays(Problem.checked(colours()), 40, 100).problem.n < 30_000
    for points, k, n_passes in [
        (colours(), 2, 100),
        (colours(), 40, 20),
        (blobs(), 40, 100),
        (colours(1000), 40, 100),
    ]:
        assert merge.where_it_pays(Problem.checked(points), k, n_passes) is None


@pytest.mark.parametrize("d", [1, 128])
def test_distinct_rows_are_not_merged_however_many_there_are(d):
    points = np.random.default_rng(0).random((20_000_000 // d**2 + 40_000, d), dtype=np.float32)
    points[-1] = points[0]
    problem = Problem.checked(points)
    assert _native.about_how_many_distinct(problem.native_points) == problem.n
    assert merge.where_it_pays(problem, 96, 100) is None


def unmixed(value):
    """The inverse of the mix that hashes are made of (native/draw.hpp)."""
    mask = 2**64 - 1
    for shift, factor in [(31, 0x94D049BB133111EB), (27, 0xBF58476D1CE4E5B9), (30, 1)]:
        x = value
        for _ in range(64 // shift + 1):
            x = value ^ (x >> shift)
        value = x * pow(factor, -1, 2**64) & mask
    return value


def mixed(value):
    mask = 2**64 - 1
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return value ^ (value >> 31)


def test_rows_whose_hashes_are_made_alike_are_not_merged_for_that():
    salts = [mixed((f + 1) * 0x9E3779B97F4A7C15 % 2**64) for f in range(2)]
    rng = np.random.default_rng(0)
    first = rng.random(6000)
    bits = [
        unmixed((2**60 - mixed((int(b) + salts[0]) % 2**64)) % 2**64) - salts[1]
        for b in first.view(np.uint64)
    ]
    second = np.array([b % 2**64 for b in bits], dtype=np.uint64).view(np.float64)
    ordinary = (np.abs(second) > 1e-60) & (np.abs(second) < 1e80)
    problem = Problem.checked(np.stack([first, second], axis=1)[ordinary])
    assert problem.n > 1000
    assert len(np.unique(_native.hashes(problem.native_points, 1))) == 1
    assert merge.merged(problem) is None


def test_a_zero_has_no_sign_in_first_centers():
    problem = Problem.checked([[0.0], [-0.0], [1.0], [1.0]])
    fits = [em.fit(problem, 3, algorithm=a, seed=2, max_iter=1, progress=Silent()) for a in ALGORITHMS]
    assert {fit.centers.tobytes() for fit in fits} == {fits[0].centers.tobytes()}
