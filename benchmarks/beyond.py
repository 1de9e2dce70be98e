"""What stands beside plain k-means, against scikit-learn: silhouettes, the choice of k, moons, mini-batches.

    python -m benchmarks.beyond [--rounds 3] [--write]

The median seconds of some runs of each, one after the other, and what came out: the average silhouette, the k
chosen, the adjusted Rand index, or the cost in relation to that of our full fit.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sklearn.cluster
import sklearn.metrics
from sklearn.datasets import make_blobs, make_moons

import globular
from benchmarks import table


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Return the median seconds of a call, and what the last one returned."""
    seconds, out = [], None
    for _ in range(rounds):
        start = time.perf_counter()
        out = work()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)), out


def line(name: str, ours: tuple[float, str], theirs: tuple[float, str] | None) -> list[object]:
    """Return a row of the table."""
    ratio = f"{theirs[0] / ours[0]:.1f}x" if theirs else "-"
    return [
        name,
        f"{ours[0]:.2f} s",
        ours[1],
        *((f"{theirs[0]:.2f} s", theirs[1]) if theirs else "--"),
        ratio,
    ]


def silhouettes(rounds: int) -> list[object]:
    X, y = make_blobs(20_000, 10, centers=8, random_state=0)
    pair = []
    for samples in (globular.silhouette_samples, sklearn.metrics.silhouette_samples):
        seconds, out = timed(lambda samples=samples: samples(X, y), rounds)
        pair.append((seconds, f"{np.mean(out):.9f}"))
    return line("silhouettes, 20,000 x 10", *pair)


def choice(rounds: int) -> list[object]:
    X, _ = make_blobs(10_000, 10, centers=6, random_state=0)
    seconds, found = timed(lambda: globular.choose_k(X, range(1, 11), random_state=0), rounds)
    return line("choose_k of 1 to 10, 10,000 x 10 of 6 blobs", (seconds, f"k={found.k}"), None)


def moons(n: int, rounds: int, with_theirs: bool) -> list[object]:
    X, y = make_moons(n, noise=0.05, random_state=0)
    pair = []
    for library in (globular, sklearn.cluster)[: 1 + with_theirs]:
        model = library.SpectralClustering(2, affinity="nearest_neighbors", random_state=0)
        seconds, labels = timed(lambda model=model: model.fit_predict(X), rounds)
        pair.append((seconds, f"ARI {sklearn.metrics.adjusted_rand_score(y, labels):.3f}"))
    return line(f"spectral, {n:,} points of two moons", pair[0], pair[1] if with_theirs else None)


def mini_batches(n: int, d: int, k: int, rounds: int) -> list[object]:
    X = make_blobs(n, d, centers=k, random_state=0)[0].astype(np.float32)
    full = np.mean([globular.KMeans(k, random_state=s).fit(X).inertia_ for s in range(rounds)])
    pair = []
    for library in (globular, sklearn.cluster):
        costs: list[float] = []

        def fit(library: Any = library, costs: list[float] = costs) -> None:
            costs.append(library.MiniBatchKMeans(k, random_state=len(costs)).fit(X).inertia_)

        seconds, _ = timed(fit, rounds)
        pair.append((seconds, f"cost {np.mean(costs) / full:.3f}"))
    return line(f"mini-batches, {n:,} x {d}, k={k}", *pair)


def main() -> None:
    options = table.parser(__doc__, 3, "beyond").parse_args()
    warnings.simplefilter("ignore")

    def rows() -> Iterator[list[object]]:
        yield silhouettes(options.rounds)
        yield choice(options.rounds)
        yield moons(5_000, options.rounds, True)
        yield moons(100_000, options.rounds, False)
        yield mini_batches(500_000, 16, 64, options.rounds)
        yield mini_batches(1_000_000, 2, 50, options.rounds)

    columns = ["what", "globular", "outcome", "scikit-learn", "outcome", "ratio"]
    table.show("beyond", f"{options.rounds} rounds", columns, rows, options)


if __name__ == "__main__":
    main()
