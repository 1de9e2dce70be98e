"""Run the cases against the rivals and print ratios.

    python -m benchmarks [--quick] [--rounds 7] [--write]

In every round each rival fits once, in turn, from the same start; the ratio is taken within the round,
so that a machine whose speed drifts does not favour anybody. Printed: the median of the ratios, the
smallest and the largest, and the median seconds. Exact rivals must reach the same cost: a relative
difference beyond 1e-4 is reported. ``--write`` renews benchmarks/results/latest.md, and the table in README.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import statistics
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import sklearn

import globular
from benchmarks import cases, rivals
from benchmarks.case import Case
from globular.engines.memory import level_name
from globular.threads import threads

RESULTS = Path(__file__).parent / "results" / "latest.md"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->"


def modules(package: ModuleType) -> list[Any]:
    """Import every module of a package, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def machine() -> str:
    """Return one line on what the figures were measured on."""
    return (
        f"{processor()}, {os.cpu_count()} CPUs, {threads().n} threads, level {level_name()}; globular "
        f"{globular.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}"
    )


def measure(case: Case, players: list[Any], rounds: int) -> tuple[list[list[float]], list[float]]:
    """Return the seconds of each player in each round, and the costs they reached."""
    points, centers = case.make(np.random.default_rng(0))
    repeat = 1 if len(points) > 10_000 else 50
    seconds: list[list[float]] = [[] for _ in players]
    costs = [player.fit(points, centers, case.max_iter) for player in players]  # warms up
    for _ in range(rounds):
        for player, times in zip(players, seconds, strict=True):
            start = time.perf_counter()
            for _ in range(repeat):
                player.fit(points, centers, case.max_iter)
            times.append((time.perf_counter() - start) / repeat)
    return seconds, costs


def row(case: Case, players: list[Any], rounds: int) -> str:
    """Measure one case and return its line of the table."""
    seconds, costs = measure(case, players, rounds)
    ours = seconds[0]
    cells = [f"{statistics.median(ours) * 1e3:.1f} ms"]
    for times, cost in zip(seconds[1:], costs[1:], strict=True):
        if case.max_iter is None and np.isnan(cost):
            cells += ["-", "-"]
            continue
        ratios = sorted(theirs / own for theirs, own in zip(times, ours, strict=True))
        cells.append(f"{statistics.median(times) * 1e3:.1f} ms")
        cells.append(f"{statistics.median(ratios):.1f}x ({ratios[0]:.1f}-{ratios[-1]:.1f})")
        if case.max_iter is not None and abs(cost / costs[0] - 1) > 1e-4:
            cells[-1] += f" cost differs: {cost:.6g} against {costs[0]:.6g}"
    return f"| {case.name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the short cases")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"renew {RESULTS.name} and the table in README")
    options = parser.parse_args()
    players = sorted(modules(rivals), key=lambda player: player.NAME != "globular")
    head = "| case | globular | " + " | ".join(f"{p.NAME} | ratio (range)" for p in players[1:]) + " |"
    lines = [head, "|" + "---|" * (2 * len(players))]
    print(machine())
    print("\n".join(lines), flush=True)
    for module in modules(cases):
        if module.CASE.quick or not options.quick:
            lines.append(row(module.CASE, players, options.rounds))
            print(lines[-1], flush=True)
    if options.write:
        RESULTS.parent.mkdir(exist_ok=True)
        command = "python -m benchmarks" + (" --quick" if options.quick else "")
        table = (
            f"`{command}`: 20 steps from the same start, tol=0, float32; {options.rounds} rounds. "
            f"{machine()}.\n\n" + "\n".join(lines) + "\n"
        )
        RESULTS.write_text(table)
        before, _, rest = README.read_text().partition(BEGIN)
        README.write_text(before + BEGIN + table + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
