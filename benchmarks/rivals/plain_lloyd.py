"""The plain prototype (plain_lloyd.cpp), compiled for this very machine: the speed to keep."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.case import Array

NAME = "plain prototype"
SOURCE = Path(__file__).with_suffix(".cpp")


@cache
def library() -> ctypes.CDLL:
    """Compile the prototype and load it."""
    target = Path(tempfile.mkdtemp()) / "plain_lloyd.so"
    command = [os.environ.get("CXX", "g++"), "-std=c++20", "-O3", "-march=native", "-ffp-contract=fast"]
    subprocess.run([*command, "-shared", "-fPIC", "-pthread", SOURCE, "-o", target], check=True)
    return ctypes.CDLL(str(target))


def fit(points: Array, centers: Array, max_iter: int | None) -> float:
    """Run the steps. Returns NaN: the prototype gives centers and no cost, which spares it that time."""
    if max_iter is None:
        return float("nan")
    final = centers.copy()
    pointer = ctypes.POINTER(ctypes.c_float)
    failed = library().plain_lloyd(
        points.ctypes.data_as(pointer),
        ctypes.c_size_t(len(points)),
        ctypes.c_int(points.shape[1]),
        final.ctypes.data_as(pointer),
        ctypes.c_int(len(centers)),
        ctypes.c_int(max_iter),
    )
    if failed:
        raise ValueError(f"the prototype has no kernel for d={points.shape[1]}")
    return float("nan")
