"""The plain prototype (plain_lloyd.cpp), compiled for this very machine: the speed to keep."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.case import Case
from benchmarks.rival import Outcome, Rival, Task

SOURCE = Path(__file__).with_suffix(".cpp")
FEATURES = (2, 3, 4, 8, 16)  # that it has kernels for


@cache
def library() -> ctypes.CDLL:
    """Compile the prototype and load it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "plain_lloyd.so"
        command = [os.environ.get("CXX", "g++"), "-std=c++20", "-O3", "-march=native", "-ffp-contract=fast"]
        subprocess.run([*command, "-shared", "-fPIC", "-pthread", SOURCE, "-o", target], check=True)
        return ctypes.CDLL(str(target))


def fit(points: Any, task: Task) -> Outcome:
    """Run the steps. It gives centers alone, no labels, which spares it that time."""
    final = task.start.copy()
    pointer = ctypes.POINTER(ctypes.c_float)
    library().plain_lloyd(
        points.ctypes.data_as(pointer),
        ctypes.c_size_t(len(points)),
        ctypes.c_int(points.shape[1]),
        final.ctypes.data_as(pointer),
        ctypes.c_int(task.k),
        ctypes.c_int(task.max_iter),
    )
    return Outcome(final, task.max_iter)


def refuses(case: Case) -> str | None:
    """Refuse what it has no kernel for."""
    source = case.source
    if source.sparse or source.dtype != "float32" or source.d not in FEATURES:
        return f"float32 of {', '.join(map(str, FEATURES))} features only"
    return None


RIVAL = Rival(
    "plain prototype",
    "prototype",
    None,
    "no labels, no certificate, empty clusters stay empty; its source is `benchmarks/rivals/plain_lloyd.cpp`",
    fit,
    refuses=refuses,
    stops=False,
    seeds=False,
)
