"""From cells of text to an array of numbers, with nothing guessed on the way.

A cell is a number, a missing value, or an error that names its row, line and column.
Missing is an empty cell or one of the words that statistics programs write for it (NA, NaN,
null, N/A, none, in any case). A missing value is an error as well until the caller says
that rows with gaps may be dropped; they are counted then, and they stay in the table, so
that the labelled copy has every row of the input. Infinity is never a measurement, and
neither is a number whose square no float can hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from globular.errors import TableError
from globular.problem import LARGEST_VALUE, LARGEST_WEIGHT
from globular.tables.columns import Choice, joined_patterns
from globular.tables.csv_table import Table, is_missing, is_number, shown
from globular.tables.dialect import is_decimal_comma

Missing = Literal["error", "drop"]
Float64 = NDArray[np.float64]

# Groups of three digits behind one mark, the same throughout; decimals behind another.
THOUSANDS = re.compile(
    r"\s*[-+]?[1-9]\d{0,2}(?:(?:,\d{3})+(?:\.\d*)?|(?:\.\d{3})+,\d*|(?:\.\d{3}){2,}"
    r"|([ '’\u00a0\u2009\u202f])\d{3}(?:\1\d{3})*(?:[.,]\d*)?)\s*"
)

DECIMALS_BEHIND_COMMA = re.compile(r"[. '’\u00a0\u2009\u202f]\d{3},\d*\s*$")

# A remedy longer than this would bury the message.
LONGEST_REMEDY = 300


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The numbers to cluster: the rows of a table that are complete, the columns that were chosen."""

    columns: tuple[str, ...]
    points: Float64  # (n, d), C order, finite
    weights: Float64 | None  # (n,), finite, none negative
    rows: NDArray[np.intp]  # (n,), ascending: the place of each point in the table
    n_dropped: int  # rows of the table that have a gap

    def label_cells(self, labels: NDArray[np.int32], n_rows: int) -> list[str]:
        """A cell for each of the ``n_rows`` rows of the table: its label, or empty if it was dropped."""
        cells = [""] * n_rows
        for i, label in zip(self.rows.tolist(), labels.tolist(), strict=True):
            cells[i] = str(label)
        return cells


def read_numbers(
    table: Table, choice: Choice, *, weights: int | None = None, missing: Missing = "error"
) -> Numbers:
    """Read the chosen columns, and the column of weights, of all rows that are complete.

    O(n·d). TableError for text, infinities, negative weights; for gaps too unless
    ``missing="drop"``; and if dropping leaves no row.
    """
    places = [*choice.places, *([] if weights is None else [weights])]
    values = np.empty((len(table.rows), len(places)))
    for column, place in enumerate(places):
        is_weight = place == weights and column == len(places) - 1
        values[:, column] = _column(table, place, choice, LARGEST_WEIGHT if is_weight else LARGEST_VALUE)
    complete = ~np.isnan(values).any(axis=1)
    if not complete.all():
        _allow_gaps(table, places, np.isnan(values), missing)
    rows = np.flatnonzero(complete)
    kept = values if len(rows) == len(values) else values[rows]
    columns = tuple(table.columns[place] for place in choice.places)
    n_dropped = len(values) - len(rows)
    if weights is None:
        return Numbers(columns, kept, None, rows, n_dropped)
    weight = np.ascontiguousarray(kept[:, -1])
    negative = np.flatnonzero(weight < 0)
    if negative.size:
        i = int(rows[negative[0]])
        cell = table.rows[i][weights]
        raise TableError(f"{table.place(i, weights)}: {shown(cell)} is no weight; a weight is 0 or more")
    if not weight.any():
        raise TableError(f"{table.name}: column {shown(table.columns[weights])} weighs every row 0")
    return Numbers(columns, np.ascontiguousarray(kept[:, :-1]), weight, rows, n_dropped)


def _column(table: Table, place: int, choice: Choice, largest: float) -> Float64:
    """One column as float64, NaN where a value is missing; TableError for one beyond ``largest``."""
    cells = table.cells(place)
    try:
        values = np.array(list(map(float, cells)))
        plain = not any("_" in cell for cell in cells)
    except ValueError:
        plain = False
    if not plain:
        values = np.empty(len(cells))
        for i, cell in enumerate(cells):
            if not is_number(cell) and not is_missing(cell):
                raise TableError(_not_a_number(table, place, i, choice))
            values[i] = np.nan if is_missing(cell) else float(cell)
    beyond = np.flatnonzero(np.abs(values) > largest)
    if beyond.size:
        i = int(beyond[0])
        advice = "too large for its square to be a number; correct the cell or take the row out"
        if largest == LARGEST_WEIGHT:
            advice = (
                f"too large for a weight; a weight is at most {largest:.0e}: divide all by a power of ten"
            )
        if np.isinf(values[i]):
            advice = "not a finite number; correct the cell or take the row out"
        raise TableError(f"{table.place(i, place)}: {shown(cells[i])} is {advice}")
    return values


def _not_a_number(table: Table, place: int, row: int, choice: Choice) -> str:
    """The message for a cell that is text, with the remedy that fits: mend the cell or leave the column."""
    column, cell = table.columns[place], table.rows[row][place]
    if advice := _advice_on_marks(cell):
        return f"{table.place(row, place)}: {shown(cell)} is not a number; {advice}"
    if place not in choice.places:
        return f"{table.place(row, place)}: {shown(cell)} is no weight; a weight is 0 or more"
    if choice.required:
        return f"{table.place(row, place)}: {shown(cell)} is not a number; correct the cell"
    if not _is_mostly_text(table, place):
        return (
            f"{table.place(row, place)}: {shown(cell)} is not a number; "
            f"correct the cell or leave the column out: --exclude {joined_patterns([column])}"
        )
    numeric = joined_patterns(table.columns[j] for j in choice.places if _is_numeric(table, j))
    texts = joined_patterns(table.columns[j] for j in choice.places if _is_mostly_text(table, j))
    message = f"{table.name}: column {shown(column)} is text (row {row + 1}: {shown(cell)})"
    if len(message) + len(texts) < LONGEST_REMEDY:
        message += f"; leave text out: --exclude {texts}"
    else:
        message += f"; leave text out: --exclude {joined_patterns([column])} and more"
    if numeric and len(message) + len(numeric) < 2 * LONGEST_REMEDY:
        message += f", or name the columns: --columns {numeric}"
    return message


def _advice_on_marks(cell: str) -> str | None:
    """What to do about a number that is written with thousands separators or a decimal comma."""
    if THOUSANDS.fullmatch(cell):
        advice = "thousands separators are not understood, remove them"
        if is_decimal_comma(cell):
            return f"{advice}; or, if this is a decimal comma, write a point"
        return f"{advice}; write decimals with a point" if DECIMALS_BEHIND_COMMA.search(cell) else advice
    return "write decimals with a point" if is_decimal_comma(cell) else None


def _is_numeric(table: Table, place: int) -> bool:
    values = [cell for cell in table.cells(place) if not is_missing(cell)]
    return bool(values) and all(map(is_number, values))


def _is_mostly_text(table: Table, place: int) -> bool:
    values = [cell for cell in table.cells(place) if not is_missing(cell)]
    return 2 * sum(map(is_number, values)) < len(values)


def _allow_gaps(table: Table, places: Sequence[int], gaps: NDArray[np.bool_], missing: Missing) -> None:
    """TableError unless rows with gaps may be dropped and some row has none."""
    incomplete = np.flatnonzero(gaps.any(axis=1))
    if missing == "error":
        i = int(incomplete[0])
        place = places[int(np.flatnonzero(gaps[i])[0])]
        cell = table.rows[i][place].strip()
        written = f"the value is missing ({cell})" if cell else "the value is missing"
        n_more = len(incomplete) - 1
        more = {0: "", 1: ", and in 1 more row"}.get(n_more, f", and in {n_more:,} more rows")
        names = "; if the first line holds names: --header yes" if table.header is None and i == 0 else ""
        raise TableError(
            f"{table.place(i, place)}: {written}{more}; leave such rows out with --missing drop{names}"
        )
    if len(incomplete) == len(gaps):
        emptiest = table.columns[places[int(np.argmax(gaps.sum(axis=0)))]]
        raise TableError(
            f"{table.name}: no row is left, each has a missing value; "
            f"column {shown(emptiest)} has the most: fill it or leave it out"
        )
