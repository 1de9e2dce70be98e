"""What the scripts of this folder do alike: show a figure, and put the book's number beside ours.

Each script is a page of the chapter. It calls `beside` for every number, `remark` where the book is wrong or
dated, and `show` for every figure. A figure is written to the folder that was given on the command line (by
default `figures/`, here), or appears on the page when the script is read as a notebook.
"""

from __future__ import annotations

import builtins
import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

FIGURES = Path(__file__).resolve().parent / "figures"
IN_NOTEBOOK = hasattr(builtins, "__IPYTHON__")
DPI = 86 if IN_NOTEBOOK else 110


@dataclass(frozen=True)
class Row:
    """One number: what it is, what the book has, what globular has."""

    what: str
    book: str
    ours: str
    varies: (
        bool  # with the machine (t-SNE's last bits) or the version (work done), so that tests allow for it
    )


@dataclass
class Page:
    """What a script has said so far."""

    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)  # name -> the figure in one sentence


PAGES = [Page()]  # of the scripts that ran in this process; the last is being written


def beside(what: str, ours: Any, book: Any = "", *, varies: bool = False) -> None:
    """Print a number of ours, and the book's beside it if it has one."""
    row = Row(what, str(book), str(ours), varies)
    PAGES[-1].rows.append(row)
    print(f"{row.what:<62} {row.ours:>12}" + f"   book: {row.book}" * bool(row.book))


def remark(text: str) -> None:
    """Print where the book is wrong, or was right once. It stands in a cell of its own."""
    PAGES[-1].remarks.append(text)
    print("*", text)


def show(picture: Any, name: str, alt: str = "") -> None:
    """Show a Display, or a matplotlib Figure with `alt` to say in a sentence what is on it; then close it."""
    figure = picture if isinstance(picture, Figure) else picture.figure_
    png = io.BytesIO()
    alt = alt or picture.describe()
    figure.savefig(png, format="png", dpi=DPI, metadata={"Description": alt})
    plt.close(figure)
    _put(png.getvalue(), name, alt)


def show_moving(picture: Any, name: str) -> None:
    """Show a Display of half steps as an animated PNG, which stands still where that is unknown."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{name}.png"
        picture.animate(path, dpi=DPI)
        _put(path.read_bytes(), name, picture.describe())


def _put(image: bytes, name: str, alt: str) -> None:
    PAGES[-1].figures[name] = alt
    if IN_NOTEBOOK:
        from IPython.display import Image, display

        display(Image(image, format="png", alt=alt))
        print(alt)
    else:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FIGURES
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(image)
        print(f"[{name}.png] {alt}")
