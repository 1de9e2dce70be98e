"""What do ten times as many points cost? Twenty steps from the same start, float32.

    python -m benchmarks.growth [--rounds 5] [--write]

Milliseconds, the best of some rounds. As many steps are made: points lie around the same places.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import table
from globular import KMeans

STEPS = 20
SHAPES = [
    (1_000_000, 2, 50),
    (5_000_000, 2, 50),
    (1_000_000, 4, 20),
    (4_000_000, 4, 20),
    (100_000, 8, 100),
    (100_000, 16, 64),
    (25_000, 64, 100),
    (250_000, 64, 100),
]


def blobs(n: int, d: int, k: int) -> Any:
    """Return n points of d features around k places, (n, d) float32."""
    rng = np.random.default_rng(0)
    places = rng.uniform(-10.0, 10.0, (k, d))
    return (places[rng.integers(k, size=n)] + rng.normal(size=(n, d))).astype(np.float32)


def milliseconds(points: Any, k: int, rounds: int) -> float:
    """Return the time of the quickest of some fits; the first, which warms up, does not count."""
    times = []
    for _ in range(rounds + 1):
        model = KMeans(k, init=points[:k], n_init=1, max_iter=STEPS, tol=0)
        start = time.perf_counter()
        model.fit(points)
        times.append(1e3 * (time.perf_counter() - start))
    return min(times[1:])


def main() -> None:
    options = table.parser(__doc__, 5, "growth").parse_args()

    def rows() -> Iterator[list[object]]:
        for n, d, k in SHAPES:
            few, many = (milliseconds(blobs(m, d, k), k, options.rounds) for m in (n, 10 * n))
            yield [d, k, f"{n:,}", f"{few:.3g}", f"{many:.3g}", f"{many / few:.1f}x"]

    columns = ["d", "k", "n", "n points, ms", "10 n points, ms", "ratio"]
    table.show("growth", f"the best of {options.rounds} rounds", columns, rows, options.write)


if __name__ == "__main__":
    main()
