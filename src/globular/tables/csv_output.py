"""A labelled copy as text: the rows of a table as they were read, each with its label behind it.

The table is read once more while its copy is written, block by block, so that neither has to fit
in memory. The copy is written as the table was: its delimiter, its line ends, its byte-order
mark; or with another delimiter, if the name of the copy asks for one.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TextIO

from globular.errors import TableError
from globular.tables.csv_table import CsvTable
from globular.tables.dialect import Dialect
from globular.tables.source import changed
from globular.tables.table import Table

PIECE = 1 << 13


def write_labelled(
    stream: TextIO, table: Table, column: str, labels: Iterable[str], delimiter: str | None = None
) -> None:
    """Write the table with its labels as one more column; a column of that name is replaced in place.

    ``labels`` has one text per row of the table. A table without a header line stays without.
    """
    dialect = _with(table.dialect, delimiter)
    at = table.columns.index(column) if column in table.columns else len(table.columns)
    header = None if table.header is None else [*table.header[:at], column, *table.header[at + 1 :]]
    writer = _begin(stream, dialect, dialect.preamble, header)
    rest = iter(labels)
    if isinstance(table, CsvTable) and dialect == table.dialect and at == len(table.columns):
        for block in table.blocks():
            taken = _taken(rest, block.n_rows, table)
            lines = block.appended(taken, dialect.newline)
            if lines is not None:
                # In small pieces: a pipe may take one large piece whole though its reader has gone.
                for begin in range(0, len(lines), PIECE):
                    stream.write(lines[begin : begin + PIECE])
            else:
                writer.writerows(_labelled(block.records(), taken, at))
    else:
        for records in table.records():
            writer.writerows(_labelled(records, _taken(rest, len(records), table), at))
    if next(rest, None) is not None:
        raise TableError(changed(table.name))


def write_labels(
    stream: TextIO, table: Table, column: str, labels: Iterable[str], delimiter: str | None = None
) -> None:
    """Write the labels alone, a line for each line of the table, so that ``paste`` joins the two."""
    dialect = _with(table.dialect, delimiter)
    header = None if table.header is None else [column]
    blank = dialect.newline if dialect.preamble else ""
    _begin(stream, dialect, blank, header).writerows([label] for label in labels)


def _taken(labels: Iterator[str], n_rows: int, table: Table) -> list[str]:
    """The next labels; TableError if there are fewer, for the table had fewer rows when they were made."""
    taken = list(islice(labels, n_rows))
    if len(taken) < n_rows:
        raise TableError(changed(table.name))
    return taken


def _labelled(records: Iterable[Sequence[str]], labels: Sequence[str], at: int) -> Iterator[list[str]]:
    pairs = zip(records, labels, strict=True)
    return ([*row[:at], label, *row[at + 1 :]] for row, label in pairs)


def _with(dialect: Dialect, delimiter: str | None) -> Dialect:
    """The dialect with another delimiter; a line that names the old one would lie then."""
    if delimiter in {None, dialect.delimiter}:
        return dialect
    return replace(dialect, delimiter=delimiter, preamble="")


class _Lines:
    """Gives each row the table's own line end.

    csv.writer before Python 3.13 quotes a line break in a cell only if the line end contains
    it. So the writer ends rows with both characters, and the end is exchanged here.
    """

    def __init__(self, stream: TextIO, newline: str) -> None:
        self._stream, self._newline = stream, newline

    def write(self, row: str) -> int:
        return self._stream.write(row.removesuffix("\r\n") + self._newline)


def _begin(stream: TextIO, dialect: Dialect, preamble: str, header: Sequence[str] | None) -> Any:
    """Write what stands before the rows, and return the writer of those."""
    if dialect.bom:
        stream.write(BOM_UTF8.decode())
    stream.write(preamble)
    lines = _Lines(stream, dialect.newline)
    writer = csv.writer(lines, delimiter=dialect.delimiter, lineterminator="\r\n")
    if header is not None:
        writer.writerow(header)
    return writer
