"""How many threads a call may use, and why.

Threads never change a result, so the only question is what the machine grants: the CPUs this
process is allowed to run on, the share of them that a container may use, and what a job system
said in ``OMP_NUM_THREADS`` (joblib sets it in its workers, so nested parallelism stays polite).
"""

from __future__ import annotations

import os
from functools import cache
from math import ceil
from numbers import Integral
from pathlib import Path
from typing import NamedTuple

from globular.errors import ParameterError

MOST_THREADS = 4096
_CGROUP_2 = Path("/sys/fs/cgroup/cpu.max")
_CGROUP_1 = Path("/sys/fs/cgroup/cpu")


class Threads(NamedTuple):
    """A number of threads and the reason for it."""

    n: int
    why: str


def threads(n_threads: int | None = None) -> Threads:
    """Return how many threads to use: what was asked for, or what the machine grants.

    Raises ParameterError unless n_threads is None or a positive integer.

    >>> threads(3)
    Threads(n=3, why='asked for')
    """
    if n_threads is None:
        return _granted(os.environ.get("OMP_NUM_THREADS", ""))
    if isinstance(n_threads, bool) or not isinstance(n_threads, Integral) or n_threads < 1:
        raise ParameterError(f"n_threads={n_threads!r}, but it must be a positive integer or None (all CPUs)")
    if n_threads > MOST_THREADS:
        raise ParameterError(
            f"n_threads={n_threads}, but at most {MOST_THREADS} are possible; None takes all CPUs"
        )
    return Threads(int(n_threads), "asked for")


def _granted(omp_num_threads: str) -> Threads:
    granted = _affinity()
    quota = _cgroup_quota()
    if quota is not None and quota < granted.n:
        granted = Threads(quota, "the container's CPU quota")
    first = omp_num_threads.split(",", maxsplit=1)[0].strip()
    if first.isdigit() and 0 < int(first) < granted.n:
        granted = Threads(int(first), "OMP_NUM_THREADS")
    return granted


def _affinity() -> Threads:
    try:
        return Threads(len(os.sched_getaffinity(0)), "CPUs this process may use")
    except AttributeError:  # not on every system
        return Threads(os.cpu_count() or 1, "CPUs of this machine")


@cache
def _cgroup_quota() -> int | None:
    """Return the CPUs that a container may use, rounded up; None without a limit."""
    try:
        quota, period = _CGROUP_2.read_text().split()
    except (OSError, ValueError):
        try:
            quota = (_CGROUP_1 / "cpu.cfs_quota_us").read_text()
            period = (_CGROUP_1 / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        return max(1, ceil(int(quota) / int(period))) if int(quota) > 0 else None
    except ValueError:  # "max": no limit
        return None
