"""What all Displays share: panels to draw on, drawing again, and the numbers that were drawn."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import IO, Any, Self

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from globular.errors import MissingExtraError, ParameterError
from globular.plots.marks import figure_of
from globular.plots.style import styled
from globular.tables.output import write_file

FORMATS = (".png", ".svg", ".pdf")
DPI = 150
CHARACTERS_PER_INCH = 13.5  # of a headline
AxesLike = Axes | Sequence[Axes] | np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Grid:
    """How many panels a picture has, and how large it is if nobody gives it a place."""

    n: int = 1
    columns: int = 1
    width: float = 6.4  # inches, of the whole figure
    height: float = 4.4

    @property
    def rows(self) -> int:
        """Rows of panels, of which the last may not be full."""
        return -(-self.n // self.columns)


def picture_format(path: str | os.PathLike[str]) -> str:
    """Return what a picture's name says it is: 'png', 'svg' or 'pdf'. Raises ParameterError.

    >>> picture_format("blobs.SVG")
    'svg'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise ParameterError(f"{os.fspath(path)}: a picture's name must end in {', '.join(FORMATS)}")
    return suffix[1:]


class Display(ABC):
    """A picture that knows its numbers.

    Attributes
    ----------
    data_ : dict of str to ndarray
        What is drawn, as plain arrays; each class says which.
    ax_ : matplotlib Axes
        The axes last drawn on; of several panels the first.
    axes_ : ndarray of Axes, (n_panels,)
        All of them.
    figure_ : matplotlib Figure
        The figure they are on.
    """

    data_: dict[str, Any]
    ax_: Axes
    axes_: np.ndarray[Any, Any]
    figure_: Figure

    def plot(self, ax: AxesLike | None = None, *, title: str | None = None) -> Self:
        """Draw, without computing again.

        ax: where to. None makes a figure. A picture of several panels divides the place of a single Axes,
        or takes a sequence of Axes, one for each. title: None for the picture's own (but none where one Axes
        is divided), "" for none. Returns self. Raises ParameterError if the number of Axes is wrong.
        """
        with styled():
            grid = self._grid()
            panels = _panels(ax, grid)
            self.axes_, self.ax_ = np.array(panels, dtype=object), panels[0]
            self.figure_ = figure_of(panels[0])
            self._draw(panels)
            divided = isinstance(ax, Axes) and len(panels) > 1
            headline = title if title is not None else "" if divided else self._title()
            if headline:
                _put_title(headline, ax, panels)
            self._settle()
        return self

    def save(self, path: str | os.PathLike[str], *, dpi: int = DPI, force: bool = True) -> Path:
        """Write the picture to a .png, .svg or .pdf file, whole or not at all, with `describe` as its text.

        dpi: dots an inch of a .png, and of the points of large pictures elsewhere. force=False refuses to
        replace a file. Returns the path. Raises ParameterError, OutputExistsError, OutputError.
        """
        form = picture_format(path)
        title, text = self._title().replace("\n", "; "), self.describe()
        about = {
            "png": {"Title": title, "Description": text},
            "svg": {"Title": title, "Description": text, "Date": None},
            "pdf": {"Title": title, "Subject": text, "CreationDate": None, "ModDate": None},
        }[form]

        def draw(stream: IO[bytes]) -> None:
            # With a salt of our own the same picture is the same file.
            with mpl.rc_context({"svg.hashsalt": "globular"}):
                self.figure_.savefig(stream, format=form, dpi=dpi, metadata=about)

        write_file(os.fspath(path), draw, force=force)
        return Path(path)

    @abstractmethod
    def describe(self) -> str:
        """Return one sentence that says what the picture shows: a text for those who do not see it."""

    def to_frame(self) -> Any:
        """Return the numbers drawn as a pandas DataFrame, one observation a row. Raises MissingExtraError."""
        try:
            pandas = import_module("pandas")
        except ImportError:
            message = "to_frame needs pandas: pip install pandas; .data_ has the arrays"
            raise MissingExtraError(message) from None
        return pandas.DataFrame(self._table())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.describe()}>"

    def _grid(self) -> Grid:
        return Grid()

    @abstractmethod
    def _draw(self, panels: list[Axes]) -> None:
        """Draw on the panels that `_grid` asked for, inside of our style."""

    @abstractmethod
    def _title(self) -> str:
        """The headline, in one line or two."""

    @abstractmethod
    def _table(self) -> dict[str, Any]:
        """The columns of `to_frame`."""

    def _settle(self) -> None:  # noqa: B027 - most have nothing to do here
        """Do what can be done only when everything has its place."""


def _panels(ax: AxesLike | None, grid: Grid) -> list[Axes]:
    if ax is None:
        figure = plt.figure(figsize=(grid.width, grid.height), layout="constrained")
        made = figure.subplots(grid.rows, grid.columns, squeeze=False).ravel().tolist()
        for spare in made[grid.n :]:
            spare.remove()
        return list(made[: grid.n])
    if isinstance(ax, Axes):
        return [ax] if grid.n == 1 else _divided(ax, grid)
    given = list(np.asarray(ax, dtype=object).ravel())
    if len(given) != grid.n or not all(isinstance(a, Axes) for a in given):
        raise ParameterError(
            f"ax has {len(given)} axes, but this picture has {grid.n} panels; pass as many Axes, one Axes to "
            "be divided, or None"
        )
    return given


def _divided(ax: Axes, grid: Grid) -> list[Axes]:
    """Put panels in the place of one Axes, which stays there unseen."""
    ax.set_axis_off()
    spec = ax.get_subplotspec()
    cells = [(i // grid.columns, i % grid.columns) for i in range(grid.n)]
    if spec is not None:
        parts = spec.subgridspec(grid.rows, grid.columns)
        return [ax.figure.add_subplot(parts[row, column]) for row, column in cells]
    width, height, gap = 1 / grid.columns, 1 / grid.rows, 0.18
    return [
        ax.inset_axes(
            (column * width, 1 - (row + 1) * height, width * (1 - gap), height * (1 - gap)),
        )
        for row, column in cells
    ]


def _put_title(headline: str, ax: AxesLike | None, panels: list[Axes]) -> None:
    """Write the headline over the picture, in lines that it is wide enough for."""
    figure = figure_of(panels[0])
    place = ax if isinstance(ax, Axes) else None
    inches = figure.get_figwidth() * (place.get_position().width if place else 1.0)
    most = max(int(inches * CHARACTERS_PER_INCH), 20)
    text = "\n".join(fill(line, most) for line in headline.splitlines())
    if len(panels) == 1:
        panels[0].set_title(text)
    elif place is not None:  # which is not there to be written over: the first panel has it
        panels[0].set_title(f"{text}\n{panels[0].get_title(loc='left')}")
    elif ax is None:
        figure.suptitle(text, x=0.01, ha="left")
