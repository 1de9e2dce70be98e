"""What a practised eye would remark about the columns before clustering them.

Distances compare columns with each other, so two slips decide a result before any algorithm
runs: a column measured in a small unit drowns the others, and a column that merely counts
the rows makes neighbours of rows that stand together. Each remark is one sentence with its
remedy. Nothing is changed: the caller decides.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from globular.tables.columns import Choice, joined_patterns, listed
from globular.tables.csv_table import Header
from globular.tables.numbers import Numbers
from globular.tables.scaling import Kind, learn_scaling
from globular.tables.table import Table, shown

WIDE_RATIO = 10.0
MOST_TIMES_TOLD = 1_000_000

# Four points on a line are measurements; fifty in steps of one are row numbers.
FEWEST_COUNTED_ROWS = 20


def remarks(numbers: Numbers, scaling: Kind) -> list[str]:
    """All that should be said about these columns under this scaling."""
    counters = _counters(numbers)
    said = [
        f"{shown(column)} only counts the rows; to leave it out: --exclude {joined_patterns([column])}"
        for column in counters
    ]
    drowned = _drowned(numbers, counters) if scaling == "none" else None
    if drowned:
        said.append(drowned)
    return said


def remarks_on_levels(numbers: Numbers) -> list[str]:
    """What a model does not know about the text of new rows."""
    said = []
    for column, levels in numbers.unseen.items():
        names = listed([shown(level) for level in levels])
        n_rows = sum(levels.values())
        said.append(
            f"{shown(column)} has values that the model does not know: {names}; "
            f"{n_rows:,} row{'s count' if n_rows != 1 else ' counts'} as having none of those it knows"
        )
    return said


def remarks_on_names(table: Table, choice: Choice, header: Header) -> list[str]:
    """What was decided about names that the file leaves open."""
    said = [
        f"{name} has no name and is left out; to use it, name it in --columns" for name in choice.left_unnamed
    ]
    if table.guesses_header and table.header is None and header == "auto":
        said.append(
            "the first line holds numbers and no names, so it is data and the columns are called column_1, "
            "column_2, ...; if it holds names: --header yes"
        )
    return said


def _drowned(numbers: Numbers, counters: Collection[str]) -> str | None:
    """The widest column against the narrowest, if their spreads are more than ten apart."""
    spread = {
        column: float(scale)
        for column, scale, range_ in zip(
            numbers.encoding.features,
            learn_scaling("standard", numbers.points, numbers.weights).scale,
            np.ptp(numbers.points, axis=0),
            strict=True,
        )
        if range_ > 0 and column not in counters
    }
    if not spread:
        return None
    wide, narrow = max(spread, key=spread.__getitem__), min(spread, key=spread.__getitem__)
    ratio = spread[wide] / spread[narrow]
    if ratio <= WIDE_RATIO:
        return None
    times = f"{ratio:,.0f}" if ratio <= MOST_TIMES_TOLD else f"more than {MOST_TIMES_TOLD:,}"
    return (
        f"{shown(wide)} spreads {times} times as wide as {shown(narrow)} and outweighs it; "
        "to let columns count alike: --scale standard"
    )


def _counters(numbers: Numbers) -> list[str]:
    """Columns that grow by one from row to row."""
    if len(numbers.rows) < FEWEST_COUNTED_ROWS:
        return []
    return [
        feature
        for feature, values in zip(numbers.encoding.features, numbers.points.T, strict=True)
        if np.ptp(values - numbers.rows) == 0
    ]
