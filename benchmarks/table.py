"""A table of measurements: printed line by line, and kept in results/ where that is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.environment import machine

RESULTS = Path(__file__).parent / "results"


def parser(doc: str | None, rounds: int | None, name: str) -> argparse.ArgumentParser:
    """Return a parser of the options that all tables have; None: nothing is measured in rounds."""
    options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    if rounds is not None:
        options.add_argument("--rounds", type=int, default=rounds)
    options.add_argument("--write", action="store_true", help=f"renew results/{name}.md")
    options.add_argument(
        "--machine", help=f"a name of this machine, beside another's: results/{name}-NAME.md"
    )
    return options


def show(
    name: str,
    about: str,
    columns: Sequence[str],
    rows: Callable[[], Iterator[Sequence[object]]],
    asked: argparse.Namespace,
) -> None:
    """Print the table of `rows`; where that is `asked` for, write it with what it is `about` to results/."""
    lines = [line(columns), "|---" * len(columns) + "|"]
    print("\n".join([machine(), *lines]), flush=True)
    for row in rows():
        lines.append(line(row))
        print(lines[-1], flush=True)
    if asked.write:
        head = f"`python -m benchmarks.{name}`: {about}. {machine()}.\n\n"
        file = f"{name}-{asked.machine}.md" if asked.machine else f"{name}.md"
        (RESULTS / file).write_text(head + "\n".join(lines) + "\n")


def line(cells: Sequence[object]) -> str:
    """Return one line of the table."""
    return "| " + " | ".join(map(str, cells)) + " |"
