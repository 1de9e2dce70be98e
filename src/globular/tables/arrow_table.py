"""A table with types: Parquet, and Arrow's own files and streams (Feather), read by pyarrow.

pyarrow is an optional dependency and is imported here and in ``arrow_output`` only, when such a file
is read or written. Columns are taken for what their types say:

* integers, floats, decimals and booleans (0 and 1) are numbers, null is a missing value,
* strings, and dictionaries of strings (pandas calls them categories), are text,
* a dictionary of numbers is these numbers,
* moments in time, binary data, lists and structures are neither, and are refused or left out.

A row group or a record batch is in memory at a time, never the whole file.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isnan
from typing import Any

import numpy as np

from globular.errors import MissingExtraError, TableError
from globular.tables.dialect import Dialect
from globular.tables.source import Source
from globular.tables.table import ColumnKind, Float64, NotANumber, Table, shown

ROWS_AT_ONCE = 1 << 16


def pyarrow(needed_for: str) -> Any:
    """The module, with its compute functions; MissingExtraError with the remedy if it is not installed."""
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError(
            f"{needed_for} needs pyarrow, which is not installed: pip install 'globular[tables]'"
        ) from None
    return pyarrow


class ArrowTable(Table):
    """The rows of a file that pyarrow reads batch by batch."""

    def __init__(self, source: Source, schema: Any, n_rows: int) -> None:
        self.name, self.schema, self._source = source.name, schema, source
        self._pa, self._n_rows = pyarrow(source.name), n_rows
        with damage(self.name):  # names may be no text
            self.columns = self.header = tuple(schema.names)
        self.dialect = Dialect(",", "\n", bom=False)
        _refuse_names(self.name, self.columns)
        if n_rows == 0:
            raise TableError(f"{self.name} has columns but no rows")

    @abstractmethod
    def _batches(self, names: list[str] | None) -> Iterator[Any]:
        """The rows from top to bottom as record batches, with the columns of these names at least."""

    def batches(self, places: Sequence[int] | None = None) -> Iterator[Any]:
        """The rows from top to bottom as record batches, of some columns at least, or of all in order.

        TableError if the file is damaged, or has changed.
        """
        names = None
        if places is not None:  # without any column there would be no rows to count
            names = list(dict.fromkeys(self.columns[place] for place in places)) or [self.columns[0]]
        n_rows = 0
        with damage(self.name):
            for batch in self._batches(names):
                # pyarrow would follow the offsets of a damaged file out of its memory.
                batch.validate(full=True)
                n_rows += batch.num_rows
                yield batch
        if n_rows != self._n_rows:
            raise TableError(f"{self.name} is damaged: it has {self._n_rows} rows in all, but {n_rows} here")
        self._source.refuse_change()

    @property
    def text_places(self) -> frozenset[int]:
        return frozenset(
            j for j, field in enumerate(self.schema) if self._kind(field.type) in {"text", "other"}
        )

    def kinds(self, places: Sequence[int]) -> list[ColumnKind]:
        types = [self.schema.field(place).type for place in places]
        kinds = [self._kind(type_) for type_ in types]
        return [
            ColumnKind(kind, 1, int(kind not in {"text", "other"}), str(t))
            for kind, t in zip(kinds, types, strict=True)
        ]

    def _kind(self, type_: Any) -> Any:
        types = self._pa.types
        if types.is_dictionary(type_):
            return self._kind(type_.value_type)
        if types.is_integer(type_) or types.is_boolean(type_):
            return "whole"
        if types.is_floating(type_) or types.is_decimal(type_) or types.is_null(type_):
            return "number"
        return "text" if self._is_string(type_) else "other"

    def _is_string(self, type_: Any) -> bool:
        types = self._pa.types
        is_view = getattr(types, "is_string_view", lambda _: False)
        return bool(types.is_string(type_) or types.is_large_string(type_) or is_view(type_))

    def numbers(self, places: Sequence[int]) -> Iterator[Float64]:
        begin = 0
        for batch in self.batches(places):
            values = np.empty((batch.num_rows, len(places)))
            for f, place in enumerate(places):
                column = batch.column(self.columns[place])
                if self._kind(column.type) in {"text", "other"}:
                    raise NotANumber(begin, place, self.cell(begin, place))
                with damage(self.name):
                    values[:, f] = self._floats(column)
            yield values
            begin += batch.num_rows

    def _floats(self, column: Any) -> Float64:
        """One column as float64, NaN for null. Whole numbers beyond 2^53 are rounded, as in any text file."""
        types = self._pa.types
        if types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if types.is_boolean(column.type):
            column = column.cast(self._pa.uint8())
        values: Float64 = column.cast(self._pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return values

    def texts(self, places: Sequence[int]) -> Iterator[list[list[str | None]]]:
        for batch in self.batches(places):
            yield [self._texts(batch, place) for place in places]

    def _texts(self, batch: Any, place: int) -> list[str | None]:
        """One column as text: numbers as Python writes them, moments as ISO 8601."""
        types, column = self._pa.types, batch.column(self.columns[place])
        if types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if types.is_floating(column.type):
            values = column.cast(self._pa.float64()).to_pylist()
            return [None if value is None or isnan(value) else repr(value) for value in values]
        try:
            texts: list[str | None] = column.cast(self._pa.string()).to_pylist()
        except (self._pa.ArrowException, NotImplementedError):
            column_name = shown(self.columns[place])
            raise TableError(
                f"{self.name}: column {column_name} holds {column.type}, which no text file can hold; "
                "write Parquet or Arrow (-o FILE.parquet), or the labels alone (--labels-only)"
            ) from None
        return texts

    def records(self) -> Iterator[list[list[str]]]:
        for texts in self.texts(range(len(self.columns))):
            columns = [[cell or "" for cell in column] for column in texts]
            yield [list(row) for row in zip(*columns, strict=True)]

    def cell(self, row: int, column: int) -> str:
        for batch in self.batches([column]):
            if row < batch.num_rows:
                value = batch.column(0)[row].as_py()
                return "" if value is None else str(value)
            row -= batch.num_rows
        raise IndexError(row)


@contextmanager
def damage(name: str) -> Iterator[None]:
    """What pyarrow raises over damaged files, as a TableError of one sentence."""
    try:
        yield
    except (TableError, NotANumber, MissingExtraError):
        raise
    except MemoryError:  # a length in the file, and not the table, is too large: it is read by pieces
        raise TableError(f"{name} is damaged: a part of it claims to be larger than memory") from None
    except (pyarrow(name).ArrowException, OSError, ValueError, TypeError, KeyError) as reason:
        line = " ".join(str(reason).split())[:200].rstrip(".")
        raise TableError(f"{name} is damaged or cut short: {line}") from None


class ParquetTable(ArrowTable):
    """The rows of a Parquet file."""

    def __init__(self, source: Source) -> None:
        pa = pyarrow(source.name)
        with damage(source.name):
            source.file.seek(0)
            # pre_buffer would take in all row groups ahead of their use.
            self._file = pa.parquet.ParquetFile(source.file, pre_buffer=False)
            schema, n_rows = self._file.schema_arrow, self._file.metadata.num_rows
        super().__init__(source, schema, n_rows)

    def _batches(self, names: list[str] | None) -> Iterator[Any]:
        # A name with a dot in it may be read as a path into a structure: then everything is read.
        if names and any("." in name for name in self.columns):
            names = None
        return iter(self._file.iter_batches(ROWS_AT_ONCE, columns=names))


class ArrowFileTable(ArrowTable):
    """The record batches of an Arrow file or stream."""

    def __init__(self, source: Source, *, is_stream: bool) -> None:
        self._file, self._is_stream = source.file, is_stream
        pa = pyarrow(source.name)
        with damage(source.name):
            reader = self._open(pa)
            n_rows = sum(batch.num_rows for batch in self._all(reader))
        super().__init__(source, reader.schema, n_rows)

    def _open(self, pa: Any) -> Any:
        self._file.seek(0)
        return pa.ipc.open_stream(self._file) if self._is_stream else pa.ipc.open_file(self._file)

    def _all(self, reader: Any) -> Iterator[Any]:
        return iter(reader if self._is_stream else map(reader.get_batch, range(reader.num_record_batches)))

    def _batches(self, names: list[str] | None) -> Iterator[Any]:
        for batch in self._all(self._open(self._pa)):
            for begin in range(0, batch.num_rows, ROWS_AT_ONCE):
                yield batch.slice(begin, ROWS_AT_ONCE)


def read_parquet(source: Source) -> ArrowTable:
    """The table in a Parquet file; TableError if it is damaged, MissingExtraError without pyarrow."""
    return ParquetTable(source)


def read_arrow(source: Source) -> ArrowTable:
    """The table in an Arrow file or stream; errors as for Parquet."""
    return ArrowFileTable(source, is_stream=not source.start.startswith(b"ARROW1"))


def _refuse_names(name: str, columns: Sequence[str]) -> None:
    if not columns:
        raise TableError(f"{name} has no columns")
    twice = next((column for column, n in Counter(columns).items() if n > 1), None)
    if twice is not None:
        raise TableError(f"{name}: two columns are named {shown(twice)}; rename one of them")
