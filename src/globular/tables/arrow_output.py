"""A labelled copy with types: Parquet and Arrow, written batch by batch.

A copy of a table with types keeps every column as it is, its type included. A text file has no
types: there a column of whole numbers becomes int64, one of numbers float64, anything else string,
and a missing value null, as it was read. The labels are int32, null for a row without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from globular.tables.array_table import ArrayTable
from globular.tables.arrow_table import ArrowTable, pyarrow
from globular.tables.table import Table

Labels = NDArray[np.int32]


def write_parquet(stream: IO[bytes], table: Table, column: str, labels: Labels, *, labels_only: bool) -> None:
    """Write the table with its labels, -1 where a row has none, as one more column; or the labels alone."""
    pa = pyarrow("a Parquet file")
    schema, batches = _labelled(pa, table, column, labels, labels_only)
    with pa.parquet.ParquetWriter(stream, schema) as writer:
        for batch in batches:
            # A row group each: write_batch would keep a million rows in memory.
            writer.write_table(pa.Table.from_batches([batch]))


def write_arrow(stream: IO[bytes], table: Table, column: str, labels: Labels, *, labels_only: bool) -> None:
    """Write the same as ``write_parquet``, as an Arrow file (Feather, version 2)."""
    pa = pyarrow("an Arrow file")
    schema, batches = _labelled(pa, table, column, labels, labels_only)
    with pa.ipc.new_file(stream, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _labelled(
    pa: Any, table: Table, column: str, labels: Labels, labels_only: bool
) -> tuple[Any, Iterator[Any]]:
    """The types of the copy, and its rows."""
    label = pa.field(column, pa.int32())
    if labels_only:
        batch = pa.record_batch([_label_column(pa, labels)], schema=pa.schema([label]))
        return batch.schema, iter([batch])
    schema, batches = _typed(pa, table)
    at = table.columns.index(column) if column in table.columns else len(table.columns)
    fields = list(schema)
    copy = pa.schema([*fields[:at], label, *fields[at + 1 :]], metadata=schema.metadata)

    def rows() -> Iterator[Any]:
        begin = 0
        for batch in batches:
            cells = _label_column(pa, labels[begin : begin + batch.num_rows])
            columns = [*batch.columns[:at], cells, *batch.columns[at + 1 :]]
            yield pa.record_batch(columns, schema=copy)
            begin += batch.num_rows

    return copy, rows()


def _label_column(pa: Any, labels: Labels) -> Any:
    return pa.array(labels, pa.int32(), mask=labels < 0)


def _typed(pa: Any, table: Table) -> tuple[Any, Iterator[Any]]:
    if isinstance(table, ArrowTable):
        return table.schema, table.batches()
    if isinstance(table, ArrayTable):
        schema = pa.schema(
            [(name, pa.from_numpy_dtype(table.dtype.newbyteorder("="))) for name in table.columns]
        )
        return schema, _from_arrays(pa, table, schema)
    places = range(len(table.columns))
    types = {"whole": pa.int64(), "number": pa.float64()}
    kinds = [kind.kind for kind in table.kinds(places)]
    schema = pa.schema(
        [(name, types.get(kind, pa.string())) for name, kind in zip(table.columns, kinds, strict=True)]
    )
    return schema, _from_text(pa, table, schema)


def _from_arrays(pa: Any, table: ArrayTable, schema: Any) -> Iterator[Any]:
    for block in table.blocks():
        native = block.astype(table.dtype.newbyteorder("="))
        yield pa.record_batch([pa.array(column) for column in native.T.copy()], schema=schema)


def _from_text(pa: Any, table: Table, schema: Any) -> Iterator[Any]:
    reads = [{pa.int64(): int, pa.float64(): float}.get(field.type, str) for field in schema]
    for columns in table.texts(range(len(schema))):
        arrays = [
            pa.array([None if cell is None else read(cell) for cell in cells], field.type)
            for read, field, cells in zip(reads, schema, columns, strict=True)
        ]
        yield pa.record_batch(arrays, schema=schema)
