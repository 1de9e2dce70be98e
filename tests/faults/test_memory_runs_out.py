"""Too little memory is a MemoryError that says what for, at every point of a call; never a crash.

A process limits its own address space to what it has and a little more, from almost nothing to more than
enough, so that memory runs out everywhere in turn: while points are taken in, packed, seeded, labelled, and
while threads are started. After that, with memory again, the same fit gives the same bits.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from globular import KernelKMeans, SpectralClustering, em
from globular.errors import OutOfMemory
from globular.shortage import memory_for

SCRIPT = """
import json, os, resource, sys
import numpy as np, scipy.sparse
from globular import KernelKMeans, KMeans, MiniBatchKMeans, SpectralClustering, em
from globular.errors import OutOfMemory

call, kind, most = {call!r}, {kind!r}, {most}
rng = np.random.default_rng(0)
X = rng.normal(size=({n}, 8)).astype(np.float64 if kind == "float64" else np.float32)
weights = rng.integers(0, 3, len(X)).astype(float) if kind == "weighted" else None
if kind == "sparse":
    X[X < 1.0] = 0.0
    X = scipy.sparse.csr_array(X)
model_of = lambda: {model}

def bits(model):
    return getattr(model, "cluster_centers_", model.labels_).tobytes() + model.labels_.tobytes()

def work(model):
    if weights is not None and call in ("fit", "score"):
        return getattr(model, call)(X, sample_weight=weights)
    return getattr(model, call)(X)

def digest(got):
    return bits(got) if "fit" in call else np.asarray(got).tobytes()

whole = None if "fit" in call else model_of().fit(X)

def fresh():
    return model_of() if "fit" in call else whole

expected = digest(work(fresh()))

def used():
    return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()

def child(slack):
    # As much memory as is there, so that what was freed earlier is no help.
    before = resource.getrlimit(resource.RLIMIT_AS)
    model = fresh()
    state = dict(vars(model))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (used() + slack, before[1]))
        try:
            got = work(model)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)
        said = "fine" if digest(got) == expected else "WRONG BITS"
    except OutOfMemory as error:
        said = str(error)
    except MemoryError as error:
        said = f"MemoryError: {{error}}"
    if vars(model).keys() != state.keys() and said != "fine":
        said = "HALF A MODEL"
    if digest(work(fresh())) != expected:
        said = "WRONG BITS AFTERWARDS"
    return said

outcomes = []
for slack in np.unique(np.geomspace(1, most, {steps}).astype(int)).tolist():
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        os.write(write, child(slack * 65536).encode())
        os._exit(0)
    os.close(write)
    said = os.fdopen(read, "rb").read().decode()
    status = os.waitpid(pid, 0)[1]
    outcomes.append([slack, status, said])
print(json.dumps(outcomes))
"""


FITS = [("fit", kind) for kind in ("float32", "float64", "weighted", "sparse")]
OTHERS = [("predict", "float64"), ("predict", "sparse"), ("transform", "float32"), ("score", "sparse")]


K_MEANS = "KMeans(16, random_state=0, n_threads=3, max_iter=2, tol=0.0)"
FEW = "n_threads=3, random_state=0"


@pytest.mark.parametrize(("call", "kind"), FITS + OTHERS)
def test_too_little_memory_is_a_memory_error_and_no_harm_is_done(call, kind):
    no_harm_is_done(K_MEANS, 20_000, call, kind)


@pytest.mark.parametrize(
    ("model", "n", "call", "kind"),
    [
        (f"MiniBatchKMeans(8, max_iter=1, {FEW})", 6000, "fit", "float32"),
        (f"MiniBatchKMeans(8, max_iter=1, {FEW})", 6000, "fit", "sparse"),
        (f"MiniBatchKMeans(8, max_iter=1, {FEW})", 6000, "partial_fit", "float64"),
        (f"KernelKMeans(4, n_landmarks=60, n_init=2, max_iter=5, {FEW})", 3000, "fit", "float64"),
        (f"KernelKMeans(4, n_landmarks=60, n_init=2, max_iter=5, {FEW})", 3000, "predict", "float64"),
        (f"SpectralClustering(4, n_init=2, {FEW})", 400, "fit", "float64"),
    ],
)
def test_every_other_estimator_says_so_too(model, n, call, kind):
    # OpenBLAS with threads of its own ends the process where it finds no memory for them.
    no_harm_is_done(model, n, call, kind, steps=8, OPENBLAS_NUM_THREADS="1")


def no_harm_is_done(model, n, call, kind, steps=18, **environment):
    script = SCRIPT.format(model=model, n=n, call=call, kind=kind, most=1000, steps=steps)
    # What was freed goes back to the system, or the next call would find it.
    greedy = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "16384", "MALLOC_TRIM_THRESHOLD_": "0"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=dict(os.environ, **greedy, **environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    outcomes = json.loads(done.stdout)
    assert {status for _, status, _ in outcomes} == {0}, outcomes  # no child died
    said = [words for _, _, words in outcomes]
    assert said[-1] == "fine", said  # there was enough at last
    short = [words for words in said if words != "fine"]
    assert short, outcomes
    for words in short:
        assert words.startswith("not enough memory to "), said
        assert re.search(r" \d+ points of 8 features \(float(32|64)\)", words), words


SESSION = """
import resource
import numpy as np
from globular.engines.memory import MemoryEngine
from globular.problem import Problem

def used():
    return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()

X = np.random.default_rng(0).random((4500, 500)).astype(np.float32)
problem = Problem.checked(X, n_threads=2)
first, second = (X[rows].astype(np.float64) for rows in (slice(0, 550), slice(550, 1100)))
alone = MemoryEngine(problem, n_threads=1).e_step(second).sums.tobytes()
failed = 0
for slack in (0, 1, 2, 3, 4, 5, 6, 8, 10, 16):
    for n_threads in (1, 2):
        engine = MemoryEngine(problem, n_threads=1)
        engine.e_step(first)  # with one thread: what the other needs is missing yet
        engine.n_threads = n_threads
        resource.setrlimit(resource.RLIMIT_AS, (used() + (slack << 20), -1))
        try:
            engine.e_step(second)
        except MemoryError:
            failed += 1
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        assert engine.e_step(second).sums.tobytes() == alone, (slack, n_threads)
print(failed)
"""


def test_a_session_that_ran_out_of_memory_in_a_step_can_go_on():
    # Large blocks come from the system each time, so that nothing freed earlier is of help.
    environment = dict(os.environ, MALLOC_MMAP_THRESHOLD_="131072", MALLOC_ARENA_MAX="1")
    run = subprocess.run(
        [sys.executable, "-c", SESSION],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 0


@pytest.mark.parametrize("model", [KernelKMeans(4, n_landmarks=60), SpectralClustering(4)])
def test_what_runs_out_for_features_made_on_the_way_is_said_of_the_points_that_were_passed(
    monkeypatch, model
):
    def runs_out(problem, *_, **__):
        with memory_for("fit", problem.points):
            raise MemoryError

    monkeypatch.setattr(em, "fit", runs_out)
    with pytest.raises(OutOfMemory, match=r"300 points of 8 features \(float64\)"):
        model.fit(np.random.default_rng(0).normal(size=(300, 8)))
