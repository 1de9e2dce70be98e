"""What `MiniBatchKMeans` is judged on: kinds of data of 1,797 to a million rows, and what a full fit costs.

``python tests/batched.py [SEEDS] [WORD ...]`` prints, for each kind whose name holds a WORD, the mean cost
over some seeds as a share of the mean cost of `KMeans`, of ours and of scikit-learn's, and the processor
seconds of a fit. `SMALL` is asserted by `make test`, `LARGE` by `make test-slow`: at most `AT_MOST` on every
kind, and below scikit-learn's.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import sklearn.cluster
from sklearn.datasets import load_digits, load_sample_image, make_blobs
from threadpoolctl import threadpool_limits

AT_MOST = 1.01

# From a seed to points and how many clusters to fit.
Made = Callable[[int], tuple[Any, int]]


def blobs(n: int, d: int, k: int, *, of: int | None = None, spread: float = 1.0) -> Made:
    """Balls in a box, `of` them (as many as are fitted, where not said); float32."""

    def made(seed: int) -> tuple[Any, int]:
        X, _ = make_blobs(n, d, centers=of or k, cluster_std=spread, random_state=seed)
        return X.astype(np.float32), k

    return made


def unequal(seed: int) -> tuple[Any, int]:
    return make_blobs([9000, 2000, 600, 90, 10], 4, random_state=seed)[0], 5


def stretched(n: int, k: int) -> Made:
    """Blobs of the plane, stretched as in scikit-learn's comparison."""

    def made(seed: int) -> tuple[Any, int]:
        X, _ = make_blobs(n, centers=k, random_state=seed)
        return X @ np.array([[0.6, -0.6], [-0.4, 0.8]]), k

    return made


def even(n: int, d: int, k: int) -> Made:
    return lambda seed: (np.random.default_rng(seed).random((n, d), dtype=np.float32), k)


def cloud(n: int, d: int, k: int) -> Made:
    return lambda seed: (np.random.default_rng(seed).normal(size=(n, d)), k)


def digits(k: int) -> Made:
    return lambda _: (load_digits().data, k)


def colours(k: int) -> Made:
    """The pixels of china.jpg, a hundred thousand different ones among 273,280."""
    return lambda _: (load_sample_image("china.jpg").reshape(-1, 3).astype(np.float32) / np.float32(255), k)


SMALL: dict[str, Made] = {
    "digits, 10": digits(10),
    "digits, 40": digits(40),
    "2,000 in 8 blobs": blobs(2000, 2, 8),
    "tight blobs": blobs(8000, 2, 30, of=20, spread=0.3),
    "unequal blobs": unequal,
    "12 blobs": blobs(12_000, 8, 12),
    "12,000 evenly": even(12_000, 4, 15),
    "cloud of 12,000": cloud(12_000, 8, 8),
    "32 blobs": blobs(30_000, 8, 32),
    "stretched, 6": stretched(50_000, 6),
    "stretched, 20": stretched(50_000, 20),
}
LARGE: dict[str, Made] = {
    "cloud of 60,000": cloud(60_000, 16, 20),
    "100,000 in 20 blobs": blobs(100_000, 4, 20),
    "100,000 evenly": even(100_000, 8, 50),
    "200,000 in 100 blobs": blobs(200_000, 32, 100),
    "colours, 16": colours(16),
    "colours, 64": colours(64),
    "500,000 in 20 blobs": blobs(500_000, 4, 20),
    "500,000 in 64 blobs": blobs(500_000, 16, 64),
    "500,000 evenly": even(500_000, 8, 100),
    "a million in 50 blobs": blobs(1_000_000, 2, 50),
}


class Judged(NamedTuple):
    """Mean costs over some seeds, and processor seconds of a fit: of batches, of all, of theirs."""

    cost: tuple[float, float, float]
    seconds: tuple[float, float, float]
    fewest: int  # clusters that had a row, in any of our fits, of those asked for
    asked: int

    @property
    def ratio(self) -> float:
        return self.cost[0] / self.cost[1]

    @property
    def good(self) -> bool:
        """Whether no cluster is missing and the cost is near a full fit's and below scikit-learn's."""
        return self.fewest == self.asked and self.ratio <= AT_MOST and self.cost[0] < self.cost[2]


def judged(made: Made, seeds: int) -> Judged:
    """Fit the data of each seed in three ways, each from its own first centers."""
    from globular import KMeans, MiniBatchKMeans

    costs, seconds, fewest = [], [], []
    for seed in range(seeds):
        X, k = made(seed)
        costs.append([])
        seconds.append([])
        for model in (MiniBatchKMeans, KMeans, sklearn.cluster.MiniBatchKMeans):
            with threadpool_limits(1), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # scikit-learn's of fewer clusters than asked
                begin = time.process_time()
                fitted = model(k, random_state=seed).fit(X)
                seconds[-1].append(time.process_time() - begin)
            costs[-1].append(fitted.inertia_)
            if model is MiniBatchKMeans:
                fewest.append(len(np.unique(fitted.labels_)))
    means = (tuple(np.mean(table, axis=0).tolist()) for table in (costs, seconds))
    return Judged(*means, min(fewest), k)


def main(seeds: int = 5, *words: str) -> None:
    """Print a line for each kind."""
    print(f"{'':24s} cost: ours  theirs   seconds: ours   full   theirs")
    for name, made in (SMALL | LARGE).items():
        if words and not any(word in name for word in words):
            continue
        found = judged(made, seeds)
        ours, full, theirs = found.cost
        times = "  ".join(f"{s:7.3f}" for s in found.seconds)
        print(f"{name:24s}    {ours / full:.4f}  {theirs / full:.4f}        {times}", flush=True)


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:2]], *sys.argv[2:])
