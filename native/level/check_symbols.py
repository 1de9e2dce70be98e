"""Fail if an object of one instruction level shares code with the others.

A function that is compiled into two level units under one name is one weak symbol, and the linker
may keep the AVX-512 body for all: an illegal instruction on older machines, invisible on ours. So
every symbol that a level unit defines must lie in its own namespace.

    python native/level/check_symbols.py BUILD_FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def shared_symbols(level: str, obj: Path) -> list[str]:
    """Return the symbols that the object defines outside of globular::<level>."""
    listing = subprocess.run(["nm", "-C", "--defined-only", obj], check=True, capture_output=True, text=True)
    bad = []
    for line in listing.stdout.splitlines():
        _, kind, name = line.split(maxsplit=2)
        local = kind in "rbdt" and not name.startswith("globular::")
        if not local and f"globular::{level}::" not in name:
            bad.append(f"{kind} {name}")
    return bad


def main(folder: str) -> int:
    objects = sorted(Path(folder).glob("cp*/CMakeFiles/globular_level_*.dir/**/*.o"))
    if not objects:
        print(f"no level objects under {folder}: build first")
        return 1
    failed = False
    for obj in objects:
        level = next(p.name for p in obj.parents if p.name.endswith(".dir"))
        level = level.removeprefix("globular_level_").removesuffix(".dir")
        bad = shared_symbols(level, obj)
        failed = failed or bool(bad)
        for symbol in bad:
            print(f"{obj}: outside globular::{level}: {symbol}")
    print(f"{len(objects)} level objects, {'some share symbols' if failed else 'none shares a symbol'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
