"""The labelled copy of a table, in the format that its name says.

``.csv``, ``.tsv`` and their gzipped forms are text, ``.parquet``, ``.arrow`` and ``.feather`` have
types, ``.npy`` is the labels alone, as an array. Any other name, and standard output, gets text in the
manner of the table that was read.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

from globular.errors import OutputError
from globular.tables.csv_output import write_labelled, write_labels
from globular.tables.numbers import Numbers
from globular.tables.output import STDOUT, write_file
from globular.tables.table import Table

Labels = np.ndarray[tuple[int], np.dtype[np.int32]]

TYPED = (".parquet", ".pq", ".arrow", ".feather", ".ipc")


# Formats that are not written; text under such a name would only mislead.
OTHERS = (".npz", ".xls", ".xlsx", ".ods", ".zip", ".zst", ".bz2", ".xz", ".json")


def check_format(path: str) -> None:
    """OutputError if files of this name are not written, MissingExtraError if pyarrow is missing for it."""
    plain = path.lower().removesuffix(".gz")
    if path.lower().endswith(OTHERS) or (plain != path.lower() and plain.endswith((*TYPED, ".npy"))):
        raise OutputError(
            f"{path}: files of this name are not written; use .csv, .tsv, both also with .gz, .parquet, "
            ".arrow, .feather, or .npy for the labels alone"
        )
    if path.lower().endswith(TYPED):
        from globular.tables.arrow_table import pyarrow

        pyarrow(path)


def write_copy(
    path: str,
    table: Table,
    numbers: Numbers,
    labels: Labels,
    column: str,
    *,
    labels_only: bool,
    force: bool,
) -> None:
    """Write the table with a column of labels, or the labels alone, to ``path`` (``-``: standard output).

    ``labels`` has one number for each of the points; rows without one get an empty cell, null, or in
    ``.npy`` -1. OutputExistsError, OutputError; the errors of reading, since the table is read once more.
    """
    name = "" if path == STDOUT else path.lower()

    def write(stream: IO[bytes]) -> None:
        if name.endswith(".npy"):
            _write_array(stream, numbers.row_labels(labels))
        elif name.endswith(TYPED):
            from globular.tables import arrow_output

            is_parquet = name.endswith((".parquet", ".pq"))
            write_typed = arrow_output.write_parquet if is_parquet else arrow_output.write_arrow
            write_typed(stream, table, column, numbers.row_labels(labels), labels_only=labels_only)
        else:
            with _text(stream, packed=name.endswith(".gz")) as text:
                write_text = write_labels if labels_only else write_labelled
                delimiter = _delimiter(name.removesuffix(".gz"), table.dialect.delimiter)
                write_text(text, table, column, numbers.label_cells(labels), delimiter)

    write_file(path, write, force=force)


def _write_array(stream: IO[bytes], labels: Labels) -> None:
    # np.save writes past Python's streams, and then no error says why it failed.
    header = np.lib.format.header_data_from_array_1_0(labels)
    np.lib.format.write_array_header_1_0(stream, header)
    stream.write(labels.data)


def _delimiter(name: str, own: str) -> str:
    """What separates the cells in a file of this name: a comma table may well be separated by others."""
    if name.endswith((".tsv", ".tab")):
        return "\t"
    return "," if name.endswith(".csv") and own == "\t" else own


@contextmanager
def _text(stream: IO[bytes], *, packed: bool) -> Iterator[io.TextIOWrapper]:
    """A stream of text over one of bytes, which stays open."""
    # No name and no time in the header: the same labels, the same bytes.
    target = gzip.GzipFile("", "wb", fileobj=stream, mtime=0, compresslevel=6) if packed else stream
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    try:
        yield text
        text.flush()
    finally:
        text.detach()
    if target is not stream:
        target.close()
