"""Sparse points against scikit-learn's Lloyd: 20,000 x 50,000, one entry in a thousand.

    python -m benchmarks.sparse [--rounds 7] [--write]

Both fit in turn; printed are the median seconds and the median ratio within a round. The start is given, or
chosen by each with its own k-means++ from the same seed (so that the number of steps may differ).
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
import sklearn.cluster

import globular
from benchmarks.__main__ import machine

RESULTS = Path(__file__).parent / "results" / "sparse.md"
N, D, PER_ROW = 20_000, 50_000, 50


def points() -> Any:
    """Return rows that have one entry in each stretch of features."""
    rng = np.random.default_rng(0)
    stretch = D // PER_ROW
    features = rng.integers(stretch, size=(N, PER_ROW)) + stretch * np.arange(PER_ROW)
    entries = rng.random(N * PER_ROW), features.ravel(), PER_ROW * np.arange(N + 1)
    return scipy.sparse.csr_matrix(entries, shape=(N, D))


def line(X: Any, k: int, start: str, rounds: int) -> str:
    """Measure one fit and return its line of the table."""
    init = X[np.random.default_rng(0).choice(N, k, replace=False)].toarray() if start == "given" else start
    seconds = []
    for _ in range(rounds + 1):
        seconds.append([])
        for library in (globular, sklearn.cluster):
            begin = time.perf_counter()
            library.KMeans(k, init=init, n_init=1, random_state=0).fit(X)
            seconds[-1].append(time.perf_counter() - begin)
    times = np.array(seconds[1:])  # the first warmed up
    ratios = times[:, 1] / times[:, 0]
    ours, theirs = 1e3 * np.median(times, axis=0)
    cell = f"{np.median(ratios):.1f}x ({ratios.min():.1f}-{ratios.max():.1f})"
    return f"| {k} | {start} | {ours:.0f} ms | {theirs:.0f} ms | {cell} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"renew {RESULTS.name}")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = ["| k | start | globular | scikit-learn | ratio (range) |", "|---" * 5 + "|"]
    print("\n".join([machine(), *lines]), flush=True)
    X = points()
    for k in (8, 10, 30, 100):
        for start in ("given", "k-means++"):
            lines.append(line(X, k, start, options.rounds))
            print(lines[-1], flush=True)
    if options.write:
        head = f"`python -m benchmarks.sparse`: float64, {options.rounds} rounds. {machine()}.\n\n"
        RESULTS.write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
