"""Forks, threads and process pools: no call leaves anything behind that could hang or leak into another."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, delayed

from globular import KMeans, em
from globular.engines.memory import MemoryEngine
from globular.problem import Problem


def data():
    return np.random.default_rng(0).normal(size=(60_000, 6)).astype(np.float32)


def fitted(seed):
    model = KMeans(20, random_state=seed, n_threads=4, max_iter=4, tol=0.0).fit(data())
    return model.cluster_centers_.tobytes(), model.labels_.tobytes(), model.inertia_


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_fits_after_its_parent_did(method):
    expected = fitted(1)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        outcomes = [f.result(timeout=120) for f in [pool.submit(fitted, 1) for _ in range(3)]]
    assert outcomes == [expected] * 3


def test_fits_at_the_same_time_give_the_same_bits():
    expected = [fitted(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fitted, [*range(4)] * 3)) == expected * 3


def test_joblib_s_threads_and_ours_get_along():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outcomes = Parallel(n_jobs=2, prefer="threads")(delayed(fitted)(0) for _ in range(4))
    assert outcomes == [fitted(0)] * 4


def test_a_session_in_use_is_refused_to_a_second_thread():
    X = np.random.default_rng(1).normal(size=(100_000, 16))
    engine = MemoryEngine(Problem.checked(X), n_threads=2)
    centers = [np.ascontiguousarray(X[s : s + 150]) for s in range(8)]
    expected = [MemoryEngine(engine.problem).e_step(c).sums for c in centers]

    def step(c):
        try:
            return engine.e_step(c).sums
        except RuntimeError as error:
            return str(error)

    refused = 0
    with ThreadPoolExecutor(4) as pool:
        for s, sums in enumerate(pool.map(step, centers)):
            if isinstance(sums, str):
                assert "in use by another thread; make one per thread" in sums
                refused += 1
            else:
                np.testing.assert_array_equal(sums, expected[s])
    assert refused < 8
    np.testing.assert_array_equal(engine.e_step(centers[0]).sums, expected[0])


def test_a_prediction_by_many_threads_at_once_is_right():
    X = data()
    model = KMeans(20, random_state=0, max_iter=3).fit(X)
    with ThreadPoolExecutor(8) as pool:
        for labels in pool.map(lambda _: model.predict(X), range(16)):
            np.testing.assert_array_equal(labels, model.labels_)


def test_more_threads_than_the_system_gives_are_fewer_not_a_failure():
    script = """
import resource
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import numpy as np
from globular import KMeans
X = np.random.default_rng(0).normal(size=(100_000, 8))
a, b = (KMeans(20, random_state=0, n_threads=n, max_iter=3, tol=0.0).fit(X) for n in (1, 500))
assert a.inertia_ == b.inertia_
print("fine")
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout == "fine\n", run.stderr


def test_a_problem_outlives_the_names_of_its_arrays():
    engine = MemoryEngine(Problem.checked(data().astype(np.float64), np.full(60_000, 2.5)))
    junk = [np.full((60_000, 6), np.nan) for _ in range(5)]
    centers = data()[:30].astype(np.float64)
    engine.e_step(centers)
    del junk
    np.testing.assert_array_equal(engine.labels(), em.assign(data().astype(np.float64), centers))
