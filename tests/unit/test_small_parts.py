"""The small parts, each alone: stopping rules, threads, the registry, errors, em_steps, problems."""

from __future__ import annotations

import os

import numpy as np
import pytest

import globular
from globular import em, em_steps, errors
from globular.errors import GlobularError, GlobularWarning
from globular.finish import stopped_at
from globular.problem import Problem
from globular.registry import ALGORITHMS, ENGINES, SEEDINGS, look_up
from globular.step import Step
from globular.stopping import AnyOf, MaxSteps, NoMoves, Shift
from globular.threads import threads

X = np.array([[0.0], [1.0], [5.0], [6.0]])


def step(t=1, shift_sq=1.0, n_moved=1):
    return Step(t, 0.0, shift_sq, 0, 0, 0, n_moved, 0)


def test_each_rule_stops_when_it_says():
    assert NoMoves()(step(n_moved=0))
    assert NoMoves()(step(shift_sq=0.0)) is None  # the square of a tiny move may be zero
    assert Shift(2.0)(step(shift_sq=2.0))
    assert Shift(2.0)(step(shift_sq=np.nextafter(2.0, 3.0))) is None
    assert MaxSteps(3)(step(3))
    assert MaxSteps(3)(step(2)) is None


def test_any_of_tells_which_rule_it_was():
    rules = AnyOf(NoMoves(), Shift(1e-3), MaxSteps(2))
    assert isinstance(rules(step(n_moved=0)), NoMoves)
    assert isinstance(rules(step(5, shift_sq=1e-4)), Shift)
    assert isinstance(rules(step(2)), MaxSteps)
    assert rules(step(1)) is None
    assert [rule.settled for rule in rules.rules] == [True, True, False]


def test_threads_are_those_asked_for_or_those_granted(monkeypatch):
    assert threads(5) == (5, "asked for")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert threads()[0] == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1,4")
    assert threads()[0] == 1
    for ignored in ["0", "-3", "many", "", "100000"]:
        monkeypatch.setenv("OMP_NUM_THREADS", ignored)
        assert 1 <= threads()[0] <= (os.cpu_count() or 1)


def test_the_registry_names_what_there_is():
    for table in (ENGINES, SEEDINGS, ALGORITHMS):
        for name in table:
            assert look_up(table, name, "x") is table[name]
        with pytest.raises(errors.ParameterError, match=", ".join(map(repr, table)).replace("+", r"\+")):
            look_up(table, "?", "x")


def test_every_error_and_warning_hangs_on_one_tree():
    for value in vars(errors).values():
        if (
            isinstance(value, type)
            and value.__module__ == errors.__name__
            and value is not errors.Interrupted
        ):
            assert issubclass(value, GlobularError | GlobularWarning)
    assert issubclass(errors.Interrupted, KeyboardInterrupt)
    assert not issubclass(errors.Interrupted, Exception)


def test_the_public_names_are_there_and_no_others_are_missed():
    for name in globular.__all__:
        assert getattr(globular, name) is not None
        assert name in dir(globular)
    with pytest.raises(AttributeError, match="no attribute 'KMean'"):
        _ = globular.KMean


def test_em_steps_are_the_chapter_s_pictures():
    halves = list(em_steps(X, [[0.0], [1.0]]))
    assert [h.kind for h in halves] == ["E", "M"] * (len(halves) // 2)
    assert [h.t for h in halves] == [t for t in range(1, len(halves) // 2 + 1) for _ in "EM"]
    first, then = halves[:2]
    np.testing.assert_array_equal(first.labels, [0, 1, 1, 1])
    np.testing.assert_array_equal(first.changed, [0, 1, 2, 3])
    np.testing.assert_array_equal(first.centers, first.before)
    np.testing.assert_array_equal(then.centers, [[0.0], [4.0]])
    np.testing.assert_array_equal(then.labels, first.labels)
    assert len(then.changed) == 0
    np.testing.assert_array_equal(halves[-1].centers, [[0.5], [5.5]])
    np.testing.assert_array_equal(halves[-1].before, halves[-1].centers)
    assert halves[-1].cost == 1.0


def test_em_steps_end_after_max_iter():
    assert len(list(em_steps(X, [[0.0], [1.0]], max_iter=1))) == 2


def test_a_problem_takes_arrays_in_without_a_copy():
    points = np.random.default_rng(0).normal(size=(10, 2)).astype(np.float32)
    weights = np.arange(1.0, 11.0)
    problem = Problem.checked(points, weights)
    assert np.shares_memory(problem.points, points)
    assert np.shares_memory(problem.weights, weights)
    assert problem.rows is None
    assert (problem.n, problem.d) == (10, 2)
    assert Problem.checked(points, np.ones(10)).weights is None


@pytest.mark.parametrize("weighted", [False, True])
def test_the_spread_of_a_problem_is_its_variance(weighted):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(5000, 3)) * [1, 10, 100] + 50
    weights = rng.integers(1, 4, 5000).astype(float) if weighted else None
    repeated = points if weights is None else np.repeat(points, weights.astype(int), axis=0)
    problem = Problem.checked(points, weights)
    np.testing.assert_allclose(problem.spread.variance, repeated.var(axis=0), rtol=1e-12)
    assert problem.mean_variance == pytest.approx(repeated.var(axis=0).mean(), rel=1e-12)
    assert problem.spread.total_weight == len(repeated)
    np.testing.assert_array_equal(problem.frame.lowest, points.min(axis=0))
    np.testing.assert_array_equal(problem.frame.highest, points.max(axis=0))


def test_a_fit_tells_the_costs_of_all_starts_and_keeps_the_lowest():
    rng = np.random.default_rng(0)
    result = em.fit(Problem.checked(rng.normal(size=(200, 2))), 7, n_init=6, seed=2)
    assert len(result.costs) == 6
    assert result.cost == min(result.costs)
    assert result.seed == 2
    assert result.n_steps == len(result.history)
    alone = em.fit(Problem.checked(rng.normal(size=(200, 2))), 7, n_init=1, seed=2)
    assert alone.costs == (alone.cost,)


def test_show_versions_names_level_and_threads(capsys):
    globular.show_versions()
    out = capsys.readouterr().out
    for word in [globular.__version__, "level", "threads", "numpy", "scikit-learn"]:
        assert word in out


def test_nobody_who_watches_can_steer():
    X = np.random.default_rng(0).normal(size=(40, 2))
    for half in em_steps(X, X[:3]):
        for centers in (half.before, half.centers):
            with pytest.raises(ValueError, match="read-only"):
                centers[0] = 7.0
    centers = X[:3].copy()
    kept = stopped_at(Problem.checked(X), centers, [])
    assert not np.shares_memory(kept.centers, centers)
