"""k-means++ beside scikit-learn's, and what of it the canonical order takes.

    python -m benchmarks.seeding [--rounds 3] [--write]

Milliseconds of `kmeans_plusplus` alone, the best of some rounds, with as many candidates a center on both
sides; the cost of the centers chosen is compared by its mean over five seeds. Rows are drawn in the order of
a hash of their values, so that it does not matter where they stand: *order* is the time to hash all rows, and
to look up the buckets that the candidates of k draws fall into, as a share of the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sklearn.cluster

import globular
from benchmarks import catalogue, prepare, table
from benchmarks.case import Case
from globular import _native
from globular.problem import Problem

MOST_CENTERS = 256  # beyond, scikit-learn takes minutes
N_SEEDS = 5


def least(rounds: int, work: Callable[[], object]) -> float:
    """Return the milliseconds of the quickest of some calls; the first, which warms up, does not count."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times[1:])


def cost(library: Any, points: Any, k: int) -> float:
    """Return the mean cost of the centers that it chooses, on some of the points."""
    some = points[:: max(1, len(points) // 100_000)]
    costs = []
    for seed in range(N_SEEDS):
        centers, _ = library.kmeans_plusplus(some, k, random_state=seed)
        model = globular.KMeans(k, init=centers, n_init=1, max_iter=1, tol=0).fit(some)
        costs.append(model.history_[0].cost)
    return float(np.mean(costs))


def row(case: Case, rounds: int) -> list[object]:
    """Measure one case and return its row of the table."""
    points, _ = prepare.load(case)
    problem = Problem.checked(points)
    make = getattr(_native, f"CanonicalOrderF{8 * points.itemsize}")
    drawn = np.random.default_rng(0).random((case.k - 1, 2 + int(np.log(case.k))))

    def order_them() -> None:
        order = make(problem.native_points, problem.frame.origin, "", problem.n_threads)
        for buckets in (drawn * order.n_buckets()).astype(int):
            order.count(buckets, problem.n_threads)

    ours = least(rounds, lambda: globular.kmeans_plusplus(points, case.k, random_state=0))
    order = least(rounds, order_them)  # before theirs, whose threads wait for more at full speed for a while
    theirs = least(rounds, lambda: sklearn.cluster.kmeans_plusplus(points, case.k, random_state=0))
    costs = cost(globular, points, case.k) / cost(sklearn.cluster, points, case.k)
    return [
        case.name,
        *(f"{t:.3g}" for t in (ours, theirs)),
        f"{theirs / ours:.1f}x",
        f"{costs:.3f}",
        f"{order / ours:.1%}",
    ]


def main() -> None:
    options = table.parser(__doc__, 3, "seeding").parse_args()
    columns = ["case", "globular", "scikit-learn", "ratio", "cost, of scikit-learn's", "order"]
    cases = [c for c in catalogue.cases().values() if c.k <= MOST_CENTERS and not c.source.sparse]

    def rows() -> Iterator[list[object]]:
        for case in cases:
            yield row(case, options.rounds)

    about = f"milliseconds, the best of {options.rounds} rounds"
    table.show("seeding", about, columns, rows, options)


if __name__ == "__main__":
    main()
