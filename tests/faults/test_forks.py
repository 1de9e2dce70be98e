"""A hundred forks and twenty fits at once: no hang, same bits.

Nothing of ours lives longer than an instant between two calls, and no lock is held by it. So a process may be
forked at any moment, also while another of its threads is within the native core, and the child can fit. Each
test runs in a process of its own with a time limit, so that a hang is a failure.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

COMMON = """
import hashlib, os, signal, sys, threading, time, warnings
import numpy as np
from globular import KMeans

warnings.filterwarnings("ignore", "This process .* is multi-threaded, use of fork", DeprecationWarning)

def points(seed, n=20_000):
    return np.random.default_rng(seed).normal(size=(n, 5)).astype(np.float32 if seed % 2 else np.float64)

def fitted(seed, n=20_000):
    model = KMeans(12, random_state=seed, n_threads=3, max_iter=3, tol=0.0).fit(points(seed, n))
    bits = model.cluster_centers_.tobytes() + model.labels_.tobytes()
    bits += model.predict(points(seed, n)).tobytes()
    return hashlib.sha256(bits + repr(model.inertia_).encode()).hexdigest()
"""


def run(script, timeout=120):
    """Run a script after COMMON; return what it printed. A hang fails."""
    code = COMMON + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_twenty_fits_at_once_from_a_thread_pool_give_the_bits_of_each_alone():
    out = run(
        """
        from concurrent.futures import ThreadPoolExecutor
        alone = [fitted(seed) for seed in range(20)]
        assert len(set(alone)) == 20
        with ThreadPoolExecutor(20) as pool:
            together = list(pool.map(fitted, [*range(20)] * 3))
        print(together == alone * 3)
        """
    )
    assert out == "True\n"


def test_a_child_forked_while_a_helper_waits_begins_its_own():
    out = run(
        """
        X = points(0)
        def bits():
            return KMeans(12, random_state=0, n_threads=2, max_iter=3, tol=0.0).fit(X).labels_.tobytes()
        expected = bits()
        for _ in range(50):
            bits()
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                os._exit(0 if bits() == expected else 1)
            assert os.waitpid(child, 0)[1] == 0
        print("done")
        """
    )
    assert out == "done\n"


def test_no_thread_is_left_a_moment_after_a_fit():
    out = run(
        """
        def n_threads():
            return len(os.listdir("/proc/self/task"))
        before = n_threads()
        for seed in range(5):
            KMeans(12, random_state=seed, n_threads=2, max_iter=3, tol=0.0).fit(points(seed))
        for _ in range(500):
            if n_threads() == before:
                break
            time.sleep(0.01)
        print(n_threads() - before)
        """
    )
    assert out == "0\n"


FORKS = """
# Children of {children}: while other threads fit, a hundred forks.
expected = [fitted(seed, 4000) for seed in range(4)]
stop = threading.Event()
wrong = []

def keep_fitting(seed):
    want = fitted(seed)
    while not stop.is_set():
        if fitted(seed) != want:
            wrong.append(seed)

threads = [threading.Thread(target=keep_fitting, args=(seed,)) for seed in range({fitting})]
for thread in threads:
    thread.start()
good = 0
for i in range(100):
    if i % 10 == 0:
        time.sleep(0.005)  # so that forks fall on other moments of the fits
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs dies of it, and is counted as bad
        right = i % 2 == 0 or fitted(i % 4, 4000) == expected[i % 4]
        os._exit(0 if right else 3)
    pid, status = os.waitpid(child, 0)
    good += status == 0
    if status:
        break
stop.set()
for thread in threads:
    thread.join()
print(good, wrong)
"""


@pytest.mark.parametrize("fitting", [1, 3])
def test_a_hundred_forks_during_fits_neither_hang_nor_change_a_bit(fitting):
    """Half of the children exit at once, half fit; the threads of the parent go on all the while."""
    assert run(FORKS.replace("{fitting}", str(fitting)).replace("{children}", "this process")) == "100 []\n"


def test_a_child_of_a_child_fits_while_all_of_its_parents_do():
    out = run(
        """
        want = fitted(1)
        depth = 0
        while depth < 4:
            if os.fork():
                own = fitted(1)
                _, status = os.wait()
                if depth:
                    os._exit(0 if own == want and status == 0 else 3)
                print(own == want, status)
                break
            signal.alarm(60)
            depth += 1
        else:
            os._exit(0 if fitted(1) == want else 3)
        """
    )
    assert out == "True 0\n"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools_of_every_kind_give_the_same_bits(method, tmp_path):
    """While a thread of the parent fits. A file, since spawned children import what they are to run."""
    script = tmp_path / "pools.py"
    script.write_text(
        COMMON
        + textwrap.dedent(
            f"""
            import multiprocessing

            if __name__ == "__main__":
                expected = [fitted(seed) for seed in range(4)]
                context = multiprocessing.get_context("{method}")
                thread = threading.Thread(target=lambda: [fitted(0) for _ in range(20)])
                thread.start()
                with context.Pool(2) as pool:
                    got = pool.map_async(fitted, [*range(4)] * 2, chunksize=1).get(timeout=90)
                thread.join()
                print(got == expected * 2)
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "True\n", done.stderr


def test_a_fit_that_a_child_interrupts_leaves_the_parent_s_alone():
    """Ctrl-C in one process of a family is its own affair."""
    out = run(
        """
        want = fitted(2)
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            model = KMeans(50, random_state=0, n_init=10_000, tol=0.0)
            threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                model.fit(points(0))
            except KeyboardInterrupt:
                os._exit(0 if (model.predict(points(0)) == model.labels_).all() else 3)
            os._exit(4)
        own = fitted(2)
        print(own == want, os.waitpid(child, 0)[1])
        """
    )
    assert out == "True 0\n"


OF_EVERY_ESTIMATOR = """
from globular import KernelKMeans, MiniBatchKMeans, SpectralClustering

MODELS = [
    MiniBatchKMeans(8, batch_size=256, max_iter=1, random_state=0, n_threads=3),
    KernelKMeans(3, n_landmarks=50, n_init=2, random_state=0, n_threads=3),
    SpectralClustering(3, affinity="dense_neighbors", n_init=2, random_state=0, n_threads=3),
]

def labelled(i, n=600):
    return MODELS[i].fit(points(1, n)).labels_.tobytes()

want = [labelled(i) for i in range(3)]
stop = threading.Event()

def keep_fitting(i):
    while not stop.is_set():
        fitted(i, 600)

thread = threading.Thread(target=keep_fitting, args=(0,))
thread.start()
good = 0
for i in range(9):
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a child that hangs dies of it
        os._exit(0 if labelled(i % 3) == want[i % 3] else 3)
    good += os.waitpid(child, 0)[1] == 0
stop.set()
thread.join()
print(good)
"""


def test_a_forked_child_fits_every_other_estimator_to_the_same_bits():
    assert run(OF_EVERY_ESTIMATOR) == "9\n"


def test_the_limit_on_the_threads_of_blas_is_lifted_when_the_last_thread_is_done_and_a_child_diagnoses():
    """The child is forked afterwards: within BLAS, OpenBLAS itself hangs in it."""
    out = run(
        """
        from threadpoolctl import threadpool_info
        from globular import diagnose
        blas = lambda: [m["num_threads"] for m in threadpool_info() if m["user_api"] == "blas"]
        X, before = points(1, 300), blas()
        model = KMeans(3, random_state=0).fit(X)
        want, said = str(diagnose(model, X)), []
        threads = [threading.Thread(target=lambda: said.append(str(diagnose(model, X)))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(said == [want] * 3, blas() == before, flush=True)
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            os._exit(0 if str(diagnose(model, X)) == want else 3)
        print(os.waitpid(child, 0)[1])
        """
    )
    assert out == "True True\n0\n"
