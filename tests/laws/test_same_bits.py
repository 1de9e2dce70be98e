"""The same bits for any number of threads, at every level, from every engine.

Threads only share out the rows, levels only decide how fast a label is found, and the reference
engine is thirty lines of NumPy: none of them may change a single bit of centers, labels or costs.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
from brute import DTYPES, LEVELS
from hypothesis import given
from hypothesis import strategies as st

from globular import em
from globular.problem import Problem
from globular.registry import ENGINES, SEEDINGS, look_up
from globular.seeding import Draws
from globular.seeding.given import Given

THREADS = [1, 2, 3, 7, 16]


class Silent(em.Progress):
    """A fit of fewer distinct points than clusters is no news here."""

    def warn(self, message, category):
        assert category is em.ConvergenceWarning, message


def bits(result):
    """Everything that must not change, as bytes and exact numbers."""
    history = [(s.t, s.cost, s.shift_sq, s.n_changed, s.n_empty) for s in result.history]
    arrays = [result.centers.tobytes(), result.labels.tobytes(), result.sizes.tobytes()]
    return arrays, result.cost, result.costs, history, result.converged


def big(dtype, weighted, d=8):
    """Data that a dozen threads find worth starting for, and its weights."""
    rng = np.random.default_rng(7)
    centers = 4.0 * rng.normal(size=(12, d))
    points = np.ascontiguousarray(
        centers[rng.integers(0, 12, 150_001)] + rng.normal(size=(150_001, d)), dtype
    )
    return points, rng.uniform(0.1, 2.0, len(points)) if weighted else None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [2, 8])
@pytest.mark.parametrize("seeding", SEEDINGS)
def test_threads_and_levels_change_no_bit(seeding, d, dtype, weighted):
    points, weights = big(dtype, weighted, d)
    first = None
    for level, n_threads in [(LEVELS[-1], n) for n in THREADS] + [(level, 2) for level in LEVELS]:
        problem = Problem.checked(points, weights, n_threads=n_threads)
        outcome = em.fit(problem, 40, seeding=seeding, seed=3, max_iter=4, n_threads=n_threads, level=level)
        first = first or bits(outcome)
        assert bits(outcome) == first, (level, n_threads)


@pytest.mark.parametrize("d", [2, 8])
def test_threads_change_not_even_the_counts(d):
    points, weights = big(np.float32, False, d)
    for level in LEVELS:
        history = {
            em.fit(Problem.checked(points, weights), 40, seed=3, max_iter=3, n_threads=n, level=level).history
            for n in [1, 2, 7]
        }
        assert len(history) == 1


@pytest.mark.parametrize("n_threads", THREADS)
def test_threads_change_no_label_of_assign(n_threads):
    points, _ = big(np.float32, False)
    centers = points[:40].astype(np.float64)
    expected = brute.nearest(points, centers)
    np.testing.assert_array_equal(em.assign(points, centers, n_threads=n_threads), expected)


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=("none", "whole", "fractional", "thousands", "absent rows")))
def test_every_engine_gives_the_bits_of_the_reference(engine, case):
    k = min(case.k, case.problem().n)
    fits = [
        em.fit(
            case.problem(n_threads=n),
            k,
            seeding=Given(case.centers[:k]),
            engine=name,
            tol=0.0,
            max_iter=30,
            n_threads=n,
            progress=Silent(),
        )
        for name, n in [("reference", 1), (engine, 3)]
    ]
    assert bits(fits[0]) == bits(fits[1])


@pytest.mark.parametrize("level", LEVELS)
@given(case=brute.cases())
def test_every_level_gives_the_bits_of_the_reference(level, case):
    fits = [
        em.fit(
            case.problem(),
            case.k,
            seeding=Given(case.centers),
            engine=engine,
            max_iter=6,
            progress=Silent(),
            level=level,
        )
        for engine in ["reference", "memory"]
    ]
    assert bits(fits[0]) == bits(fits[1])


@pytest.mark.parametrize("seeding", SEEDINGS)
@given(
    case=brute.cases(weighings=("none", "whole", "fractional", "thousands", "absent rows")),
    seed=st.integers(0, 2**63),
)
def test_every_seeding_draws_the_same_rows_from_every_engine(seeding, case, seed):
    problem = case.problem()
    k = min(case.k, problem.n)
    first = [
        look_up(SEEDINGS, seeding, "seeding")()(make(problem), k, Draws(seed, 0)).tobytes()
        for make in ENGINES.values()
    ]
    assert len(set(first)) == 1


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=("none", "whole", "fractional")))
def test_em_steps_shows_the_same_from_every_engine(engine, case):
    def halves(name):
        steps = em.em_steps(case.points, case.centers, sample_weight=case.weights, max_iter=4, engine=name)
        return [
            (h.t, h.kind, h.cost, h.labels.tobytes(), h.centers.tobytes(), h.changed.tobytes()) for h in steps
        ]

    assert halves(engine) == halves("reference")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("n", "d"), [(2_200_001, 4), (2_900_001, 3)])
def test_rows_that_no_cache_holds_are_labelled_like_a_packed_copy_of_them(n, d, level):
    """In float32 they are packed anew in each pass; in float64, the same values, a copy is kept."""
    rng = np.random.default_rng(d)
    points = rng.random((n, d), dtype=np.float32) + rng.integers(0, 2, size=(n, 1), dtype=np.int8)
    how = dict(seeding=Given(points[:5].astype(np.float64)), max_iter=3, level=level)
    passing = em.fit(Problem.checked(points), 5, **how)
    kept = em.fit(Problem.checked(points.astype(np.float64)), 5, **how)
    assert (passing.labels == kept.labels).all()
    assert (passing.centers == kept.centers.astype(np.float32)).all()
