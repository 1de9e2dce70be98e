"""How near to a plain matrix product do labels come, where features and clusters are many?

    python -m benchmarks.kernel [--rounds 7] [--write]

In turn: a product of two matrices of 3000 x 3000 float32 by NumPy's BLAS, the labels of as many points as
make as many products, and their labels among twice as many centers. Printed are the rates over that of the
matrix product: of the whole call behind `predict` (points and centers packed, margins, settling), and
of the kernel alone, from what the second half of the centers takes more. BLAS's threads are told to rest
between calls, or they would spin on the CPUs that the other one needs. It is said which processor BLAS takes
this one for: where it does not know it, set OPENBLAS_CORETYPE (SKYLAKEX for AVX-512), or it multiplies at
half its speed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # read when NumPy is imported

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks import table
from globular.assign import assign

SHAPES = ((256, 500), (256, 2000), (512, 1000), (1024, 500), (1024, 2000), (4096, 1000))


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(d: int, k: int, rounds: int) -> list[object]:
    """Measure one shape and return its row of the table."""
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3000, 3000), dtype=np.float32)
    n = int(27e9 / (d * k))
    points = rng.normal(size=(n, d)).astype(np.float32)
    centers = points[rng.choice(n, 2 * k, replace=False)] + 0.1 * rng.normal(size=(2 * k, d))

    def label(k: int) -> object:
        return assign(points, centers[:k])

    times = []  # of the product, of all labels, of those among twice the centers
    for _ in range(rounds + 1):
        times.append(
            (seconds_of(lambda: a @ b), seconds_of(lambda: label(k)), seconds_of(lambda: label(2 * k)))
        )
    rates = 2 * 27.0 / np.array(times[1:])  # the first warmed up
    whole, alone = rates[:, 1] / rates[:, 0], 1 / (1 / rates[:, 2] - 1 / rates[:, 1]) / rates[:, 0]
    cells = [f"{np.median(r):.2f} ({r.min():.2f}-{r.max():.2f})" for r in (whole, alone)]
    return [d, k, n, f"{np.median(rates[:, 0]):.0f}", *cells]


def main() -> None:
    options = table.parser(__doc__, 7, "kernel").parse_args()
    columns = ["d", "k", "n", "matrix product, GFLOP/s", "whole call (range)", "kernel alone (range)"]
    rows = lambda: (row(d, k, options.rounds) for d, k in SHAPES)  # noqa: E731
    blas = {library["architecture"] for library in threadpool_info() if library["user_api"] == "blas"}
    about = f"{options.rounds} rounds, BLAS for {', '.join(sorted(blas))}"
    table.show("kernel", about, columns, rows, options)


if __name__ == "__main__":
    main()
