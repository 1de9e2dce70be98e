"""Which reader a file gets: known by its first bytes, not by its name.

A file says what it is in its first bytes, whether it is called so or not, and whether it comes from
a pipe or packed by gzip. Everything that says nothing is text. Only one thing is asked of the name:
a file that is called ``.parquet`` and begins with text was damaged or misnamed, and is better
refused than clustered.
"""

from __future__ import annotations

from globular.errors import TableError
from globular.tables.csv_table import CsvTable, Header
from globular.tables.dialect import SIGNATURES
from globular.tables.source import Source, open_source
from globular.tables.table import Table

# How files begin: the name of their kind, and what they may be called.
PARQUET, ARROW_FILE, ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
ARRAY, ARCHIVE = b"\x93NUMPY", b"PK\x03\x04"
KINDS = {
    PARQUET: "Parquet",
    ARROW_FILE: "Arrow",
    ARROW_STREAM: "Arrow",
    ARRAY: "NumPy array",
    ARCHIVE: "NumPy archive",
}
SUFFIXES = {
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".arrow": "Arrow",
    ".feather": "Arrow",
    ".ipc": "Arrow",
    ".npy": "NumPy array",
    ".npz": "NumPy archive",
}


def read_table(path: str, header: Header = "auto", array: str | None = None) -> Table:
    """Open the table at ``path`` (``-``: standard input). TableError if it is none that can be read.

    ``header`` is for text alone, ``array`` names one array of a NumPy archive.
    """
    source = open_source(path)
    kind = next((start for start in KINDS if source.start.startswith(start)), None)
    _refuse_misnamed(source, path, kind)
    if array is not None and kind != ARCHIVE:
        raise TableError(f"{source.name} is no NumPy archive (.npz), so it has no array to choose by --array")
    if kind is None:
        return CsvTable(source, header)
    if source.is_packed:
        raise TableError(f"{source.name} is a {KINDS[kind]} file packed by gzip; unpack it first with gunzip")
    if kind in {ARRAY, ARCHIVE}:
        from globular.tables import array_table

        return array_table.read_archive(source, array) if kind == ARCHIVE else array_table.read_array(source)
    from globular.tables import arrow_table

    return arrow_table.read_parquet(source) if kind == PARQUET else arrow_table.read_arrow(source)


def _refuse_misnamed(source: Source, path: str, kind: bytes | None) -> None:
    """TableError for text that is called by the suffix of something else."""
    called = next((name for suffix, name in SUFFIXES.items() if path.lower().endswith(suffix)), None)
    if kind is not None or called is None:
        return
    if not source.start:
        raise TableError(f"{source.name} is empty; a file of this name begins with more")
    is_what = next((what for start, what, _ in SIGNATURES if source.start.startswith(start)), None)
    found = f"{is_what}, not {called}" if is_what else f"is called {called}, but does not begin like one"
    raise TableError(f"{source.name} {found}; name it for what it is, or get it once more")
