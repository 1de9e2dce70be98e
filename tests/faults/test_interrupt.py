"""Ctrl-C stops a fit soon and loses nothing: what was reached is kept, and it is right.

Signals are sent by a timer while the native core works, and from inside the loop at chosen steps.
"""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from brute import own
from ctrl_c import ctrl_c_after
from sklearn.exceptions import NotFittedError

from globular import KMeans, MiniBatchKMeans, em, finish
from globular.errors import Interrupted
from globular.estimators.listener import Listener
from globular.problem import Problem
from globular.progress import Progress
from globular.registry import ENGINES


class Interrupter(Progress):
    """Interrupts at a step of a start; hears nothing else."""

    def __init__(self, start, step):
        self.at = (start, step)
        self.now = 0

    def start(self, index):
        self.now = index
        if self.at == (index, 0):
            raise KeyboardInterrupt

    def step(self, step, stopped):
        if self.at == (self.now, step.t):
            raise KeyboardInterrupt

    def warn(self, message, category):
        raise AssertionError(message)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("start", "step"), [(0, 1), (0, 2), (1, 0), (1, 1), (2, 3)])
def test_what_was_reached_is_kept_and_right(start, step, dtype, engine):
    X = np.random.default_rng(0).normal(size=(400, 3)).astype(dtype)
    with pytest.raises(Interrupted) as caught:
        em.fit(Problem.checked(X), 12, n_init=4, tol=0.0, engine=engine, progress=Interrupter(start, step))
    result = caught.value.result
    assert not (start == 0 and result.converged)
    assert result.centers.dtype == dtype
    np.testing.assert_array_equal(result.labels, em.assign(X, result.centers))
    assert result.cost == math.fsum(own(X, result.centers, result.labels))
    assert len(result.costs) == start + (step > 0)
    assert result.cost == min(result.costs)


@pytest.mark.parametrize("engine", ENGINES)
def test_before_the_first_step_there_is_nothing_to_keep(engine):
    X = np.random.default_rng(0).normal(size=(40, 3))
    with pytest.raises(Interrupted) as caught:
        em.fit(Problem.checked(X), 2, engine=engine, progress=Interrupter(0, 0))
    assert caught.value.result is None
    model = KMeans(2, init=lambda *_, **__: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert not hasattr(model, "labels_")
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.parametrize("bad", ["too few rows", "interrupted"])
def test_a_fit_that_gives_nothing_leaves_the_model_as_it_was(bad):
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = KMeans(3, random_state=0).fit(X)
    before = model.predict(X)
    if bad == "too few rows":
        with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=3"):
            model.fit(X[:2, :2])
    else:
        model.set_params(init=lambda *_, **__: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            model.fit(X[:, :2])
    assert model.n_features_in_ == 3
    np.testing.assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.6])
@pytest.mark.parametrize("weighted", [False, True])
def test_ctrl_c_in_the_native_core_keeps_the_best_and_is_heard_soon(seconds, weighted, monkeypatch):
    armed = []

    def ring_after_the_first_step(self, step, stopped):
        if not armed:
            armed.append(time.perf_counter())
            signal.setitimer(signal.ITIMER_REAL, seconds)

    monkeypatch.setattr(Listener, "step", ring_after_the_first_step)
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200_000, 16)).astype(np.float32)
    model = KMeans(400, init="random", n_init=100_000, tol=0.0, random_state=0)
    weights = rng.integers(0, 3, len(X)).astype(float) if weighted else None
    with pytest.raises(KeyboardInterrupt), ctrl_c_after(60.0):
        model.fit(X, sample_weight=weights)
    assert time.perf_counter() - armed[0] < seconds + 5.0  # never the hours that are left
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    assert -model.score(X, sample_weight=weights) == model.inertia_
    if not weighted:
        assert model.inertia_ == math.fsum(own(X, model.cluster_centers_, model.labels_))
    assert 0 < model.n_iter_ <= 300


@pytest.mark.parametrize("estimator", [KMeans, MiniBatchKMeans])
def test_ctrl_c_while_rows_of_weight_zero_get_their_labels_keeps_the_fit(estimator, monkeypatch):
    asked = []

    def interrupted_once(*args, **settings):
        asked.append(args)
        if len(asked) == 1:
            raise KeyboardInterrupt
        return em.assign(*args, **settings)

    monkeypatch.setattr(finish, "assign", interrupted_once)
    X = np.random.default_rng(0).normal(size=(3000, 3))
    weights = np.arange(len(X)) % 3.0
    model = estimator(5, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, sample_weight=weights)
    assert len(asked) == 2
    assert model.stopped_by_ == "interrupt"
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    undisturbed = estimator(5, random_state=0).fit(X, sample_weight=weights)
    assert model.inertia_ == undisturbed.inertia_
    np.testing.assert_array_equal(model.cluster_centers_, undisturbed.cluster_centers_)


def test_an_interrupted_session_starts_afresh():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(300_000, 20))
    engine = ENGINES["memory"](Problem.checked(X), n_threads=2)
    centers = X[:300].copy()

    def step_for_ever(centers):
        while True:
            engine.e_step(centers)
            centers = rng.permutation(centers)

    with pytest.raises(KeyboardInterrupt), ctrl_c_after(0.1):
        step_for_ever(centers)
    tally = engine.e_step(X[:40].copy())
    fresh = ENGINES["memory"](Problem.checked(X))
    expected = fresh.e_step(X[:40].copy())
    np.testing.assert_array_equal(tally.sums, expected.sums)
    np.testing.assert_array_equal(engine.labels(), fresh.labels())


@pytest.mark.parametrize("call", ["predict", "transform", "fit"])
def test_every_long_call_hears_ctrl_c(call):
    """In a process of its own, with a real SIGINT."""
    script = f"""
import os, signal, threading, time
import numpy as np
from globular import KMeans
X = np.random.default_rng(0).normal(size=(200_000, 30)).astype(np.float32)
model = KMeans(500, init=X[:500], n_init=1, max_iter=1, tol=0.0).fit(X[:2000])
model.set_params(max_iter=100_000)
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    while True:
        model.{call}(X)
except KeyboardInterrupt:
    print("stopped")
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout == "stopped\n", run.stderr
    assert run.returncode == 0
