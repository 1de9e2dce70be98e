"""Times every exact algorithm on the cases, and how far `auto` is from the best of them.

All give the same bits (tests/laws/test_algorithms.py), so one may be compared with the other from the
same first centers. In each round every algorithm makes one fit, in turn; there are more rounds where all
together take less than a second.

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
STEPS = (20, None)
ENOUGH = 1.0  # seconds, for the rounds of one line


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
        if case.source.sparse or (only and file not in only):  # sparse points have one algorithm
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
            seconds(case, names[0], steps, problem, centers)  # to warm up
            begin, made = time.perf_counter(), 0
            while made < rounds or time.perf_counter() - begin < ENOUGH:
                for name in names:
                    best[name] = min(best[name], seconds(case, name, steps, problem, centers))
                made += 1
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
    about = "milliseconds of a fit from the same first centers, no tolerance, the best of some rounds"
    show("algorithms", about, columns, lambda: rows(asked.rounds, only), asked)


if __name__ == "__main__":
    main()
