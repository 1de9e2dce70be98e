"""From the columns of a table to an array of numbers, with nothing guessed on the way.

A cell is a number, a missing value, a category if that was asked for, or an error that names its
row, line and column. Missing is an empty cell or one of the words that statistics programs write
for it (NA, NaN, null, N/A, none, in any case). A missing value is an error as well until the caller
says that rows with gaps may be dropped, or how to fill them; both are counted, and dropped rows stay
in the table, so that the labelled copy has every row of the input. Infinity is never a
measurement, and neither is a number whose square no float can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from globular.errors import TableError
from globular.problem import LARGEST_VALUE, LARGEST_WEIGHT
from globular.tables.categories import Encoding, read_codes
from globular.tables.columns import Choice
from globular.tables.filling import SCALINGS, fill_gaps, learn_fill
from globular.tables.gaps import (
    Missing,
    counted,
    incomplete,
    pressed,
    refuse_gaps,
    refuse_missing_weights,
    refuse_nothing_left,
)
from globular.tables.table import Float64, NotANumber, Table, shown
from globular.tables.text_columns import (
    Categorical,
    found_text_columns,
    known_text_columns,
    places_of_text,
)

LABELS_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The numbers to cluster: the rows of a table that are complete, the columns that were chosen."""

    columns: tuple[str, ...]
    points: Float64  # (n, d), C order, finite
    weights: Float64 | None  # (n,), finite, none negative
    rows: NDArray[np.intp]  # (n,), ascending: the place of each point in the table
    n_dropped: int  # rows of the table that have a gap
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of the columns that are text
    fill: Float64 | None = None  # (d,), what stands for missing values, if they are filled
    n_filled: Mapping[str, int] = field(default_factory=dict)  # rows of each column that were filled
    left_out: tuple[str, ...] = ()  # columns of text that were left out
    unseen: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # levels that a model does not know

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return len(self.rows) + self.n_dropped

    @property
    def encoding(self) -> Encoding:
        """What the numbers of a point stand for."""
        return Encoding(self.columns, self.levels)

    def row_labels(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """The label of each row of the table, -1 if it was dropped."""
        spread = np.full(self.n_rows, -1, np.int32)
        spread[self.rows] = labels
        return spread

    def label_cells(self, labels: NDArray[np.int32]) -> Iterator[str]:
        """A cell for each row of the table: its label, or empty if it was dropped."""
        spread = self.row_labels(labels)
        cells = [*map(str, range(int(labels.max(initial=-1)) + 1)), ""]  # -1 is the last one
        for begin in range(0, len(spread), LABELS_AT_ONCE):
            yield from [cells[label] for label in spread[begin : begin + LABELS_AT_ONCE].tolist()]


@dataclass(slots=True, eq=False)
class _Cells:
    """What the chosen columns of all rows hold; missing values are NaN."""

    columns: tuple[str, ...]
    points: Float64
    weights: Float64 | None
    levels: Mapping[str, tuple[str, ...]]
    unseen: Mapping[str, Mapping[str, int]]
    left_out: tuple[str, ...]

    @property
    def encoding(self) -> Encoding:
        return Encoding(self.columns, self.levels)

    def by_place(self, table: Table, weights: int | None) -> dict[int, Float64]:
        """The numbers by the place of their column in the table."""
        sources = np.array(self.encoding.sources)
        found = {
            table.columns.index(column): self.points[:, np.flatnonzero(sources == column)]
            for column in self.columns
        }
        if weights is not None and self.weights is not None:
            found[weights] = self.weights
        return found


def read_numbers(
    table: Table,
    choice: Choice,
    *,
    weights: int | None = None,
    missing: Missing = "error",
    categorical: Categorical = "error",
    known: Encoding | None = None,
    fill: Float64 | None = None,
    heard: Callable[[int], None] | None = None,
) -> Numbers:
    """Read the chosen columns, and the column of weights, of all rows that are complete or can be filled.

    ``known`` and ``fill`` are what a model has learned; without them they are learned here. O(n·d), in
    one reading of the table, more for text. TableError for text that may not be encoded, infinities,
    negative weights; for gaps too, by ``missing``; and if dropping leaves no row. ``heard`` is told how many
    rows have been read, now and then.
    """
    cells = _read_cells(table, choice, weights, categorical, known, heard or (lambda _: None))
    sources = cells.encoding.sources
    n_filled: Mapping[str, int] = {}
    if missing in SCALINGS:
        if weights is not None and cells.weights is not None:
            refuse_missing_weights(table, weights, cells.weights)
        n_filled = counted(cells.points, sources)
        if fill is None:
            fill = learn_fill(missing, cells.points, cells.weights, sources, table.name)
        fill_gaps(cells.points, fill)
    else:
        fill = None
    rows = np.flatnonzero(~incomplete(cells.points, cells.weights))
    n_dropped = len(cells.points) - len(rows)
    if n_dropped:
        if missing == "error":
            gaps = np.flatnonzero(incomplete(cells.points, cells.weights))
            refuse_gaps(table, gaps, cells.by_place(table, weights))
        if not len(rows):
            refuse_nothing_left(table, cells.by_place(table, weights))
        cells.weights = None if cells.weights is None else cells.weights[rows]
        cells.points = pressed(cells.points, rows)
    if weights is not None and cells.weights is not None:
        _refuse_bad_weights(table, weights, cells.weights, rows)
    return Numbers(
        cells.columns,
        cells.points,
        cells.weights,
        rows,
        n_dropped,
        cells.levels,
        fill,
        n_filled,
        cells.left_out,
        cells.unseen,
    )


def _read_cells(
    table: Table,
    choice: Choice,
    weights: int | None,
    categorical: Categorical,
    known: Encoding | None,
    heard: Callable[[int], None],
) -> _Cells:
    """Read the numbers, and encode the text. A file of text may have to say first what it holds."""
    if known is None:
        text = known_text_columns(table, choice, categorical)
    else:
        text = places_of_text(table, [column for column in known.columns if column in known.levels])
    while True:
        places = [place for place in choice.places if place not in {*text.encoded, *text.left_out}]
        try:
            points, weight = _gathered(table, places, weights, heard)
            break
        except NotANumber as found:
            text = found_text_columns(table, choice, found, categorical)
    for f, place in enumerate(places):
        _refuse_beyond(table, place, points[:, f], LARGEST_VALUE)
    if weight is not None and weights is not None:
        _refuse_beyond(table, weights, weight, LARGEST_WEIGHT)
    left_out = tuple(table.columns[place] for place in choice.places if place in text.left_out)
    kept = [place for place in choice.places if place not in text.left_out]
    columns = tuple(table.columns[place] for place in kept)
    if not text.encoded:
        return _Cells(columns, points, weight, {}, {}, left_out)
    names = [table.columns[place] for place in text.encoded]
    codes = read_codes(table, text.encoded, None if known is None else [known.levels[name] for name in names])
    parts = [
        codes.indicators(text.encoded.index(place))
        if place in text.encoded
        else points[:, [places.index(place)]]
        for place in kept
    ]
    unseen = {name: new for name, new in zip(names, codes.unseen, strict=True) if new}
    levels = dict(zip(names, codes.levels, strict=True))
    return _Cells(columns, np.hstack(parts), weight, levels, unseen, left_out)


def _gathered(
    table: Table, places: Sequence[int], weights: int | None, heard: Callable[[int], None]
) -> tuple[Float64, Float64 | None]:
    """Some columns of all rows as (n, d), and the weights (n,)."""
    wanted = [*places, *([] if weights is None else [weights])]
    points, weight, n = np.empty((0, len(places))), np.empty(0), 0
    for block in table.numbers(wanted):
        if n + len(block) > len(points):
            # Room for a quarter more. No copy: memory that grows at its end seldom moves.
            room = max(n + len(block), len(points) + len(points) // 4)
            points.resize((room, len(places)), refcheck=False)
            weight.resize(0 if weights is None else room, refcheck=False)
        points[n : n + len(block)] = block[:, : len(places)]
        if weights is not None:
            weight[n : n + len(block)] = block[:, -1]
        n += len(block)
        heard(n)
    points.resize((n, len(places)), refcheck=False)
    if weights is None:
        return points, None
    weight.resize(n, refcheck=False)
    return points, weight


def _refuse_beyond(table: Table, place: int, values: Float64, largest: float) -> None:
    """TableError for a number that no sum of squares holds."""
    beyond = np.flatnonzero(np.abs(values) > largest)
    if not beyond.size:
        return
    i = int(beyond[0])
    advice = "too large for its square to be a number; correct the cell or take the row out"
    if largest == LARGEST_WEIGHT:
        advice = f"too large for a weight; a weight is at most {largest:.0e}: divide all by a power of ten"
    if np.isinf(values[i]):
        advice = "not a finite number; correct the cell or take the row out"
    raise TableError(f"{table.place(i, place)}: {shown(table.cell(i, place))} is {advice}")


def _refuse_bad_weights(table: Table, place: int, weights: Float64, rows: NDArray[np.intp]) -> None:
    negative = np.flatnonzero(weights < 0)
    if negative.size:
        i = int(rows[negative[0]])
        cell = shown(table.cell(i, place))
        raise TableError(f"{table.place(i, place)}: {cell} is no weight; a weight is 0 or more")
    if not weights.any():
        raise TableError(f"{table.name}: column {shown(table.columns[place])} weighs every row 0")
