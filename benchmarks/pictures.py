"""How long pictures of a million points take, from the call until they are a PNG in memory.

    python -m benchmarks.pictures [--rounds 3] [--write]

The median seconds of some runs of each, by the clock and of the processor: 1, 2 and 64 features, 20 and 100
clusters. What a Display must compute is counted: labels by ``predict``, principal components, silhouettes of
a sample, two steps of k-means. Restarts are given, since they are fits and no pictures.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt

from benchmarks import table
from globular import KMeans, plots

N = 1_000_000


def drawn(make: Callable[[], Any], rounds: int) -> list[str]:
    """Return the median seconds by the clock and of the processor, and what was drawn."""
    clock, processor, said = [], [], ""
    for _ in range(rounds):
        begin, began = time.perf_counter(), time.process_time()
        display = make()
        display.figure_.savefig(io.BytesIO(), format="png", dpi=100)
        clock.append(time.perf_counter() - begin)
        processor.append(time.process_time() - began)
        said = type(display).__name__
        plt.close(display.figure_)
    return [said, f"{np.median(clock):.2f} s", f"{np.median(processor):.2f} s"]


def pictures(d: int, k: int, rounds: int) -> Iterator[list[object]]:
    """Time every Display on points of k clusters in d features."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(k, d)) * 6
    y = rng.integers(0, k, N)
    X = (middles[y] + rng.normal(size=(N, d))).astype(np.float32)
    model = KMeans(k, init=middles.astype(np.float32), max_iter=2).fit(X)
    labels = model.labels_
    makes: list[Callable[[], Any]] = [
        lambda: plots.ClustersDisplay.from_estimator(model, X),
        lambda: plots.VoronoiDisplay.from_estimator(model, X),
        lambda: plots.SilhouetteDisplay.from_estimator(model, X),
        lambda: plots.CentersHeatmapDisplay.from_estimator(model, X),
        lambda: plots.CentersAsImagesDisplay.from_estimator(model, X),
        lambda: plots.ConfusionDisplay.from_estimator(model, X, y),
        lambda: plots.EMStepsDisplay.from_data(X, middles, max_iter=2),
        lambda: plots.ComparisonDisplay.from_labels(X, {"one": labels, "other": y}),
        lambda: plots.ClusterTreeDisplay.from_labels([y // 10, y // 5, y]),
        lambda: plots.RestartsDisplay.from_costs(rng.random(100)),
    ]
    for make in makes:
        name, *seconds = drawn(make, rounds)
        yield [name, d, k, *seconds]


def main() -> None:
    options = table.parser(__doc__, 3, "pictures").parse_args()

    def rows() -> Iterator[list[object]]:
        for d in (1, 2, 64):
            for k in (20, 100):
                yield from pictures(d, k, options.rounds)
        rng = np.random.default_rng(0)
        image = rng.integers(0, 256, (1000, 1000, 3)).astype(np.uint8)
        labels = rng.integers(0, 16, N)
        name, *seconds = drawn(lambda: plots.ColorCloudDisplay.from_labels(image, labels), options.rounds)
        yield [name, 3, 16, *seconds]

    columns = ["what", "features", "clusters", "clock", "processor"]
    table.show("pictures", f"{N:,} points, {options.rounds} rounds", columns, rows, options)


if __name__ == "__main__":
    main()
