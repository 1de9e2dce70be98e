"""A table of text: what a CSV file says, cell by cell.

Cells stay the text they were, so the labelled copy of a file differs from it by one column
and nothing else. A row knows the line it began on, because a cell may hold line breaks and an
error should send people to the right line of their editor. How the text is cut into rows is the
matter of ``csv_blocks``; nothing of it is kept.

Three decisions about what CSV leaves open:

* The first row is the header, unless it holds numbers and, at most, gaps beside them; then
  the columns are called ``column_1``, ``column_2``, ... and the first row is data. Here a
  number with a decimal comma counts too: no column is called 1,5. A row
  ``,0,1,2`` is a header all the same: data frames without names write it. ``header="yes"``
  and ``"no"`` decide it by hand (a table whose columns are years needs that).
* A column without a name is called by its place, ``column_3``. It is seldom meant: data
  frames write their row numbers that way.
* Blank lines are skipped, except between the rows of a table of one column: there a blank
  line is the only way to write a missing value.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from globular.errors import TableError
from globular.tables.csv_blocks import Block, Feed, blocks_of, records_from
from globular.tables.dialect import is_decimal_comma, sniff, texts
from globular.tables.source import Source
from globular.tables.table import ColumnKind, Float64, NotANumber, Table, is_missing, is_number, shown

Header = Literal["auto", "yes", "no"]

WHOLE = re.compile(r"\s*[-+]?(?:0|[1-9]\d{0,17})\s*", re.ASCII)


class CsvTable(Table):
    """The rows of a CSV file, read from its source each time they are asked for."""

    guesses_header = True

    def __init__(self, source: Source, header: Header = "auto") -> None:
        self.name, self._source = source.name, source
        first_text = next(texts(source), "")
        self.dialect = sniff(first_text, bom=source.start.startswith(BOM_UTF8))
        line, first, begins, ends = self._first_record()
        if header == "no" or (header == "auto" and _is_data(first)):
            self.columns, self.header = tuple(f"column_{j}" for j in range(1, len(first) + 1)), None
            self._first_line, self._begin = line, begins
        else:
            self.columns, self.header = _column_names(first, self.name), tuple(first)
            self._first_line, self._begin = ends[0], ends[1]
            if next(self.blocks(), None) is None:
                raise TableError(f"{self.name} has a header line but no rows")

    def _first_record(self) -> tuple[int, list[str], int, tuple[int, int]]:
        """The first row that is not blank: its line, its cells, where it begins, and what follows it."""
        first_line = 2 if self.dialect.preamble else 1
        feed = Feed(_behind(texts(self._source), len(self.dialect.preamble)))
        at = first_line, 0
        for record in records_from(feed, self.dialect.delimiter, self.name, first_line):
            ends = first_line + feed.n_lines, feed.n_characters
            if record and not (len(record) == 1 and record[0].isspace()):
                begins = len(self.dialect.preamble) + at[1]
                return at[0], record, begins, (ends[0], len(self.dialect.preamble) + ends[1])
            at = ends
        raise TableError(f"{self.name} is empty; a table needs a header line and at least one row")

    def blocks(self) -> Iterator[Block]:
        """The rows from top to bottom; TableError for one that has too few cells or too many."""
        rest = _behind(texts(self._source), self._begin)
        return blocks_of(rest, self.dialect, self.name, self._first_line, self.columns, self.header is None)

    def numbers(self, places: Sequence[int]) -> Iterator[Float64]:
        begin = 0
        for block in self.blocks():
            yield self._numbers(block, places, begin)
            begin += block.n_rows

    def _numbers(self, block: Block, places: Sequence[int], begin: int) -> Float64:
        if not places:
            return np.empty((block.n_rows, 0))
        values = block.plain_numbers(places)
        if values is not None:
            return values
        records = block.records()
        values = np.empty((len(records), len(places)))
        for f, place in enumerate(places):
            cells = [record[place] for record in records]
            try:
                values[:, f] = list(map(float, cells))
                plain = not any("_" in cell for cell in cells)
            except ValueError:
                plain = False
            if not plain:
                for i, cell in enumerate(cells):
                    if is_missing(cell):
                        values[i, f] = np.nan
                    elif is_number(cell):
                        values[i, f] = float(cell)
                    else:
                        raise NotANumber(begin + i, place, cell)
        return values

    def texts(self, places: Sequence[int]) -> Iterator[list[list[str | None]]]:
        for records in self.records():
            yield [
                [None if is_missing(record[place]) else record[place] for record in records]
                for place in places
            ]

    def kinds(self, places: Sequence[int]) -> list[ColumnKind]:
        n_present, n_numbers, n_whole = ([0] * len(places) for _ in range(3))
        for columns in self.texts(places):
            for j, cells in enumerate(columns):
                present = [cell for cell in cells if cell is not None]
                if n_whole[j] == n_present[j]:  # one cell that is not whole decides
                    n_whole[j] += sum(1 for cell in present if WHOLE.fullmatch(cell))
                n_present[j] += len(present)
                n_numbers[j] += _n_numbers(present)
        return [
            ColumnKind(
                "text" if numbers < present else "whole" if whole == present > 0 else "number",
                present,
                numbers,
            )
            for present, numbers, whole in zip(n_present, n_numbers, n_whole, strict=True)
        ]

    def records(self) -> Iterator[list[list[str]]]:
        for block in self.blocks():
            yield block.records()

    def line_of(self, row: int) -> str:
        for block in self.blocks():
            if row < block.n_rows:
                return f" (line {block.lines()[row]})"
            row -= block.n_rows
        raise IndexError(row)


def _behind(texts: Iterator[str], n_characters: int) -> Iterator[str]:
    """The text that follows so many characters."""
    for text in texts:
        if n_characters < len(text):
            yield text[n_characters:]
        n_characters = max(0, n_characters - len(text))


def _n_numbers(cells: Sequence[str]) -> int:
    """How many cells are numbers; quick where all are."""
    try:
        list(map(float, cells))
    except ValueError:
        return sum(map(is_number, cells))
    return sum("_" not in cell for cell in cells)


def _is_data(first: Sequence[str]) -> bool:
    """Whether a first row is a row of numbers, at least one, and not the names of the columns."""
    if len(first) > 1 and list(first) == ["", *map(str, range(len(first) - 1))]:
        return False
    present = [cell for cell in first if not is_missing(cell)]
    return bool(present) and all(is_number(cell) or is_decimal_comma(cell) for cell in present)


def _column_names(header: Sequence[str], name: str) -> tuple[str, ...]:
    columns = [cell.strip() or f"column_{j}" for j, cell in enumerate(header, 1)]
    first_place: dict[str, int] = {}
    for place, column in enumerate(columns, 1):
        if column in first_place:
            raise TableError(
                f"{name}: columns {first_place[column]} and {place} are both named {shown(column)}; "
                "rename one of them"
            )
        first_place[column] = place
    return tuple(columns)
