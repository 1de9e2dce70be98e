"""Is plain Lloyd of scikit-learn ever faster? Every shape of a grid of d and k, the same start and steps.

    python -m benchmarks.grid [--rounds 7] [--steps 10] [--write]

Both fit in turn, as often as there are rounds; printed are scikit-learn's seconds over ours, the best round
of either, one line a number of features, one column a number of clusters. Points are evenly spread, float32,
as many as make a step about 0.3 billion products, 2,000 at least.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks import table
from benchmarks.rival import Task
from benchmarks.rivals import globular_kmeans, scikit_learn

FEATURES = (2, 3, 4, 8, 16, 17, 32, 64, 128, 256, 512, 1024)
CLUSTERS = (2, 3, 8, 16, 30, 100, 300, 1000)
PRODUCTS = 300_000_000
REST = 0.05  # seconds in which the threads of the one before stop waiting for more work at full speed


def ratio(d: int, k: int, steps: int, rounds: int) -> float:
    """Return how many times longer scikit-learn takes, by the best of the rounds of either."""
    n = min(max(PRODUCTS // (d * k), 2000, 2 * k), 2_000_000)
    rng = np.random.default_rng(0)
    points = rng.random((n, d), dtype=np.float32)
    task = Task(k, points[rng.choice(n, k, replace=False)], steps)
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(rounds + 1):  # the first warms up
        for name, player in (("ours", globular_kmeans), ("theirs", scikit_learn)):
            time.sleep(REST)
            start = time.perf_counter()
            player.RIVAL.fit(points, task)
            seconds[name].append(time.perf_counter() - start)
    return min(seconds["theirs"]) / min(seconds["ours"])


def main() -> None:
    parser = table.parser(__doc__, 7, "grid")
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()

    def rows() -> Iterator[list[object]]:
        for d in FEATURES:
            yield [d, *(f"{ratio(d, k, options.steps, options.rounds):.1f}" for k in CLUSTERS)]

    about = (
        f"seconds of scikit-learn's Lloyd over ours, {options.steps} steps from the same start, tol=0, "
        f"float32; the best of {options.rounds} rounds"
    )
    table.show("grid", about, ["d", *(f"k={k}" for k in CLUSTERS)], rows, options)


if __name__ == "__main__":
    main()
