"""k-means beside models that see other shapes: is it the right one here?

Each model runs in a process of its own under limits of time and memory (`rivals`). One that would need more
memory than it may take is not started, one that takes too long is ended, and both are said. None of the
figures says which model is right; where models of different kinds agree, the clusters are there.
"""

from __future__ import annotations

import io
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import IO, Any, NamedTuple

import numpy as np

from globular import em
from globular.errors import Interrupted, ParameterError
from globular.points import dense
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.selection.agreement import adjusted_rand
from globular.selection.choose import checked_range, choose
from globular.selection.labelling import Labelling
from globular.selection.seed import RandomState, seed_of
from globular.selection.silhouette import score

K_MEANS = "k-means"
# Bytes for each pair of points: matrices of float64 that are there at one time, by scikit-learn's sources.
PER_PAIR = {"affinity propagation": 32}
PER_VALUE = 40  # bytes for each value of the points, of all others: copies, trees, lists of neighbours
NEIGHBOURS_OF_A_POINT = 800  # bytes: lists of neighbours and rows of a graph
RIVALS = ("Gaussian mixture", "DBSCAN", "HDBSCAN", "mean-shift", "affinity propagation", "spectral")
FEWEST_POINTS = 3
GIB = 2**30
AGREEING = 0.8  # adjusted Rand index from which two labellings are said to agree
SEEDS = 2**31 - 1


class Limits(NamedTuple):
    """What each model may take."""

    seconds: float
    memory_gib: float


@dataclass(frozen=True, eq=False)
class Compared:
    """One model, and what it found."""

    name: str
    outcome: str  # 'done', or why there is nothing: 'skipped: ...', 'stopped: ...', 'failed: ...'
    labels: Array | None  # (n,) int32, -1 for noise
    n_clusters: int  # without noise
    noise: float  # share of the points
    silhouette: float  # mean of the points that are no noise; NaN with fewer than two clusters
    seconds: float
    settings: Mapping[str, Any]  # what was estimated or chosen for it
    said: tuple[str, ...] = ()  # warnings about convergence


@dataclass(frozen=True, eq=False)
class Comparison:
    """What :func:`compare` returns: k-means first, then the others in the order asked for.

    >>> compare([[0.0], [1.0], [9.0], [10.0]], 2, models=[], random_state=0)["k-means"].n_clusters
    2
    """

    models: tuple[Compared, ...]
    agreement: Array  # (m, m) float64, adjusted Rand index of each pair; NaN where one found nothing
    verdict: str
    seed: int = 0
    interrupted: bool = False  # by Ctrl-C: models not reached are left out

    def __repr__(self) -> str:
        return f"Comparison({len(self.models)} models, verdict={self.verdict!r})"

    def __getitem__(self, name: str) -> Compared:
        return next(model for model in self.models if model.name == name)

    @property
    def table(self) -> dict[str, list[Any]]:
        """model, outcome, n_clusters, noise, silhouette, agreement with k-means, seconds, (m,) each."""
        models = self.models
        return {
            "model": [m.name for m in models],
            "outcome": [m.outcome for m in models],
            "n_clusters": [m.n_clusters for m in models],
            "noise": [m.noise for m in models],
            "silhouette": [m.silhouette for m in models],
            "agreement": self.agreement[0].tolist(),
            "seconds": [m.seconds for m in models],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all but the labels as plain numbers and text, None where something is not defined."""
        return {
            "verdict": self.verdict,
            "models": [
                {
                    "model": m.name,
                    "outcome": m.outcome,
                    "n_clusters": m.n_clusters,
                    "noise": _plain(m.noise),
                    "silhouette": _plain(m.silhouette),
                    "seconds": _plain(m.seconds),
                    "settings": dict(m.settings),
                    "said": list(m.said),
                }
                for m in self.models
            ],
            "agreement": [[_plain(v) for v in row] for row in self.agreement.tolist()],
            "seed": self.seed,
            "interrupted": self.interrupted,
        }


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def compare(
    X: Any,
    n_clusters: int | None = None,
    *,
    models: Iterable[str] = RIVALS,
    seconds: float = 60.0,
    memory_gib: float = 2.0,
    random_state: RandomState = None,
    n_threads: int | None = None,
) -> Comparison:
    """Cluster X by k-means and by other models, and say how far they agree.

    X (n, d) dense; ``n_clusters`` for k-means and spectral clustering, by default what :func:`choose_k` picks
    (what most criteria say where that picks none); ``models`` some of "Gaussian mixture" (components by BIC),
    "DBSCAN", "HDBSCAN", "mean-shift", "affinity propagation" and "spectral", all scikit-learn's. Each of them
    may take ``seconds`` and ``memory_gib``; one that would need more memory is skipped. Returns a
    :class:`Comparison`. Raises DataError (for sparse X too), ParameterError, and Interrupted on Ctrl-C, whose
    ``result`` compares what was done by then. Linux only, as the limits are.

    >>> X = np.vstack([np.random.default_rng(j).normal(size=(40, 2)) + 10 * j for j in range(3)])
    >>> found = compare(X, 3, models=["HDBSCAN"], random_state=0)
    >>> found.verdict
    'k-means and HDBSCAN agree on 3 clusters'
    """
    problem = Problem.checked(X, n_threads=n_threads)
    dense(problem.points, "compare")
    if n_clusters is not None:
        em.check_size(problem, n_clusters)
    return compare_models(
        problem,
        n_clusters,
        checked_models(models),
        seconds=seconds,
        memory_gib=memory_gib,
        seed=seed_of(random_state) % SEEDS,
    )


def checked_models(models: Iterable[str]) -> list[str]:
    """Return the names in their order, each once. Raises ParameterError."""
    names = [models] if isinstance(models, str) else list(models)
    for name in names:
        if name not in RIVALS:
            known = ", ".join(map(repr, RIVALS))
            raise ParameterError(f"models has {name!r}, but there are {known}")
    return list(dict.fromkeys(names))


def compare_models(
    problem: Problem,
    n_clusters: int | None,
    names: Sequence[str],
    *,
    seconds: float = 60.0,
    memory_gib: float = 2.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare models on checked points. What `compare` and the command line call.

    Raises Interrupted on Ctrl-C, with the comparison of what was done by then, None if k-means was not.
    """
    for parameter, value in (("seconds", seconds), ("memory_gib", memory_gib)):
        if not (isinstance(value, int | float) and not isinstance(value, bool) and value > 0):
            raise ParameterError(f"{parameter}={value!r}, but it must be a positive number")
    listener, limits = progress or Progress(), Limits(seconds, memory_gib)
    models: list[Compared] = []
    try:
        models.append(_k_means(problem, n_clusters, seed, listener))
        with closing(_tried(problem, names, models[0].n_clusters, limits, seed, listener)) as others:
            for other in others:
                models.append(other)  # one by one: Ctrl-C leaves those that are done
        return _compared(models, seed)
    except KeyboardInterrupt:
        if not models:
            raise Interrupted(None) from None
        so_far = _compared(models, seed)
        verdict = f"interrupted; so far {so_far.verdict}"
        raise Interrupted(replace(so_far, verdict=verdict, interrupted=True)) from None


def _compared(models: Sequence[Compared], seed: int) -> Comparison:
    agreement = np.array([[_agreement(a, b) for b in models] for a in models])
    return Comparison(tuple(models), agreement, _verdict(models, agreement), seed)


def _k_means(problem: Problem, n_clusters: int | None, seed: int, listener: Progress) -> Compared:
    begin = time.perf_counter()
    how: dict[str, Any] = {}
    if n_clusters is None:
        choice = choose(problem, checked_range(range(1, 11), problem.n), seed=seed, progress=listener)
        said = [k for k in choice.best_by.values() if k > 1]
        clear = (choice.k or 1) > 1
        n_clusters = (
            choice.k if clear and choice.k else max(said, key=lambda k: (said.count(k), -k), default=1)
        )
        how["by"] = "choose_k" if clear else f"most criteria; choose_k says: {choice.verdict}"
    listener.stage(f"k-means with {n_clusters} clusters")
    result = em.fit(problem, n_clusters, n_init=10, seed=seed, progress=listener)
    labels = result.labels if problem.rows is None else result.labels[problem.rows]
    how = {"n_clusters": n_clusters, **how}
    return _found(problem, K_MEANS, labels, time.perf_counter() - begin, how, ())


def _found(
    problem: Problem,
    name: str,
    labels: Array,
    seconds: float,
    settings: Mapping[str, Any],
    said: tuple[str, ...],
) -> Compared:
    inside = np.flatnonzero(labels >= 0)
    names, places = np.unique(labels[inside], return_inverse=True)
    silhouette = math.nan
    if 2 <= len(names) < len(inside):
        weights = None if problem.weights is None else problem.weights[inside]
        part = Problem.checked(problem.points[inside], weights, n_threads=problem.n_threads)
        silhouette = float(
            score(Labelling(part, places.reshape(-1).astype(np.int32), len(names)), "euclidean", None, 0)
        )
    noise = 1 - len(inside) / len(labels)
    return Compared(
        name, "done", labels.astype(np.int32), len(names), noise, silhouette, seconds, settings, said
    )


def needed_bytes(name: str, n: int, d: int) -> int:
    """Return about how much memory a model needs for n points of d features."""
    return PER_PAIR.get(name, 0) * n * n + n * (PER_VALUE * d + NEIGHBOURS_OF_A_POINT)


def _nothing(name: str, outcome: str, seconds: float = math.nan) -> Compared:
    return Compared(name, outcome, None, 0, math.nan, math.nan, seconds, {})


def _tried(
    problem: Problem, names: Sequence[str], k: int, limits: Limits, seed: int, listener: Progress
) -> Generator[Compared, None, None]:
    """Try models in their order; the processes are gone when this ends, however it ends."""
    n, d = problem.n, problem.d
    refused = {name: _refused(name, n, d, limits) for name in names}
    started = [name for name in names if not refused[name]]
    request = io.BytesIO()
    points = np.asarray(problem.points, dtype=np.float64)
    memory = int(limits.memory_gib * GIB)
    np.savez(request, points=points, names=started, k=k, seed=seed, seconds=limits.seconds, memory=memory)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    environment["OMP_NUM_THREADS"] = environment["OPENBLAS_NUM_THREADS"] = str(problem.n_threads)
    with _process(request.getvalue(), environment) if started else nullcontext() as lines:
        for name in names:
            listener.stage(f"{name} (for {limits.seconds:g} s at most)")
            if refused[name]:
                yield _nothing(name, refused[name])
                continue
            line = lines.readline() if lines else b""
            died = {"outcome": "failed: scikit-learn's process died"}
            found: dict[str, Any] = json.loads(line) if line else died
            if "outcome" in found:
                yield _nothing(name, found["outcome"])
                continue
            labels = np.array(found["labels"], dtype=np.int32)
            yield _found(problem, name, labels, found["seconds"], found["settings"], tuple(found["said"]))


def _refused(name: str, n: int, d: int, limits: Limits) -> str:
    """Why a model is not even started; empty if it is."""
    if n < FEWEST_POINTS:
        return f"skipped: n = {n} is too few"
    needed = needed_bytes(name, n, d) / GIB
    if needed <= limits.memory_gib:
        return ""
    return f"skipped: n = {n:,} needs {needed:.{0 if needed >= 10 else 2}{'f' if needed >= 10 else 'g'}} GB"


@contextmanager
def _process(request: bytes, environment: Mapping[str, str]) -> Iterator[IO[bytes]]:
    """Start the process of the models, in a session of its own; yield its lines, and end all of it after."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(request)
        stdin.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "globular.selection.rivals"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.poll() is None:
            os.killpg(
                process.pid, signal.SIGKILL
            )  # its forks too: not waited for, the number is still its own
        process.stdout.close()
        process.wait()


def _agreement(a: Compared, b: Compared) -> float:
    if a.labels is None or b.labels is None:
        return math.nan
    return adjusted_rand(a.labels, b.labels)


def _verdict(models: Sequence[Compared], agreement: Array) -> str:
    first, with_first = models[0], agreement[0]
    done = [i for i, m in enumerate(models) if i and m.labels is not None]
    if not done:
        return f"k-means has {_clusters(first.n_clusters)}; no other model came to an end"
    agreeing = [i for i in done if with_first[i] >= AGREEING]
    if agreeing:
        names = [models[i].name for i in agreeing]
        rest = (
            ""
            if len(agreeing) == len(done)
            else f"; {len(done) - len(agreeing)} of {len(done)} others do not"
        )
        same = all(models[i].n_clusters == first.n_clusters for i in agreeing)
        what = (
            _clusters(first.n_clusters) if same else f"most of the {_clusters(first.n_clusters)} of k-means"
        )
        return f"{_listed([K_MEANS, *names])} agree on {what}{rest}"
    pairs = [(agreement[i, j], i, j) for i in done for j in done if i < j and agreement[i, j] >= AGREEING]
    if pairs:
        _, i, j = max(pairs)
        return (
            f"no model agrees with k-means, but {models[i].name} and {models[j].name} agree on "
            f"{_clusters(models[i].n_clusters)}: the clusters may not be globular"
        )
    return "no two models agree: whether there are clusters depends on what is meant by one"


def _clusters(n: int) -> str:
    return f"{n} cluster{'s' * (n != 1)}"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
