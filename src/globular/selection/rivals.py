"""The models beside k-means, run in a process of their own: ``python -m globular.selection.rivals``.

The points and the name of a model come on standard input, what it found goes to standard output. Some of
these models need memory or time that grows with the square of the points, and a process can be given a limit
of each and be ended without harm. This is the one place of `globular.selection` that loads scikit-learn.

Settings that the models leave to their user are estimated, and reported: a bandwidth from distances between
points (scikit-learn's), eps where the distances to the m-th neighbour bend most (Satopää et al. 2011).
"""

from __future__ import annotations

import io
import json
import os
import resource
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from globular.problem import Array

Found = tuple[Array, dict[str, Any]]  # labels (n,), -1 for noise, and the settings used
MOST_COMPONENTS = 10


def gaussian_mixture(X: Array, k: int, seed: int) -> Found:
    """A Gaussian of any shape for each cluster; as many as have the lowest BIC."""
    from sklearn.mixture import GaussianMixture

    most = max(1, min(MOST_COMPONENTS, len(X) // (X.shape[1] + 2)))
    models = [GaussianMixture(j, n_init=2, random_state=seed).fit(X) for j in range(1, most + 1)]
    best = min(models, key=lambda model: model.bic(X))
    return best.predict(X), {"n_components": best.n_components, "by": "BIC"}


def dbscan(X: Array, k: int, seed: int) -> Found:
    """Clusters are what is dense."""
    from sklearn.cluster import DBSCAN

    m = min(max(10, 2 * X.shape[1]), len(X) - 1)
    eps = estimated_eps(X, m)
    return DBSCAN(eps=eps, min_samples=m).fit_predict(X), {"eps": eps, "min_samples": m}


def estimated_eps(X: Array, m: int) -> float:
    """Return the distance to the m-th neighbour where its sorted curve is farthest below its chord."""
    from sklearn.neighbors import NearestNeighbors

    away = np.sort(NearestNeighbors(n_neighbors=m).fit(X).kneighbors()[0][:, -1])
    if away[-1] == away[0]:
        return float(max(away[0], np.finfo(float).tiny))
    along, up = np.linspace(0, 1, len(away)), (away - away[0]) / (away[-1] - away[0])
    return float(max(away[np.argmax(along - up)], np.finfo(float).tiny))


def hdbscan(X: Array, k: int, seed: int) -> Found:
    """Clusters are what is dense for longest as the measure of density changes."""
    from sklearn.cluster import HDBSCAN

    size = max(5, len(X) // 100)
    # `copy` came with scikit-learn 1.7 and will have to be said.
    extra = {"copy": True} if "copy" in HDBSCAN().get_params() else {}
    return HDBSCAN(min_cluster_size=size, **extra).fit_predict(X), {"min_cluster_size": size}


def mean_shift(X: Array, k: int, seed: int) -> Found:
    """Clusters are what climbs to the same peak of density."""
    from sklearn.cluster import MeanShift, estimate_bandwidth

    bandwidth = float(estimate_bandwidth(X, quantile=0.2, n_samples=min(len(X), 1000), random_state=seed))
    if bandwidth == 0.0:
        return np.zeros(len(X), dtype=np.int64), {"bandwidth": 0.0}
    return MeanShift(bandwidth=bandwidth, bin_seeding=True).fit_predict(X), {"bandwidth": bandwidth}


def affinity_propagation(X: Array, k: int, seed: int) -> Found:
    """Points send each other messages until some are examples for others."""
    from sklearn.cluster import AffinityPropagation

    model = AffinityPropagation(damping=0.9, max_iter=500, random_state=seed).fit(X)
    preference = float(np.median(model.affinity_matrix_))
    return model.labels_, {"preference": preference, "damping": 0.9}


def spectral(X: Array, k: int, seed: int) -> Found:
    """The clusters of a graph of near neighbours, as many as k-means has."""
    from sklearn.cluster import SpectralClustering

    neighbours = min(10, len(X) - 1)
    model = SpectralClustering(
        k, affinity="nearest_neighbors", n_neighbors=neighbours, random_state=seed, assign_labels="cluster_qr"
    )
    return model.fit_predict(X), {"n_clusters": k, "n_neighbors": neighbours}


RIVALS: dict[str, Callable[[Array, int, int], Found]] = {
    "Gaussian mixture": gaussian_mixture,
    "DBSCAN": dbscan,
    "HDBSCAN": hdbscan,
    "mean-shift": mean_shift,
    "affinity propagation": affinity_propagation,
    "spectral": spectral,
}


def limit_memory(n_bytes: int) -> None:
    """Let this process take so many bytes more than it has."""
    with open("/proc/self/statm") as statm:
        now = int(statm.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + n_bytes, hard))


def run(name: str, points: Array, k: int, seed: int) -> dict[str, Any]:
    """Run one model; return what it found as plain values."""
    begin = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        labels, settings = RIVALS[name](points, k, seed)
    seconds = time.perf_counter() - begin
    said = sorted({str(w.message).split("\n")[0] for w in caught if "onverge" in str(w.message)})
    return {"labels": np.asarray(labels).tolist(), "settings": settings, "seconds": seconds, "said": said}


def in_a_child(work: Callable[[], dict[str, Any]], seconds: float, memory: int) -> dict[str, Any]:
    """Do work in a fork of this process, under limits; return what it returns, or {"outcome": why not}.

    A fork has scikit-learn loaded already. Nothing here has used a thread before.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            limit_memory(memory)
            found = work()
        except MemoryError:
            found = {"outcome": f"stopped: needs more than {memory / 2**30:.3g} GB"}
        except Exception as error:
            first = str(error).split("\n", maxsplit=1)[0]
            found = {"outcome": f"failed: {type(error).__name__}: {first}"}
        with os.fdopen(writing, "wb") as out:
            out.write(json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    deadline, parts = time.monotonic() + seconds, []
    try:
        while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
            parts.append(os.read(reading, 1 << 20))
            if not parts[-1]:
                text = b"".join(parts)
                return json.loads(text) if text else {"outcome": "failed: its process died"}
        return {"outcome": f"stopped: after {seconds:g} s"}
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # it is ours until it is waited for
        os.waitpid(child, 0)


def main() -> int:
    """Run models one after the other; write what each found as one line of JSON."""
    request = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
    import sklearn.cluster
    import sklearn.mixture
    import sklearn.neighbors  # noqa: F401  # before the limits, and before the clock runs

    points, k, seed = request["points"], int(request["k"]), int(request["seed"])
    seconds, memory = float(request["seconds"]), int(request["memory"])
    for name in request["names"].tolist():
        print(json.dumps(in_a_child(partial(run, name, points, k, seed), seconds, memory)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
