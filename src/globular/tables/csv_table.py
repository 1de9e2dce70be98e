"""A table of text: what a CSV file says, cell by cell, before any number is read from it.

Cells stay the text they were, so the labelled copy of a file differs from it by one column
and nothing else. Each row remembers the line it began on, because a cell may hold line
breaks and an error should send people to the right line of their editor.

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

import csv
import io
import sys
from array import array
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from globular.errors import GlobularError, TableError
from globular.tables.dialect import Dialect, decode, is_decimal_comma, sniff

Header = Literal["auto", "yes", "no"]

STDIN = "-"

MISSING_WORDS = frozenset({"", "na", "nan", "-nan", "null", "n/a", "#n/a", "<na>", "none"})


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The cells of one file. ``columns`` are the names to ask by, ``header`` the cells as written."""

    name: str  # the path, or "standard input": what messages call it
    columns: tuple[str, ...]
    header: tuple[str, ...] | None  # None: the file has no header line
    rows: Sequence[list[str]]
    lines: Sequence[int]  # the line on which each row begins, counted from 1
    dialect: Dialect

    def cells(self, column: int) -> list[str]:
        """The cells of one column from top to bottom."""
        return [row[column] for row in self.rows]

    def place(self, row: int, column: int | None = None) -> str:
        """Where a cell stands, as messages say it. ``row`` counts from 0, what people read from 1."""
        at = f"{self.name}: row {row + 1} (line {self.lines[row]})"
        return at if column is None else f"{at}, column {shown(self.columns[column])}"

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


def read_bytes(path: str, error: type[GlobularError] = TableError) -> bytes:
    """All bytes of a file, or of standard input for ``-``; ``error`` with the reason if there are none."""
    if path == STDIN:
        return _read_stdin(error)
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise error(f"{path}: no such file") from None
    except IsADirectoryError:
        raise error(f"{path} is a directory; name a file in it") from None
    except PermissionError:
        raise error(f"{path} cannot be read: permission denied") from None
    except OSError as reason:
        raise error(f"{path} cannot be read: {reason.strerror or reason}") from None


def _read_stdin(error: type[GlobularError]) -> bytes:
    if sys.stdin is None:
        raise error("standard input is closed; name a file")
    try:
        return sys.stdin.buffer.read()
    except OSError as reason:
        raise error(f"standard input cannot be read: {reason.strerror or reason}") from None


def read_table(path: str, header: Header = "auto") -> Table:
    """Read the CSV file at ``path`` (``-``: standard input). TableError names row, line and column."""
    return parse_table(read_bytes(path), "standard input" if path == STDIN else path, header)


def parse_table(data: bytes, name: str, header: Header = "auto") -> Table:
    """Read a table from the bytes of a CSV file.

    >>> parse_table(b"x;y\\n1;2\\n", "two.csv").columns
    ('x', 'y')
    """
    text = decode(data, name)
    dialect = sniff(text, bom=data.startswith(BOM_UTF8))
    records: list[list[str]] = []
    lines = array("q")
    for line, record in _records(text, dialect, name):
        records.append(record)
        lines.append(line)
    if not records:
        raise TableError(f"{name} is empty; a table needs a header line and at least one row")
    first = records[0]
    if header == "no" or (header == "auto" and _is_data(first)):
        columns, names = tuple(f"column_{j}" for j in range(1, len(first) + 1)), None
    else:
        columns, names = _column_names(first, name), tuple(first)
        del records[0], lines[0]
        if not records:
            raise TableError(f"{name} has a header line but no rows")
    table = Table(name, columns, names, records, lines, dialect)
    _refuse_ragged_rows(table)
    return table


def _is_data(first: Sequence[str]) -> bool:
    """Whether a first row is a row of numbers, at least one, and not the names of the columns."""
    if len(first) > 1 and list(first) == ["", *map(str, range(len(first) - 1))]:
        return False
    present = [cell for cell in first if not is_missing(cell)]
    return bool(present) and all(is_number(cell) or is_decimal_comma(cell) for cell in present)


def _records(text: str, dialect: Dialect, name: str) -> Iterator[tuple[int, list[str]]]:
    # strict: a quote left open would swallow the rest of the file without a word.
    body, first_line = text[len(dialect.preamble) :], 2 if dialect.preamble else 1
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=dialect.delimiter, strict=True)
    line, width = first_line, 0
    blanks: list[tuple[int, list[str]]] = []
    try:
        for record in reader:
            if not record or (len(record) == 1 and record[0].isspace()):
                blanks.append((line, record or [""]))
            else:
                if width == 1:
                    yield from blanks
                blanks.clear()
                width = width or len(record)
                yield line, record
            line = first_line + reader.line_num
    except csv.Error as error:
        raise TableError(f"{name}: line {line}: {_explained(str(error))}") from None


def _explained(reason: str) -> str:
    if reason.startswith("unexpected end"):
        return "a quoted cell begins here and never ends; close the quote"
    if "expected after" in reason:
        return 'text follows a closing quote; write a quote inside a quoted cell twice ("")'
    if "field limit" in reason:
        return f"a cell is longer than {csv.field_size_limit()} characters; is a quote left open?"
    return reason


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


def _refuse_ragged_rows(table: Table) -> None:
    width = len(table.columns)
    for i, row in enumerate(table.rows):
        if len(row) != width:
            against = "the header has" if table.header is not None else "the first row has"
            remedy = f"; quote cells that contain {table.dialect.delimiter!r}" if len(row) > width else ""
            count = f"{len(row)} cell" + ("s" if len(row) != 1 else "")
            raise TableError(f"{table.place(i)} has {count}, but {against} {width}{remedy}")


def write_labelled(stream: TextIO, table: Table, column: str, labels: Iterable[str]) -> None:
    """Write the table with its labels as one more column; a column of that name is replaced in place.

    ``labels`` has one text per row of the table. A table without a header line stays without.
    """
    try:
        at = table.columns.index(column)
    except ValueError:
        at = len(table.columns)
    header = None if table.header is None else [*table.header[:at], column, *table.header[at + 1 :]]
    pairs = zip(table.rows, labels, strict=True)
    rows = ([*row[:at], label, *row[at + 1 :]] for row, label in pairs)
    _write(stream, table.dialect, table.dialect.preamble, header, rows)


def write_labels(stream: TextIO, table: Table, column: str, labels: Iterable[str]) -> None:
    """Write the labels alone, a line for each line of the table, so that ``paste`` joins the two."""
    header = None if table.header is None else [column]
    blank = table.dialect.newline if table.dialect.preamble else ""
    _write(stream, table.dialect, blank, header, ([label] for label in labels))


class _Lines:
    """Gives each row the table's own line end.

    csv.writer before Python 3.13 quotes a line break in a cell only if the line end contains
    it. So the writer ends rows with both characters, and the end is exchanged here.
    """

    def __init__(self, stream: TextIO, newline: str) -> None:
        self._stream, self._newline = stream, newline

    def write(self, row: str) -> int:
        return self._stream.write(row.removesuffix("\r\n") + self._newline)


def _write(
    stream: TextIO,
    dialect: Dialect,
    preamble: str,
    header: Sequence[str] | None,
    rows: Iterable[Sequence[str]],
) -> None:
    if dialect.bom:
        stream.write(BOM_UTF8.decode())
    stream.write(preamble)
    lines = _Lines(stream, dialect.newline)
    writer = csv.writer(lines, delimiter=dialect.delimiter, lineterminator="\r\n")
    if header is not None:
        writer.writerow(header)
    writer.writerows(rows)
