"""Sparse points against scikit-learn's Lloyd: 20,000 x 50,000, one entry in a thousand.

    python -m benchmarks.sparse [--rounds 7] [--write]

Both fit in turn; printed are the median seconds and the median ratio within a round. The start is given, or
chosen by each with its own k-means++ from the same seed (so that the number of steps may differ).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse
import sklearn.cluster

import globular
from benchmarks import table

N, D, PER_ROW = 20_000, 50_000, 50
REST = 0.05  # seconds in which the threads of the one before stop waiting for more work at full speed


def points() -> Any:
    """Return rows that have one entry in each stretch of features."""
    rng = np.random.default_rng(0)
    stretch = D // PER_ROW
    features = rng.integers(stretch, size=(N, PER_ROW)) + stretch * np.arange(PER_ROW)
    entries = rng.random(N * PER_ROW), features.ravel(), PER_ROW * np.arange(N + 1)
    return scipy.sparse.csr_matrix(entries, shape=(N, D))


def row(X: Any, k: int, start: str, rounds: int) -> list[object]:
    """Measure one fit and return its row of the table."""
    init = X[np.random.default_rng(0).choice(N, k, replace=False)].toarray() if start == "given" else start
    seconds = []
    for _ in range(rounds + 1):
        seconds.append([])
        for library in (globular, sklearn.cluster):
            time.sleep(REST)
            begin = time.perf_counter()
            library.KMeans(k, init=init, n_init=1, random_state=0).fit(X)
            seconds[-1].append(time.perf_counter() - begin)
    times = np.array(seconds[1:])  # the first warmed up
    ratios = times[:, 1] / times[:, 0]
    ours, theirs = 1e3 * np.median(times, axis=0)
    cell = f"{np.median(ratios):.1f}x ({ratios.min():.1f}-{ratios.max():.1f})"
    return [k, start, f"{ours:.0f} ms", f"{theirs:.0f} ms", cell]


def main() -> None:
    options = table.parser(__doc__, 7, "sparse").parse_args()
    warnings.simplefilter("ignore")
    X = points()

    def rows() -> Iterator[list[object]]:
        for k in (8, 10, 30, 100):
            for start in ("given", "k-means++"):
                yield row(X, k, start, options.rounds)

    columns = ["k", "start", "globular", "scikit-learn", "ratio (range)"]
    table.show("sparse", f"float64, {options.rounds} rounds", columns, rows, options)


if __name__ == "__main__":
    main()
