"""Rows of text by the thousand: the pieces of a CSV file, each cut into its rows.

Most tables hold no quotes at all, and then a row is a line and a cell what stands between two
delimiters. Such a block is known by counting: every line has as many delimiters as the first
row. Its numbers are read by NumPy in one go and its labelled copy is its own lines with
something added. Every other block goes through Python's csv module, row by row, which knows
what a quoted line break is. Both say the same; the first says it several times as fast.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from globular.errors import TableError
from globular.tables.dialect import Dialect
from globular.tables.table import Float64

Records = list[list[str]]


class Feed:
    """The lines of a text in pieces, for a csv reader, counted as they go.

    A csv reader takes just the lines that a row needs. So between two rows it is known where the
    text stands, and ``rest_of_piece`` tells whether a row has ended where a piece does.
    """

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._lines: Iterator[str] = iter(())
        self._left = 0
        self.n_lines = self.n_characters = 0

    def take(self, text: str) -> None:
        """Go on with this piece."""
        # newline="": a line break inside a cell stays the one it is.
        self._lines, self._left = io.StringIO(text, newline=""), len(text)

    @property
    def rest_of_piece(self) -> bool:
        return self._left > 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._left:
            self.take(next(self._texts))
        line = next(self._lines)
        self._left -= len(line)
        self.n_lines += 1
        self.n_characters += len(line)
        return line


def records_from(feed: Feed, delimiter: str, name: str, first_line: int) -> Iterator[list[str]]:
    """The records of a feed whose first line has this number; an empty list is a blank line."""
    # strict: a quote left open would swallow the rest of the file without a word.
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        line = first_line + feed.n_lines
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(f"{name}: line {line}: {_explained(str(error))}") from None


class Block:
    """Some rows that follow each other."""

    def __init__(self, records: Records, lines: Sequence[int], text: str = "", delimiter: str = ",") -> None:
        self._records, self._lines, self._text, self._delimiter = records, lines, text, delimiter
        self.n_rows = len(lines)

    def records(self) -> Records:
        """The cells of each row."""
        if self._text:
            return [line.split(self._delimiter) for line in self._plain_lines()]
        return self._records

    def lines(self) -> Sequence[int]:
        """The line on which each row begins, counted from 1."""
        return self._lines

    def plain_numbers(self, places: Sequence[int]) -> Float64 | None:
        """Some columns as numbers, if the block is plain and they hold nothing else."""
        if not self._text:
            return None
        try:
            # comments=None: nothing starts a comment in CSV.
            return np.loadtxt(
                self._plain_lines(), delimiter=self._delimiter, comments=None, usecols=places, ndmin=2
            )
        except ValueError:
            return None

    def appended(self, labels: Sequence[str], newline: str) -> str | None:
        """The block's own lines, each with a label behind it, if the block is plain."""
        if not self._text:
            return None
        end = self._delimiter
        pairs = zip(self._plain_lines(), labels, strict=True)
        return "".join([f"{line}{end}{label}{newline}" for line, label in pairs])

    def _plain_lines(self) -> list[str]:
        return self._text.split("\n")[:-1]


def blocks_of(
    texts: Iterator[str],
    dialect: Dialect,
    name: str,
    first_line: int,
    columns: Sequence[str],
    headerless: bool,
) -> Iterator[Block]:
    """Cut a text, of whole lines, into blocks of rows; TableError for a row of the wrong width."""
    width, row = len(columns), 0
    feed = Feed(texts)
    records = records_from(feed, dialect.delimiter, name, first_line)
    blanks: list[tuple[int, list[str]]] = []  # rows if another row follows, in a table of one column
    for text in texts:
        if plain := _plain(text, dialect, width):
            n = plain.count("\n")
            line = first_line + feed.n_lines
            feed.n_lines += n
            yield Block([], range(line, line + n), plain, dialect.delimiter)
            row += n
            continue
        feed.take(text)
        found: Records = []
        lines: list[int] = []
        while feed.rest_of_piece:
            line = first_line + feed.n_lines
            record = next(records, None)
            if record is None:
                break
            if not record or (len(record) == 1 and record[0].isspace()):
                if width == 1:
                    blanks.append((line, record or [""]))
                continue
            if len(record) != width:
                raise TableError(_ragged(name, row + len(found), line, record, width, dialect, headerless))
            for at, cells in [*blanks, (line, record)]:
                lines.append(at)
                found.append(cells)
            blanks.clear()
        if found:
            yield Block(found, lines)
            row += len(found)


def _plain(text: str, dialect: Dialect, width: int) -> str:
    """The text with plain line ends if each of its lines is a row of cells without quotes, else nothing."""
    if width == 1 or '"' in text:
        return ""
    if dialect.newline == "\r\n":
        if text.count("\n") != text.count("\r\n"):
            return ""
        text = text.replace("\r\n", "\n")
    if dialect.newline == "\r" or "\r" in text:
        return ""
    if not text.endswith("\n"):
        text += "\n"
    data = np.frombuffer(text.encode(), np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if np.diff(ends, prepend=-1).max() > csv.field_size_limit():  # who reads it row by row refuses it
        return ""
    marks = data[(data == ord("\n")) | (data == ord(dialect.delimiter))]
    if len(marks) != len(ends) * width:
        return ""
    marks = marks.reshape(len(ends), width)
    # As many marks as there should be, and every last one a line end: then no other one is.
    return text if (marks[:, -1] == ord("\n")).all() else ""


def _ragged(
    name: str, row: int, line: int, record: list[str], width: int, dialect: Dialect, headerless: bool
) -> str:
    against = "the first row has" if headerless else "the header has"
    remedy = f"; quote cells that contain {dialect.delimiter!r}" if len(record) > width else ""
    count = f"{len(record)} cell" + ("s" if len(record) != 1 else "")
    return f"{name}: row {row + 1} (line {line}) has {count}, but {against} {width}{remedy}"


def _explained(reason: str) -> str:
    if reason.startswith("unexpected end"):
        return "a quoted cell begins here and never ends; close the quote"
    if "expected after" in reason:
        return 'text follows a closing quote; write a quote inside a quoted cell twice ("")'
    if "field limit" in reason:
        return f"a cell is longer than {csv.field_size_limit()} characters; is a quote left open?"
    return reason
