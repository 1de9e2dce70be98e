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
    "steps-avx2": "The same, held to AVX2",
    "steps-zen4": "The same, on another machine",
    "convergence": "To the end from the same start",
    "whole": "Whole fits, first centers included",
    "target": "To the cost of an approximate rival",
    "convergence-zen4": "To the end, on another machine",
    "whole-zen4": "Whole fits, on another machine",
    "target-zen4": "To the cost of an approximate rival, on another machine",
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


def tables(folder: Path) -> str:
    """Return the tables of a folder, known ones first, each under its title."""
    known = [
        *TITLES,
        *sorted(
            path.stem for path in folder.glob("*.md") if path.stem not in TITLES
        ),
    ]
    found = [name for name in known if (folder / f"{name}.md").exists()]
    return "\n".join(
        f"## {TITLES.get(name, name)}\n\n{(folder / name).with_suffix('.md').read_text()}"
        for name in found
    )


def put(app: Sphinx, _name: str, source: list[str]) -> None:
    if HERE in source[0]:
        source[0] = source[0].replace(HERE, tables(RESULTS))
        for path in RESULTS.glob("*.md"):
            app.env.note_dependency(path)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", put)
    return {"parallel_read_safe": True}
