"""Run the chapter's code cells as they were printed, with only their import lines changed.

The folder `printed/` holds the cells of the k-means chapter of VanderPlas' *Python Data Science Handbook*,
letter by letter, in the forms in which people meet them. Two kinds of their lines cannot stay: those that
import k-means from scikit-learn, for globular takes its place, and those whose names have moved or are gone
since. `TODAY` lists them all; every other line runs as it is printed.

    python examples/chapter/as_printed.py second_edition [FOLDER]

runs the cells of one form, prints what the last line of a cell is worth, beside what the book prints there,
and with a FOLDER writes the figures into it.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl

PRINTED = Path(__file__).resolve().parent / "printed"
FORMS = tuple(sorted(path.stem for path in PRINTED.glob("*.ipy")))

# A printed line, and the line that takes its place. Nothing else is changed.
TODAY = {
    # k-means and its kin, by globular
    "from sklearn.cluster import KMeans": "from globular import KMeans",
    "from sklearn.cluster import MiniBatchKMeans": "from globular import MiniBatchKMeans",
    "from sklearn.cluster import SpectralClustering": "from globular import SpectralClustering",
    # moved: scikit-learn 0.24 took the module samples_generator away
    "from sklearn.datasets.samples_generator import make_blobs": "from sklearn.datasets import make_blobs",
    # renamed: matplotlib 3.8 took away the styles' old names
    "plt.style.use('seaborn-whitegrid')": "plt.style.use('seaborn-v0_8-whitegrid')",
    # a word to the notebook, not Python
    "%matplotlib inline": "",
}


@dataclass(frozen=True)
class Cell:
    """One code cell: its number, its lines as printed, and what the book prints below it."""

    number: int
    printed: str
    out: str | None

    @property
    def code(self) -> str:
        """The cell with the lines of `TODAY` in their places."""
        return "\n".join(TODAY.get(line, line) for line in self.printed.splitlines())


@dataclass(frozen=True)
class Run:
    """What came of the cells of one form."""

    values: dict[
        int, Any
    ]  # cell -> what its last line is worth; no entry for a line that is not worth anything
    names: dict[int, dict[str, Any]]  # cell -> all variables as they were after it


def cells(form: str) -> list[Cell]:
    """Return the code cells of a form, one of `FORMS`, as they were printed."""
    text = (PRINTED / f"{form}.ipy").read_text()
    found = []
    for number, body in re.findall(
        r"^# In\[(\d+)\]:\n(.*?)(?=^# In\[|\Z)", text, flags=re.DOTALL | re.MULTILINE
    ):
        out = re.search(r"^# Out\[\d+\]: (.*)$", body, flags=re.MULTILINE)
        found.append(Cell(int(number), re.sub(r"^# Out.*\n", "", body, flags=re.MULTILINE), out and out[1]))
    return found


def run(form: str, folder: Path | None = None, only: Collection[int] | None = None) -> Run:
    """Run the cells of a form one after the other, as a notebook would; write each figure to `folder`.

    only: numbers of cells to run, by default all.

    The cells style matplotlib and silence warnings for all; both are put back when they are done.
    """
    space: dict[str, Any] = {}
    values, names = {}, {}
    with mpl.rc_context({"backend": "agg"}), warnings.catch_warnings():
        for cell in cells(form):
            if only is not None and cell.number not in only:
                continue
            value = _run_cell(cell, space)
            if value is not None:
                values[cell.number] = value
            names[cell.number] = dict(space)
            _close_figures(None if folder is None else folder / f"{form}_{cell.number:02}.png")
    return Run(values, names)


def _run_cell(cell: Cell, space: dict[str, Any]) -> Any:
    """Run one cell in `space`; return what its last line is worth, None after a semicolon, as a notebook."""
    where = f"<{cell.number}>"
    body = ast.parse(cell.code, where).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), where, "exec"), space)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), where, "eval"), space)
    return None if cell.code.rstrip().endswith(";") else value


def _close_figures(path: Path | None) -> None:
    from matplotlib import pyplot as plt

    if path is not None and plt.get_fignums():
        path.parent.mkdir(parents=True, exist_ok=True)
        plt.gcf().savefig(path, dpi=60)
    plt.close("all")


def main() -> None:
    if len(sys.argv) not in {2, 3} or sys.argv[1] not in FORMS:
        sys.exit(f"usage: python as_printed.py {{{','.join(FORMS)}}} [FOLDER]")
    form = sys.argv[1]
    found = run(form, Path(sys.argv[2]) if len(sys.argv) == 3 else None)
    for cell in cells(form):
        if cell.number in found.values:
            print(f"Out[{cell.number}]: {found.values[cell.number]}   (printed: {cell.out or 'nothing'})")


if __name__ == "__main__":
    main()
