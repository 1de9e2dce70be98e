"""What every table can do, whatever file it came from: say its columns, and be read by blocks.

A table may be larger than memory, so nobody holds its cells. It is read from top to bottom, some
thousand rows at a time, as often as there is need: the chosen columns as numbers, the columns of
text as text, everything as cells of text to write a labelled copy. Each reader of a kind of file
(``csv_table``, ``arrow_table``, ``array_table``) says these few things in its own way, and nobody
else needs to know which one it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from globular.tables.dialect import Dialect

Float64 = NDArray[np.float64]

# "number" may have gaps; "whole" are numbers without decimals; "text" has categories; "other" is
# neither: moments in time, lists, raw bytes.
Kind = Literal["whole", "number", "text", "other"]

MISSING_WORDS = frozenset({"", "na", "nan", "-nan", "null", "n/a", "#n/a", "<na>", "none"})


class NotANumber(Exception):
    """A cell among the columns that were read as numbers is none; ``row`` and ``column`` are its place."""

    def __init__(self, row: int, column: int, cell: str) -> None:
        super().__init__(cell)
        self.row, self.column, self.cell = row, column, cell


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """What one column holds. ``type`` is how its file calls that, where it has types."""

    kind: Kind
    n_present: int = 0  # cells that are not missing, where they had to be counted
    n_numbers: int = 0
    type: str = "text"

    @property
    def is_number(self) -> bool:
        return self.kind in {"whole", "number"}

    @property
    def is_mostly_text(self) -> bool:
        """Whether a column is meant as text, and not one of numbers with a slip in it."""
        return not self.is_number and 2 * self.n_numbers < max(self.n_present, 1)


class Table(ABC):
    """The rows of one file. ``columns`` are the names to ask by, ``header`` the names as written."""

    name: str  # the path, or "standard input": what messages call it
    columns: tuple[str, ...]
    header: tuple[str, ...] | None  # None: the file has no names
    dialect: Dialect  # how its copy is written as text
    guesses_header = False  # whether the first row might be names, or not

    @abstractmethod
    def numbers(self, places: Sequence[int]) -> Iterator[Float64]:
        """Some columns as float64, NaN where a value is missing: blocks (rows, len(places)).

        Raises NotANumber for a cell that is text.
        """

    @abstractmethod
    def texts(self, places: Sequence[int]) -> Iterator[list[list[str | None]]]:
        """Some columns as text, None where a value is missing: for each block a list for each column."""

    @abstractmethod
    def kinds(self, places: Sequence[int]) -> list[ColumnKind]:
        """What some columns hold. For a file of text this takes a reading."""

    @abstractmethod
    def records(self) -> Iterator[list[list[str]]]:
        """All cells as a text file would have them: blocks of rows."""

    @property
    def text_places(self) -> frozenset[int]:
        """The columns that are known to be no numbers before any is read, as a file with types says it."""
        return frozenset()

    def cell(self, row: int, column: int) -> str:
        """One cell as text, for messages: costs a reading up to there."""
        for block in self.records():
            if row < len(block):
                return block[row][column]
            row -= len(block)
        raise IndexError(row)

    def place(self, row: int, column: int | None = None) -> str:
        """Where a cell stands, as messages say it. ``row`` counts from 0, what people read from 1."""
        at = f"{self.name}: row {row + 1}{self.line_of(row)}"
        return at if column is None else f"{at}, column {shown(self.columns[column])}"

    def line_of(self, row: int) -> str:
        """Where an editor shows a row, in brackets: only files of text have lines."""
        return ""

    def unnamed(self, column: int) -> bool:
        """Whether the header leaves this column without a name."""
        return self.header is not None and not self.header[column].strip()


def shown(cell: str, limit: int = 40) -> str:
    """A cell as a message quotes it: on one line, and short."""
    return repr(cell if len(cell) <= limit else cell[: limit - 1] + "…")


def is_number(cell: str) -> bool:
    """Whether a cell reads as a number, infinities included; the ``1_000`` of Python does not."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def is_missing(cell: str) -> bool:
    """Whether a cell stands for a value that is not there."""
    return cell.strip().lower() in MISSING_WORDS
