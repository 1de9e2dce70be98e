"""How near to the limits of the machine are 20 steps, and what are they limits of?

    python -m benchmarks.limits [--rounds 5] [--write]

For each dense case, from the start and with the steps of `make bench`, in milliseconds: the whole fit; its
E-steps alone, given the centers that each came to; reading all points once a step, at the rate at which
BLAS reads a long vector; and computing all distances, each a product for every feature and three operations
more (two least values are kept, and whose the least is), at the rate of BLAS's matrix product. A fit that
skips nothing takes at least the larger of the two.

One that skips as ours does takes at least the time for those distances that it did compute, and for what it
did move, counted from `history_`: the points three times outside of E-steps, for their range, their spread
and the cost; in a step that looks at all rows the points, labels and limits; in any other labels and limits,
and a line of memory for each row that it looks at. That count is of fits that ask row by row; the others
compute less than all distances in their first step already, and have none. *Looked at* and *changed* say how
many rows, in all steps together, in units of all rows. Where BLAS does not know the processor, set
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
LINE = 64  # bytes of memory that come together
KEPT = 8  # bytes that are kept for a row: its label and its limit
OUTSIDE = 3  # readings of all points outside of E-steps


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


def moved(n: int, d: int, looked: list[float]) -> float:
    """Return the bytes that a fit of n rows moved, given the share of them that each step looked at."""
    points = 4 * n * d
    lines = -(-4 * d // LINE) * LINE
    return OUTSIDE * points + sum(KEPT * n + min(points, share * n * lines) for share in looked)


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
    looked = [step.n_distances / (n * case.k) for step in model.history_]
    changed = sum(step.n_changed for step in model.history_) / n
    row_by_row = looked[0] >= 1
    moving = moved(n, d, looked) / bytes_a_second if row_by_row else None
    times = [seconds, least(rounds, steps), model.n_iter_ * reading, model.n_iter_ * computing]
    times += [computing * sum(looked)]
    cells = [f"{1e3 * t:.3g}" for t in times]
    cells += [f"{1e3 * moving:.3g}", f"{sum(looked):.3g}"] if moving is not None else ["", ""]
    return [case.name, model.n_iter_, *cells, f"{changed:.3g}"]


def main() -> None:
    options = table.parser(__doc__, 5, "limits").parse_args()
    bytes_a_second, products_a_second = rates(options.rounds)
    about = (
        f"milliseconds, the best of {options.rounds} rounds; {bytes_a_second / 1e9:.0f} GB/s and "
        f"{products_a_second / 1e9:.0f} products/ns"
    )
    columns = ["case", "steps", "fit", "E-steps alone", "reading all points", "computing all distances"]
    columns += ["computing those computed", "moving what is moved", "looked at", "changed"]

    def rows() -> Iterator[list[object]]:
        for case in catalogue.cases().values():
            if not case.source.sparse and prepare.start_file(case).exists():  # by `make bench`
                yield row(case, options.rounds, bytes_a_second, products_a_second)

    table.show("limits", about, columns, rows, options)


if __name__ == "__main__":
    main()
