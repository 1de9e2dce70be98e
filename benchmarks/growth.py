"""What do ten times as many points cost? Twenty steps from the same start, float32.

    python -m benchmarks.growth [--rounds 5] [--write]

Milliseconds, the best of some rounds. The few points are the first of the many, and both begin from the same
centers, so that they differ in nothing but their number. *Work* is how many more distances the many took, and
*faults* how many pages the system had to find for them, of 4 KB: beyond some size it takes them back after a
fit.
"""

from __future__ import annotations

import resource
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


def fits(points: Any, k: int, rounds: int) -> tuple[float, int, int]:
    """Return the milliseconds of the quickest of some fits, the distances it took, and the page faults.

    The first, which warms up, does not count.
    """
    times = []
    for _ in range(rounds + 1):
        model = KMeans(k, init=points[:k], n_init=1, max_iter=STEPS, tol=0)
        faults, start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, time.perf_counter()
        model.fit(points)
        times.append(1e3 * (time.perf_counter() - start))
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    return min(times[1:]), model.n_distances_, faults


def main() -> None:
    options = table.parser(__doc__, 5, "growth").parse_args()

    def rows() -> Iterator[list[object]]:
        for n, d, k in SHAPES:
            points = blobs(10 * n, d, k)
            few, work, _ = fits(points[:n], k, options.rounds)
            many, more, faults = fits(points, k, options.rounds)
            ratios = f"{many / few:.1f}x", f"{more / work:.1f}x"
            yield [d, k, f"{n:,}", f"{few:.3g}", f"{many:.3g}", *ratios, f"{faults:,}"]

    columns = ["d", "k", "n", "n points, ms", "10 n points, ms", "ratio", "work", "faults"]
    table.show("growth", f"the best of {options.rounds} rounds", columns, rows, options)


if __name__ == "__main__":
    main()
