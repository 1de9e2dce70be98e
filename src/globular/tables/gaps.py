"""Gaps: rows in which a value is missing, and the two ways to go on without it.

A row with a gap can be left out, or its gaps can be filled with what the other rows say
(``filling``). Until one of them is asked for, a gap is an error, which names the first one and
counts the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from globular.errors import TableError
from globular.tables.table import Float64, Table, shown

Missing = Literal["error", "drop", "mean", "median"]


def incomplete(points: Float64, weights: Float64 | None) -> NDArray[np.bool_]:
    """The rows (n,) in which a number or the weight is missing."""
    gaps = np.zeros(len(points), bool)
    for column in [*points.T, *([] if weights is None else [weights])]:
        gaps |= np.isnan(column)
    return gaps


def refuse_gaps(table: Table, rows: NDArray[np.intp], columns: Mapping[int, Float64]) -> None:
    """TableError for the first of the rows with gaps; ``columns`` are the numbers by their place."""
    i = int(rows[0])
    place = next(place for place, column in columns.items() if np.isnan(column[i]).any())
    cell = table.cell(i, place).strip()
    written = f"the value is missing ({cell})" if cell else "the value is missing"
    n_more = len(rows) - 1
    more = {0: "", 1: ", and in 1 more row"}.get(n_more, f", and in {n_more:,} more rows")
    guessed = table.guesses_header and table.header is None and i == 0
    names = "; if the first line holds names: --header yes" if guessed else ""
    raise TableError(
        f"{table.place(i, place)}: {written}{more}; leave such rows out with --missing drop, "
        f"or fill them with --missing mean{names}"
    )


def refuse_nothing_left(table: Table, columns: Mapping[int, Float64]) -> None:
    """TableError because every row has a gap; it names the column to look at."""
    counts = {place: int(_missing(column).sum()) for place, column in columns.items()}
    emptiest = table.columns[max(counts, key=counts.__getitem__)]
    raise TableError(
        f"{table.name}: no row is left, each has a missing value; "
        f"column {shown(emptiest)} has the most: fill it or leave it out"
    )


def refuse_missing_weights(table: Table, place: int, weights: Float64) -> None:
    """TableError for a row without a weight: no mean says how often it counts."""
    missing = np.flatnonzero(np.isnan(weights))
    if missing.size:
        raise TableError(
            f"{table.place(int(missing[0]), place)}: the weight is missing, and weights are not filled; "
            "give it one (0 leaves the row out), or leave such rows out with --missing drop"
        )


def counted(points: Float64, sources: Sequence[str]) -> dict[str, int]:
    """How many rows have a gap in each column; columns without any are not named."""
    counts = {source: int(np.isnan(column).sum()) for source, column in zip(sources, points.T, strict=True)}
    return {source: n for source, n in counts.items() if n}


def pressed(points: Float64, rows: NDArray[np.intp]) -> Float64:
    """Some rows, in their order, in the memory of all of them."""
    step = 1 << 14
    for begin in range(0, len(rows), step):
        some = rows[begin : begin + step]
        points[begin : begin + len(some)] = points[some]  # a row never moves down
    points.resize((len(rows), points.shape[1]), refcheck=False)
    return points


def _missing(column: Float64) -> NDArray[np.bool_]:
    return np.asarray(np.isnan(column).reshape(len(column), -1).any(axis=1))
