"""A table of numbers without names: a NumPy array in a file, ``.npy``, or in an archive, ``.npz``.

The columns are called ``column_1``, ``column_2``, ..., as those of a text file without a header.
An array in a file of its own is mapped into memory, not read; one in an archive is read by blocks.
Nothing in these files is trusted: their headers say how large the array is, so that is compared with
the bytes that are there before any memory is taken, and objects, which would be unpickled, which is to
say executed, are refused.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from math import isnan
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from globular.errors import TableError
from globular.tables.dialect import Dialect
from globular.tables.source import Source
from globular.tables.table import ColumnKind, Float64, Table, shown

ROWS_AT_ONCE = 1 << 14
MOST_COLUMNS = 1_000_000

# No byte of deflate makes more than this many.
LARGEST_EXPANSION = 1040

SPARSE = {"indices", "indptr", "format", "shape", "data"}

Array = npt.NDArray[Any]


class ArrayTable(Table):
    """The rows of an array (n, d)."""

    def __init__(self, name: str, array: Array, source: Source) -> None:
        self.name, self._array, self._source = name, array, source
        self.columns = tuple(f"column_{j}" for j in range(1, array.shape[1] + 1))
        self.header = None
        self.dialect = Dialect(",", "\n", bom=False)

    def numbers(self, places: Sequence[int]) -> Iterator[Float64]:
        for block in self.blocks():
            yield np.asarray(block[:, list(places)], np.float64)

    def blocks(self) -> Iterator[Array]:
        """The rows from top to bottom, in the type they have."""
        for begin in range(0, len(self._array), ROWS_AT_ONCE):
            yield self._array[begin : begin + ROWS_AT_ONCE]
        self._source.refuse_change()

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._array.dtype

    def texts(self, places: Sequence[int]) -> Iterator[list[list[str | None]]]:
        for records in self.records():
            yield [[record[place] or None for record in records] for place in places]

    def kinds(self, places: Sequence[int]) -> list[ColumnKind]:
        kind: Any = "number" if self.dtype.kind == "f" else "whole"
        return [ColumnKind(kind, 1, 1, str(self.dtype)) for _ in places]

    def records(self) -> Iterator[list[list[str]]]:
        for block in self.blocks():
            # NaN stands for nothing in a table of text.
            yield [["" if isnan(value) else repr(value) for value in row] for row in block.tolist()]


def read_array(source: Source) -> ArrayTable:
    """The array of a ``.npy`` file, mapped into memory where it is a file; TableError if it is no table."""
    file = source.file
    file.seek(0)
    shape, fortran, dtype = _header(file, source.name, _size(file))
    begin = file.tell()
    if source.path is not None:
        order: Any = "F" if fortran else "C"
        array: Array = np.memmap(source.file, dtype, "r", begin, shape, order)
    else:
        array = np.frombuffer(file.read(), dtype, math.prod(shape)).reshape(
            shape, order="F" if fortran else "C"
        )
    return ArrayTable(source.name, array, source)


def read_archive(source: Source, name: str | None) -> ArrayTable:
    """One array of a ``.npz`` file, the only one or the one of this name; TableError if there is none."""
    source.file.seek(0)
    try:
        with zipfile.ZipFile(source.file) as archive:
            members = {info.filename: info for info in archive.infolist() if info.filename.endswith(".npy")}
            if not members:
                raise TableError(
                    f"{source.name} is a workbook or a zip archive, not CSV text; save the sheet as CSV"
                )
            member = members[f"{_chosen(source, [file[:-4] for file in members], name)}.npy"]
            if member.file_size > LARGEST_EXPANSION * (_size(source.file) + 1):
                raise TableError(f"{source.name} is damaged: it says to hold more than its bytes can")
            with archive.open(member) as file:
                shape, fortran, dtype = _header(file, source.name, member.file_size)
                return ArrayTable(source.name, _read(file, shape, fortran, dtype), source)
    except TableError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as e:
        raise TableError(f"{source.name} is damaged or cut short (NumPy archive): {_line(e)}") from None


def _chosen(source: Source, names: Sequence[str], name: str | None) -> str:
    if name is not None:
        if name not in names:
            raise TableError(f"{source.name}: no array is named {shown(name)}; there are {', '.join(names)}")
        return name
    if set(names) >= SPARSE:
        raise TableError(
            f"{source.name} holds a sparse matrix of SciPy, and the command line reads dense tables; "
            "cluster it in Python with globular.KMeans, or save it with numpy.save(path, matrix.toarray())"
        )
    if len(names) > 1:
        raise TableError(
            f"{source.name} holds {len(names)} arrays, {', '.join(names[:12])}; choose one with --array NAME"
        )
    return names[0]


def _header(file: IO[bytes], name: str, size: int) -> tuple[tuple[int, int], bool, np.dtype[Any]]:
    """Shape, order and type of an array that takes so many bytes at most; TableError if it is no table."""
    try:
        version = np.lib.format.read_magic(file)
        if version not in {(1, 0), (2, 0)}:
            raise TableError(
                f"{name} is a NumPy array file of version {version}, but only 1.0 and 2.0 are read"
            )
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(file)
    except TableError:
        raise
    except Exception as error:  # the header is parsed as Python, and fails in as many ways
        raise TableError(f"{name} is damaged (NumPy array): {_line(error)}") from None
    if dtype.kind not in "biuf":
        what = "objects, which are not read" if dtype.hasobject else f"{_line(dtype)}, not numbers"
        raise TableError(f"{name} holds {what}; save an array of numbers, n rows by d columns")
    if len(shape) != 2:
        raise TableError(
            f"{name} has shape {shape}, but must be two-dimensional, n rows by d columns: "
            "save it with reshape(-1, 1) to make one column"
        )
    if 0 in shape:
        raise TableError(f"{name} has shape {shape}; at least one row and one column are needed")
    if shape[1] > MOST_COLUMNS:
        raise TableError(f"{name} has {shape[1]:,} columns, but at most {MOST_COLUMNS:,} are read")
    if math.prod(shape) * dtype.itemsize > size - file.tell():
        raise TableError(f"{name} is damaged or cut short: shape {shape} takes more bytes than it has")
    return shape, fortran, dtype


def _read(file: IO[bytes], shape: tuple[int, int], fortran: bool, dtype: np.dtype[Any]) -> Array:
    array = np.empty(shape[::-1] if fortran else shape, dtype)
    rest = array.data.cast("B")
    while len(rest):
        chunk = file.read(min(len(rest), 1 << 20))
        if not chunk:
            raise EOFError("the array ends too early")
        rest[: len(chunk)] = chunk
        rest = rest[len(chunk) :]
    return array.T if fortran else array


def _size(file: IO[bytes]) -> int:
    at = file.tell()
    size = file.seek(0, 2)
    file.seek(at)
    return size


def _line(reason: object) -> str:
    return " ".join(str(reason).split())[:200]
