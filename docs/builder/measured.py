"""The tables that the benchmarks have written, each under a title: what stands in `benchmarks/results`.

They are put in place of a line ``<!-- measured -->``. A table that has not been measured is not there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
HERE = "<!-- measured -->\n"
TITLES = {
    "latest": "Whole fits",
    "steps": "Twenty steps from the same start",
    "steps-avx2": "Twenty steps, held to AVX2",
    "convergence": "To the end from the same start",
    "whole": "Whole fits, first centers included",
    "target": "To the cost of an approximate rival",
    "grid": "Every shape",
    "kernel": "The kernel against a matrix product",
    "algorithms": "Every algorithm, and the choice of one",
    "limits": "How near to the limits",
    "growth": "Ten times as many points",
    "seeding": "First centers by k-means++",
    "sparse": "Sparse points",
    "memory": "Memory beside the points",
    "beyond": "Beside plain k-means",
}


# What `--machine` adds to the name of a table.
MACHINES = {"": "", "-zen4": ", on another machine"}


def tables(folder: Path) -> str:
    """Return the tables of a folder, known ones first, each under its title."""
    titles = {
        name + suffix: title + where
        for name, title in TITLES.items()
        for suffix, where in MACHINES.items()
    }
    there = {path.stem: path.read_text() for path in sorted(folder.glob("*.md"))}
    known = [name for name in titles if name in there]
    others = [name for name in there if name not in titles]
    return "\n".join(
        f"## {titles.get(name, name)}\n\n{there[name]}" for name in known + others
    )


def put(app: Sphinx, _name: str, source: list[str]) -> None:
    if HERE in source[0]:
        source[0] = source[0].replace(HERE, tables(RESULTS))
        for path in RESULTS.glob("*.md"):
            app.env.note_dependency(path)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", put)
    return {"parallel_read_safe": True}
