"""Long work is watched and ended: by a callback, by a time budget. What was reached is kept and is right.

Clocks here are fakes that somebody moves, save one. Consistent means contract 6: the labels are what
``predict`` says, the cost is that of these labels and centers.
"""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import time

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from globular import KMeans, em, k_means
from globular.errors import ParameterError
from globular.problem import Problem
from globular.progress import Progress, Report
from globular.registry import ENGINES
from globular.seeding.plus_plus import PlusPlus
from globular.stopping import Deadline


def points(n=600, dtype=np.float64):
    return np.random.default_rng(3).normal(size=(n, 3)).astype(dtype)


def assert_consistent(model, X, weights=None):
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    assert -model.score(X, sample_weight=weights) == model.inertia_
    assert len(model.history_) == model.n_iter_ >= 1


class Clock:
    """Says what it was told; counts who asks."""

    def __init__(self):
        self.now, self.asked = 0.0, 0

    def __call__(self):
        self.asked += 1
        return self.now


class Moves(Progress):
    """Moves a clock on at a start, or at a step of a start."""

    def __init__(self, clock, start, step):
        self.clock, self.at, self.index, self.heard = clock, (start, step), 0, []

    def start(self, index):
        self.index = index
        self.heard.append((index, 0))

    def step(self, step, stopped):
        self.heard.append((self.index, step.t))
        # The rules have looked at the clock already, so the next step is the one that takes too long.
        if (self.index, step.t + 1) == self.at:
            self.clock.now += 100.0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("start", "step"), [(0, 2), (0, 5), (1, 3), (2, 2)])
def test_the_step_in_which_the_budget_runs_out_is_the_last(engine, dtype, start, step):
    clock = Clock()
    progress = Moves(clock, start, step)
    problem = Problem.checked(points(300, dtype))
    settings = dict(n_init=4, tol=0.0, seed=1, engine=engine)
    result = em.fit(problem, 9, time_budget=Deadline.after(50.0, clock), progress=progress, **settings)
    assert progress.heard[-1] == (start, step)
    assert result.stopped_by == "time_budget"
    assert len(result.costs) == start + 1
    assert result.cost == min(result.costs)
    unlimited = em.fit(problem, 9, **settings)
    assert result.costs[:start] == unlimited.costs[:start]
    assert result.converged == (int(np.argmin(result.costs)) < start)
    again = em.finish(ENGINES[engine](problem), result.centers.astype(float), (), None, False, "")
    np.testing.assert_array_equal(again.labels, result.labels)
    assert again.cost == result.cost


class SlowPlusPlus(PlusPlus):
    """Takes 60 seconds of a clock."""

    def __init__(self, clock):
        super().__init__()
        object.__setattr__(self, "clock", clock)

    def __call__(self, engine, k, draws):
        self.clock.now += 60.0
        return super().__call__(engine, k, draws)


@pytest.mark.parametrize(
    ("budget", "starts", "steps_of_the_last"), [(0.0, 1, 1), (59.0, 1, 1), (60.0, 1, 1), (61.0, 1, None)]
)
def test_a_budget_that_choosing_centers_uses_up_leaves_one_step_or_the_best_start(
    budget, starts, steps_of_the_last
):
    clock = Clock()
    problem = Problem.checked(points(300))
    slow = SlowPlusPlus(clock)
    result = em.fit(problem, 9, seeding=slow, n_init=5, tol=0.0, time_budget=Deadline.after(budget, clock))
    assert len(result.costs) == starts
    assert result.stopped_by == "time_budget"
    if steps_of_the_last is not None:
        assert result.n_steps == steps_of_the_last
        assert not result.converged
    else:  # the first start came to rest; the centers of the second took the rest of the time
        assert result.converged


def test_no_centers_are_chosen_when_the_time_is_over():
    """The first start comes to rest by itself, just as the time runs out: another would be for nothing."""
    clock = Clock()

    class MovesAtTheEnd(Progress):
        def step(self, step, stopped):
            clock.now += 100.0 if stopped else 0.0

    slow = SlowPlusPlus(clock)
    problem = Problem.checked(points(300))
    budget = Deadline.after(150.0, clock)
    result = em.fit(problem, 9, seeding=slow, n_init=5, time_budget=budget, progress=MovesAtTheEnd())
    assert clock.now == 160.0  # one choice of centers, one end of a start
    assert (result.stopped_by, result.converged, len(result.costs)) == ("time_budget", True, 1)


def test_no_clock_is_read_without_a_budget(monkeypatch):
    for name in ("time", "monotonic", "perf_counter", "process_time"):
        monkeypatch.setattr(time, name, lambda: pytest.fail("somebody read the clock"))
    monkeypatch.setattr(Deadline, "passed", property(lambda self: pytest.fail("no deadline was given")))
    em.fit(Problem.checked(points()), 5, n_init=2)
    KMeans(5, n_init=2, random_state=0).fit(points())


def test_a_budget_that_is_not_used_up_changes_nothing():
    plain = KMeans(6, n_init=3, random_state=0).fit(points())
    roomy = KMeans(6, n_init=3, random_state=0, time_budget=1e9).fit(points())
    assert plain.cluster_centers_.tobytes() == roomy.cluster_centers_.tobytes()
    assert plain.history_ == roomy.history_
    assert (plain.stopped_by_, plain.converged_) == (roomy.stopped_by_, roomy.converged_)
    assert plain.stopped_by_ in {"no_moves", "tol"}


@pytest.mark.parametrize("budget", [0, 0.0, 1e-9])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_model_out_of_time_is_consistent_and_says_so(budget, weighted):
    X = points(dtype=np.float32)
    weights = np.arange(len(X)) % 3.0 if weighted else None
    model = KMeans(20, n_init=7, random_state=0, tol=0.0, time_budget=budget)
    model.fit(X, sample_weight=weights)
    assert_consistent(model, X, weights)
    assert (model.n_iter_, model.stopped_by_, model.converged_) == (1, "time_budget", False)
    _, labels, cost = k_means(
        X, 20, sample_weight=weights, n_init=7, random_state=0, tol=0.0, time_budget=budget
    )
    np.testing.assert_array_equal(labels, model.labels_)
    assert cost == model.inertia_


def test_a_real_clock_ends_a_fit_that_would_take_hours():
    X = np.random.default_rng(0).normal(size=(30_000, 8)).astype(np.float32)
    model = KMeans(300, init="random", n_init=100_000, tol=0.0, random_state=0, time_budget=0.7)
    began = time.perf_counter()
    model.fit(X)
    assert 0.7 <= time.perf_counter() - began < 20.0
    assert model.stopped_by_ == "time_budget"
    assert_consistent(model, X)


@pytest.mark.parametrize("bad", [-1.0, "soon", float("nan"), True, [1.0]])
def test_a_budget_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="time_budget"):
        em.fit(Problem.checked(points()), 2, time_budget=bad)
    if bad is not True:  # scikit-learn takes True for a number
        with pytest.raises(ValueError, match="time_budget"):
            KMeans(2, time_budget=bad).fit(points())


def test_stopped_by_names_the_rule():
    X = points()
    assert KMeans(20, random_state=0, tol=0.0).fit(X).stopped_by_ == "no_moves"
    assert KMeans(20, random_state=0, tol=1e-2).fit(X).stopped_by_ == "tol"
    short = KMeans(20, random_state=0, tol=0.0, max_iter=2).fit(X)
    assert (short.stopped_by_, short.converged_) == ("max_iter", False)
    assert KMeans(20, random_state=0, callback=lambda r: True).fit(X).stopped_by_ == "callback"


def test_a_callback_hears_of_every_step_and_changes_nothing():
    heard = []
    plain = KMeans(8, n_init=3, random_state=0).fit(points())
    model = KMeans(8, n_init=3, random_state=0, callback=heard.append).fit(points())
    assert model.cluster_centers_.tobytes() == plain.cluster_centers_.tobytes()
    assert model.history_ == plain.history_
    assert {report.start for report in heard} == {0, 1, 2}
    assert all(report.n_starts == 3 for report in heard)
    for start in range(3):
        mine = [report for report in heard if report.start == start]
        assert [report.t for report in mine] == list(range(1, len(mine) + 1))
        assert [report.stopped_by is None for report in mine] == [True] * (len(mine) - 1) + [False]
    shared = [f.name for f in dataclasses.fields(Report) if hasattr(model.history_[0], f.name)]
    assert {"t", "cost", "shift_sq", "n_changed", "n_moved", "n_distances"} == set(shared)
    told = [tuple(getattr(report, name) for name in shared) for report in heard]
    kept = [tuple(getattr(step, name) for name in shared) for step in model.history_]
    assert any(told[i : i + len(kept)] == kept for i in range(len(told)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        heard[0].cost = 0.0


@pytest.mark.parametrize("yes", [True, np.True_])
@pytest.mark.parametrize(("start", "step"), [(0, 1), (0, 4), (1, 1), (2, 3)])
def test_true_stops_the_fit_with_the_best_so_far(start, step, yes):
    heard = []

    def stop_there(report):
        heard.append((report.start, report.t))
        return yes if (report.start, report.t) == (start, step) else None

    X = points()
    model = KMeans(15, init="random", n_init=5, random_state=2, tol=0.0, callback=stop_there).fit(X)
    assert heard[-1] == (start, step)
    assert model.stopped_by_ == "callback"
    assert_consistent(model, X)
    if start == 0:
        assert model.n_iter_ == step
        assert not model.converged_
    else:
        alone = KMeans(15, init="random", n_init=start, random_state=2, tol=0.0).fit(X)
        assert model.inertia_ <= alone.inertia_
        assert model.converged_ == (model.inertia_ == alone.inertia_)


def test_true_at_the_very_last_step_cuts_nothing_short():
    X = points()
    model = KMeans(5, n_init=2, random_state=0, callback=lambda r: r.start == 1 and bool(r.stopped_by))
    plain = KMeans(5, n_init=2, random_state=0).fit(X)
    assert model.fit(X).stopped_by_ == plain.stopped_by_
    assert model.inertia_ == plain.inertia_


@pytest.mark.parametrize("answer", [0, 1, "stop", 3.5, [], np.zeros(2)])
def test_an_answer_that_is_neither_yes_nor_no_is_refused(answer):
    with pytest.raises(ParameterError, match=r"callback returned .* must return True to stop the fit"):
        KMeans(2, callback=lambda report: answer).fit(points())


class Odd(Exception):
    """An exception with an attribute that looks like ours."""

    result = "not a result"


@pytest.mark.parametrize("error", [ZeroDivisionError, StopIteration, GeneratorExit, SystemExit, Odd])
@pytest.mark.parametrize("fitted", [False, True])
def test_an_exception_in_a_callback_comes_out_and_leaves_the_model_as_it_was(error, fitted):
    def fail(report):
        if (report.start, report.t) == (1, 2):
            raise error

    model = KMeans(4, n_init=3, random_state=0)
    if fitted:
        model.fit(points())
    before = dict(vars(model), callback=fail)
    model.set_params(callback=fail)
    with pytest.raises(error):
        model.fit(points(50)[:, :2])
    assert vars(model) == before or fitted
    assert {name: id(value) for name, value in vars(model).items()} == {
        name: id(value) for name, value in before.items()
    }
    if not fitted:
        with pytest.raises(NotFittedError):
            model.predict(points())


def test_the_interrupt_of_a_fit_within_is_not_taken_for_ours():
    """A start that is itself a fit, on other points, and interrupted: its result is not of our points."""

    def interrupted(report):
        raise KeyboardInterrupt

    def start(X, k, random_state):
        return KMeans(k, random_state=0, callback=interrupted).fit(X[:50, :1]).cluster_centers_

    model = KMeans(3, init=start, n_init=2)
    with pytest.raises(KeyboardInterrupt):
        model.fit(points())
    assert not hasattr(model, "labels_")


def test_ctrl_c_within_a_callback_keeps_the_best():
    def interrupt(report):
        if report.t == 3:
            raise KeyboardInterrupt

    X = points()
    model = KMeans(15, random_state=0, tol=0.0, callback=interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert (model.n_iter_, model.stopped_by_, model.converged_) == (3, "interrupt", False)
    assert_consistent(model, X)


class Recorder:
    """A callback that is an object."""

    def __init__(self):
        self.heard = []

    def __call__(self, report):
        self.heard.append(report)


def stop_at_two(report):
    return report.t == 2


def test_a_callback_is_a_parameter_like_any_other():
    for callback in (stop_at_two, Recorder(), None):
        model = KMeans(3, callback=callback)
        assert model.get_params()["callback"] is callback
        copy = clone(model)
        assert (copy.callback is callback) == (not isinstance(callback, Recorder))
        assert type(copy.callback) is type(callback)
        assert type(pickle.loads(pickle.dumps(model)).callback) is type(callback)
    assert "callback" not in repr(KMeans())
    with pytest.raises(ValueError, match="callback"):
        KMeans(callback="loud").fit(points())


def test_a_callback_goes_into_other_processes():
    model = KMeans(15, random_state=0, tol=0.0, callback=stop_at_two)
    steps = Parallel(n_jobs=2)(delayed(lambda m: m.fit(points()).n_iter_)(model) for _ in range(2))
    assert steps == [2, 2]


def test_verbose_and_a_callback_both_hear(capsys):
    heard = []
    model = KMeans(3, random_state=0, verbose=1, callback=heard.append).fit(points())
    assert capsys.readouterr().out.count("Iteration") == len(heard) == model.n_iter_


def test_functions_take_what_the_estimator_takes():
    ours = set(inspect.signature(KMeans).parameters)
    assert ours <= set(inspect.signature(k_means).parameters)
