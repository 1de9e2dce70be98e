"""`make calibrate`: measures what an E-step's operations cost here, and writes native/assign/work_table.hpp.

The core chooses between looking at all rows and going by their gaps from counts and these prices (work.hpp
there). The points are made so that it is known beforehand which rows a step looks at: centers come in
pairs, and all points lie on one side of a pair. Centers that move together then change no label; they use
up the gap where a pair is close, and do not where it is wide.

    python -m benchmarks.calibrate
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from benchmarks.environment import machine
from globular import _native
from globular.engines.memory import MemoryEngine
from globular.problem import Problem

TABLE = Path(__file__).parents[1] / "native" / "assign" / "work_table.hpp"
N_ROWS = 131_072  # beyond the second cache, as most data are
CLOSE, WIDE, MOVE, APART = 0.01, 1.5, 0.02, 6.0
FEW, MORE = (1, 2, 3, 4), (5, 8, 12, 16, 24, 32)  # features
CENTERS = (2, 4, 8, 16, 32, 64)
STEPS = 100
LEAST = 0.1  # nanoseconds that are measured


def seconds_a_row(d: int, k: int, share: float, way: str, level: str) -> float:
    """Return the seconds a row takes in a step that looks at this share of the rows, of one thread."""
    rng = np.random.default_rng(0)
    side = int(np.ceil((k // 2) ** (1 / d)))
    corner = np.stack(np.unravel_index(np.arange(k // 2), (side,) * d), axis=1) * APART
    own = rng.integers(len(corner), size=N_ROWS)
    close = np.arange(len(corner)) < share * len(corner) if len(corner) > 1 else np.array([share == 1.0])
    beside = np.where(close, CLOSE, WIDE)[:, None] * np.eye(d)[0]
    points = corner[own] - np.eye(d)[0] + rng.normal(size=(N_ROWS, d)) * 0.05
    problem = Problem.checked(points.astype(np.float32))
    centers = np.concatenate([corner, corner + beside]).astype(np.float64)
    engine = MemoryEngine(problem, level=level, n_threads=1, way=way)
    there = [np.ascontiguousarray(centers + move * np.eye(d)[0]) for move in (0.0, MOVE)]
    engine.e_step(there[0])
    best = np.inf
    for step in range(1, STEPS):
        begin = time.thread_time()
        tally = engine.e_step(there[step % 2])
        best = min(best, time.thread_time() - begin)
        if tally.n_changed or tally.n_settled:
            raise RuntimeError(f"d={d} k={k}: {tally.n_changed} rows changed, {tally.n_settled} were settled")
    return best / N_ROWS


def labelling(features: tuple[int, ...], share: float, way: str, level: str) -> list[float]:
    """Return the price of a row, of a center, and of a product, in nanoseconds."""
    cases = [(d, k) for d in features for k in CENTERS]
    measured = np.array([seconds_a_row(d, k, share, way, level) for d, k in cases]) * 1e9
    counts = np.array([[1.0, k, k * d] for d, k in cases])
    return [float(price) for price in nnls(counts / measured[:, None], np.ones(len(cases)))[0]]


def looking_at_some(level: str) -> list[float]:
    """Return the price of checking a limit; and of a row looked at among others, and each of its features.

    From steps that look at some: one that looks at none passes whole chunks over.
    """
    k, few, some = 32, 1 / 16, 1 / 4
    by_d = []
    for d in FEW + MORE:
        at_few, at_some, whole = (
            seconds_a_row(d, k, share, "hamerly", level) * 1e9 for share in (few, some, 1.0)
        )
        looked_at = (at_some - at_few) / (some - few)
        by_d.append((d, at_few - few * looked_at, max(LEAST, looked_at - whole)))
    d, check, gathered = np.array(by_d).T
    row, value = nnls(np.stack([1 / gathered, d / gathered], axis=1), np.ones(len(d)))[0]
    return [float(np.median(check)), float(row), float(value)]


def others(mine: set[str]) -> Iterator[str]:
    """Yield the rows of the table that are of other processors than this one."""
    for row, level in re.findall(r'^ {4}(\{"([^"]+)".*?\n)(?= {4}\{"|\};)', TABLE.read_text(), re.M | re.S):
        if level not in mine:
            yield row.rstrip()


def line(level: str, prices: list[list[float]]) -> str:
    few, few_gaps, more, more_gaps, looking = (", ".join(f"{price:.3f}" for price in some) for some in prices)
    name = _native.costs_like(level)
    return f'{{"{name}", {{{{{few}}}, {{{few_gaps}}}}}, {{{{{more}}}, {{{more_gaps}}}}}, {looking}}},'


def main() -> None:
    lines = []
    for level in reversed(_native.levels()):  # the widest first
        prices = [
            labelling(FEW, 1.0, "brute", level),
            labelling(FEW, 1.0, "hamerly", level),
            labelling(MORE, 1.0, "brute", level),
            labelling(MORE, 1.0, "hamerly", level),
            looking_at_some(level),
        ]
        lines.append(line(level, prices))
        print(lines[-1])
    lines += others({_native.costs_like(level) for level in _native.levels()})
    TABLE.write_text(
        "// Written by `make calibrate`; see work.hpp. A level that is not here has the first one's prices.\n"
        f"// The first rows are of {machine()}\n"
        '#pragma once\n\n#include "work.hpp"\n\nnamespace globular {\n\n'
        "inline constexpr Prices kPrices[] = {\n" + "\n".join(lines) + "\n};\n\n}  // namespace globular\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
