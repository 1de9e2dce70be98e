"""What the figures are measured on and with: processor, threads, versions, and where the rivals live.

Rivals that globular does not need itself live in an environment of their own, .venv-bench, which
``make bench`` sets up (benchmarks/install.py).
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import numpy as np
import sklearn

import globular
from globular.engines.memory import level_name
from globular.threads import threads

ROOT = Path(__file__).parents[1]
RIVALS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def processor() -> str:
    """Return the processor's name, with its family and model: a virtual machine's name may say neither."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
        says = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        return f"{says['model name']} (family {says['cpu family']}, model {says['model']})"
    except (OSError, KeyError):
        return platform.processor() or platform.machine()


def blas() -> str:
    """Return the name and version of NumPy's BLAS."""
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"


def machine(n_threads: int | None = None, level: str | None = None) -> str:
    """Return one line on what the figures were measured on."""
    return (
        f"{processor()}, {os.cpu_count()} CPUs, {threads(n_threads).n} threads, level {level_name(level)}; "
        f"globular {globular.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__} "
        f"({blas()}), Python {platform.python_version()}"
    )


def version(distribution: str) -> str | None:
    """Return which version of a distribution this process would import, or None."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def python_for(distribution: str | None) -> Path | None:
    """Return the interpreter that has a distribution: this one, the rivals', or None. None is had by all."""
    if distribution is None or version(distribution) is not None:
        return Path(sys.executable)
    return RIVALS_PYTHON if version_in(RIVALS_PYTHON, distribution) is not None else None


def version_in(python: Path, distribution: str | None) -> str | None:
    """Return which version of a distribution an interpreter would import, or None."""
    if distribution is None or python == Path(sys.executable):
        return None if distribution is None else version(distribution)
    folders = [str(folder) for folder in python.parents[1].glob("lib/python*/site-packages")]
    found = next(iter(metadata.distributions(name=distribution, path=folders)), None)
    return None if found is None else found.version


def bound(n_threads: int, level: str | None) -> Mapping[str, str]:
    """Return the environment of a process that may use that many threads, and that instruction level."""
    changed = dict.fromkeys(THREADS, str(n_threads))
    if level is not None:
        changed["GLOBULAR_LEVEL"] = level
    return {**os.environ, **changed, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


def cpus(n_threads: int) -> set[int]:
    """Return as many of the CPUs of this process, of different cores as far as there are any."""
    mine = sorted(os.sched_getaffinity(0))
    siblings = Path("/sys/devices/system/cpu")
    cores: dict[str, list[int]] = {}
    for cpu in mine:
        try:
            core = (siblings / f"cpu{cpu}/topology/thread_siblings_list").read_text().strip()
        except OSError:
            core = str(cpu)
        cores.setdefault(core, []).append(cpu)
    first = [same.pop(0) for same in cores.values()]
    rest = [cpu for same in cores.values() for cpu in same]
    return set((first + rest)[:n_threads])
