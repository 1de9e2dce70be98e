"""Results kept by case, rival and commit, so that a run that was ended can be continued.

What is measured is what the commit of the core, the cases and the rivals says, on one machine with one set of
versions: all of these are in the name of the folder. A working tree that differs from its commit counts as
another commit, told from others by what differs.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import asdict
from pathlib import Path

from benchmarks.duel import Record
from benchmarks.environment import ROOT

KEPT = ROOT / ".bench"
MEASURED = ("src", "native", "CMakeLists.txt", "benchmarks/cases", "benchmarks/rivals", "benchmarks/sources")


def commit() -> str:
    """Return the last commit that touched what is measured, with a mark of what differs from it."""
    try:
        last, differs, new = (
            subprocess.run(["git", *words, "--", *MEASURED], cwd=ROOT, capture_output=True, check=True).stdout
            for words in (("log", "-1", "--format=%h"), ("diff", "HEAD"), ("status", "--porcelain"))
        )
    except (OSError, subprocess.CalledProcessError):
        return "no-commit"
    mark = f"-{hashlib.sha256(differs + new).hexdigest()[:8]}" if differs or new else ""
    return last.decode().strip() + mark


class Cache:
    """The records of one commit on one machine. ``about`` names machine, versions and numbers of rounds.

    Where there is none of a duel, that of the commit ``before`` will do, if one is named.
    """

    def __init__(self, about: str, folder: Path = KEPT, before: str | None = None) -> None:
        machine = hashlib.sha256(about.encode()).hexdigest()[:8]
        self._folder = folder / commit() / machine
        self._before = folder / before / machine if before else None

    def get(self, discipline: str, case: str, rival: str, version: str | None, cap: float) -> Record | None:
        """Return a record, or None where there is none of that version, or a longer fit might end now."""
        file = self._file(discipline, case, rival)
        if self._before and not file.exists():
            file = self._before / file.relative_to(self._folder)
        try:
            kept = json.loads(file.read_text())
        except FileNotFoundError:
            return None
        if kept.pop("version") != version or (kept["over"] is not None and kept["over"] < cap):
            return None
        return Record(**kept)

    def put(self, discipline: str, case: str, rival: str, version: str | None, record: Record) -> None:
        """Keep a record."""
        file = self._file(discipline, case, rival)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".part")
        beside.write_text(json.dumps({**asdict(record), "version": version}) + "\n")
        beside.replace(file)

    def _file(self, discipline: str, case: str, rival: str) -> Path:
        return self._folder / discipline / f"{case}-{rival}.json"
