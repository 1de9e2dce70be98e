"""A table from the bytes of a CSV file: what tests of reading tables begin with."""

from __future__ import annotations

from io import BytesIO

from globular.tables.csv_table import CsvTable
from globular.tables.source import Source


def table_of(data, name, header="auto"):
    """The table, of which the beginning is read."""
    return CsvTable(Source(name, BytesIO(data)), header)


def parse_table(data, name, header="auto"):
    """Read all of it, so that what cannot be read is said."""
    table = table_of(data, name, header)
    for _ in table.blocks():
        pass
    return table
