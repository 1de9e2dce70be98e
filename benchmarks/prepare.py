"""The points and first centers of a case, made once and kept in benchmarks/data (which git ignores).

The environment variable BENCHMARK_DATA names another folder; all cases take about 0.7 GB.

    python -m benchmarks.prepare CASE

Run as a process of its own, so that what making them takes is gone when anything is measured. Prints one line
and exits 1 where the points cannot be had.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import catalogue
from benchmarks.case import Absent, Case, Source

DATA = Path(os.environ.get("BENCHMARK_DATA") or Path(__file__).parent / "data")


def points_file(source: Source) -> Path:
    """Return where the points of a source are kept."""
    return DATA / f"{source.name}{'.npz' if source.sparse else '.npy'}"


def start_file(case: Case) -> Path:
    """Return where the first centers of a case are kept."""
    return DATA / f"{case.source.name}-start-{case.k}.npy"


def load(case: Case) -> tuple[Any, Any]:
    """Return the points (n, d) and the first centers (k, d) of a case that is prepared."""
    file = points_file(case.source)
    if not case.source.sparse:
        return np.load(file), np.load(start_file(case))
    import scipy.sparse

    return scipy.sparse.load_npz(file), np.load(start_file(case))


def distinct_rows(points: Any, k: int) -> Any:
    """Return k rows, no two alike: equal centers would leave clusters empty, and each library fills these as
    it likes."""
    rows = np.random.default_rng(1).permutation(points.shape[0])[: 4 * k]
    drawn = points[rows] if isinstance(points, np.ndarray) else points[rows].toarray()
    _, first = np.unique(drawn, axis=0, return_index=True)
    if len(first) < k:
        raise ValueError(f"{len(rows)} rows hold only {len(first)} that differ, but {k} centers are needed")
    return np.ascontiguousarray(drawn[np.sort(first)[:k]])


def check(points: Any, source: Source) -> None:
    """Refuse points that are not what the source declares."""
    found = (*points.shape, str(points.dtype))
    if found != (source.n, source.d, source.dtype):
        raise Absent(f"{source.name} is {found}, and not {(source.n, source.d, source.dtype)} as declared")


def keep(write: Any, file: Path) -> None:
    """Write a file beside its place, then move it there, so that no half of it is ever read."""
    DATA.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{os.getpid()}-{file.name}")
    write(beside)
    beside.replace(file)


def prepare(case: Case) -> None:
    """Make what is not there yet. Raises Absent where the points cannot be had."""
    source = case.source
    if points_file(source).exists() and start_file(case).exists():
        return
    if not points_file(source).exists():
        points = source.make()
        check(points, source)
        if source.sparse:
            import scipy.sparse

            keep(lambda file: scipy.sparse.save_npz(file, points), points_file(source))
        else:
            keep(lambda file: np.save(file, points), points_file(source))
    if source.sparse:
        points = scipy.sparse.load_npz(points_file(source))
    else:
        points = np.load(points_file(source), mmap_mode="r")
    start = distinct_rows(points, case.k)
    keep(lambda file: np.save(file, start), start_file(case))


def main() -> None:
    case = catalogue.cases()[sys.argv[1]]
    try:
        prepare(case)
    except Absent as absent:
        sys.exit(str(absent))


if __name__ == "__main__":
    main()
