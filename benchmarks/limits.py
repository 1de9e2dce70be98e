"""How near to the limits of the machine are 20 steps, and what are they limits of?

    python -m benchmarks.limits [--rounds 5] [--write]

For each dense case, from the start and with the steps of `make bench`, in milliseconds: the whole fit; its
E-steps alone, given the centers that each came to; reading all points once a step, at the rate at which
BLAS reads a long vector; and computing all distances, each a product for every feature and three operations
more (two least values are kept, and whose the least is), at the rate of BLAS's matrix product; and computing
those alone that the fit did compute. A fit that skips nothing takes at least the larger of reading and
computing all; one that skips as ours does, at least the last. Where BLAS does not know the processor, set
OPENBLAS_CORETYPE, as for `benchmarks.kernel`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # read when NumPy is imported

import numpy as np

from benchmarks import catalogue, prepare, table
from benchmarks.case import Case
from globular import KMeans
from globular.engines.memory import MemoryEngine
from globular.problem import Problem

STEPS = 20
MORE_OPERATIONS = 3  # for each distance


def least(rounds: int, work: Callable[[], object]) -> float:
    """Return the seconds of the quickest of some calls; the first, which warms up, does not count."""
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def rates(rounds: int) -> tuple[float, float]:
    """Return bytes read and products added up, both a second."""
    vector = np.ones(2**27, dtype=np.float32)
    a, b = np.random.default_rng(0).random((2, 3000, 3000), dtype=np.float32)
    return vector.nbytes / least(rounds, lambda: vector @ vector), 27e9 / least(rounds, lambda: a @ b)


def row(case: Case, rounds: int, bytes_a_second: float, products_a_second: float) -> list[object]:
    """Measure one case and return its row of the table."""
    points, start = prepare.load(case)
    model = KMeans(case.k, init=start, n_init=1, max_iter=STEPS, tol=0)
    seconds = least(rounds, lambda: model.fit(points))
    problem = Problem.checked(points)
    engine, centers = MemoryEngine(problem), [start.astype(np.float64)]
    for _ in range(model.n_iter_):
        centers.append(engine.e_step(centers[-1]).m_step(centers[-1]))

    def steps() -> None:
        engine.forget()
        for z in centers[:-1]:
            engine.e_step(z)

    n, d = points.shape
    reading = 4 * n * d / bytes_a_second
    computing = n * case.k * (d + MORE_OPERATIONS) / products_a_second
    skipping = computing * model.n_distances_ / (n * case.k)
    times = (seconds, least(rounds, steps), model.n_iter_ * reading, model.n_iter_ * computing, skipping)
    return [case.name, model.n_iter_, *(f"{1e3 * t:.3g}" for t in times)]


def main() -> None:
    options = table.parser(__doc__, 5, "limits").parse_args()
    bytes_a_second, products_a_second = rates(options.rounds)
    about = (
        f"milliseconds, the best of {options.rounds} rounds; {bytes_a_second / 1e9:.0f} GB/s and "
        f"{products_a_second / 1e9:.0f} products/ns"
    )
    columns = ["case", "steps", "fit", "E-steps alone", "reading all points", "computing all distances"]
    columns += ["computing those computed"]

    def rows() -> Iterator[list[object]]:
        for case in catalogue.cases().values():
            if not case.source.sparse and prepare.start_file(case).exists():  # by `make bench`
                yield row(case, options.rounds, bytes_a_second, products_a_second)

    table.show("limits", about, columns, rows, options.write)


if __name__ == "__main__":
    main()
