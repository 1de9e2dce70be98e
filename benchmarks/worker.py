"""The process of one rival on one case: fits when it is told to, and says how long it took.

    python -m benchmarks.worker RIVAL CASE

One JSON object a line on standard input: what `benchmarks.rival.Task` holds; ``start`` says whether to start
from the case's centers, ``repeat`` how often to fit, with seeds ``seed``, ``seed + 1``, ..., and ``centers``
names a file for the last fit's final ones. One object a line comes back: seconds a fit, and what the library
counted. What a library prints goes to standard error.

Each rival has a process of its own because OpenMP runtimes of several libraries do not bear each other. This
file, and what it loads, must therefore know neither globular nor scikit-learn.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks import catalogue, prepare
from benchmarks.rival import Rival, Task

WARM_UP = 2000  # points of the first, unmeasured fit: it loads the library and starts its threads


def warm_up(rival: Rival, points: Any, start: Any) -> None:
    """Fit a few points, so that no measured fit waits for an import or a compiler."""
    few = points[: max(WARM_UP, 2 * len(start))]
    rival.fit(few, Task(len(start), start, 2))


def answer(rival: Rival, points: Any, task: Task, repeat: int, centers: str) -> dict[str, Any]:
    """Fit `repeat` times, keep the last centers, and return the mean seconds and the counts."""
    outcomes = []
    begin = time.perf_counter()
    for i in range(repeat):
        outcomes.append(rival.fit(points, replace(task, seed=task.seed + i)))
    seconds = (time.perf_counter() - begin) / repeat
    last = outcomes[-1]
    np.save(centers, np.asarray(last.centers))
    known = [outcome.n_iter for outcome in outcomes if outcome.n_iter is not None]
    n_iter = statistics.mean(known) if known else None
    return {"seconds": seconds, "n_iter": n_iter, "n_distances": last.n_distances}


def main() -> None:
    rival_name, case_name = sys.argv[1:]
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    rival, case = catalogue.rivals()[rival_name], catalogue.cases()[case_name]
    points, start = prepare.load(case)
    points = rival.given(points)
    warm_up(rival, points, start)
    replies.write(json.dumps({"ready": rival.name}) + "\n")
    for line in sys.stdin:
        request = json.loads(line)
        repeat, centers = request.pop("repeat"), request.pop("centers")
        task = Task(**{**request, "k": case.k, "start": start if request["start"] else None})
        replies.write(json.dumps(answer(rival, points, task, repeat, centers)) + "\n")


if __name__ == "__main__":
    main()
