"""Times every exact algorithm on the cases, and how far `auto` is from the best of them.

All give the same bits (tests/laws/test_algorithms.py), so one may be compared with the other from the
same first centers. In each round every algorithm makes one fit, in turn.

    python -m benchmarks.algorithms [--rounds 3] [--write] [--only CASE,CASE]
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks import catalogue, prepare
from benchmarks.case import Absent, Case
from benchmarks.table import parser, show
from globular import em
from globular.problem import Problem
from globular.registry import ALGORITHMS
from globular.seeding.given import Given

SAME = {"lloyd", "elkan"}  # names of auto's
NOT_TIMED = {"words1000", "fashion1000", "glosses50"}  # minutes: only where asked for
STEPS = (20, None)


def seconds(case: Case, name: str, steps: int | None, problem: Problem, centers: np.ndarray) -> float:
    begin = time.perf_counter()
    em.fit(
        problem,
        case.k,
        seeding=Given(centers),
        algorithm=name,
        tol=0.0,
        max_iter=steps or case.most_steps,
    )
    return time.perf_counter() - begin


def rows(rounds: int, only: set[str]) -> Iterator[Sequence[object]]:
    for file, case in catalogue.cases().items():
        if file not in only if only else file in NOT_TIMED:
            continue
        try:
            prepare.prepare(case)
        except Absent as absent:
            print(absent)
            continue
        points, centers = prepare.load(case)
        problem = Problem.checked(points)
        names = [
            name
            for name, algorithm in ALGORITHMS.items()
            if name not in SAME and problem.d <= (algorithm.most_features or problem.d)
        ]
        for steps in STEPS:
            best = dict.fromkeys(names, np.inf)
            for name in [names[0], *names * rounds]:  # the first fit warms up
                best[name] = min(best[name], seconds(case, name, steps, problem, centers))
            single = min(best[name] for name in names if name != "auto")
            yield [
                case.name,
                steps or "to rest",
                *(
                    f"{best[name] * 1e3:.1f}" if name in best else "-"
                    for name in ALGORITHMS
                    if name not in SAME
                ),
                f"{best['auto'] / single:.2f}",
            ]


def main() -> None:
    options = parser(__doc__, 3, "algorithms")
    options.add_argument("--only", default="", help="cases, by their files' names")
    asked = options.parse_args()
    only = {name for name in asked.only.split(",") if name}
    columns = ["case", "steps", *(f"{name}, ms" for name in ALGORITHMS if name not in SAME), "auto / best"]
    about = "milliseconds of a fit from the same first centers, no tolerance, the best of a few rounds"
    show("algorithms", about, columns, lambda: rows(asked.rounds, only), asked.write)


if __name__ == "__main__":
    main()
