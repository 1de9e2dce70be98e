"""What a practised eye would remark about the columns before clustering them.

Distances compare columns with each other, so two slips decide a result before any algorithm
runs: a column measured in a small unit drowns the others, and a column that merely counts
the rows makes neighbours of rows that stand together. Each remark is one sentence with its
remedy. Nothing is changed: the caller decides.
"""

from __future__ import annotations

import numpy as np

from globular.tables.columns import joined_patterns
from globular.tables.csv_table import shown
from globular.tables.numbers import Numbers
from globular.tables.scaling import Kind, learn_scaling

WIDE_RATIO = 10.0

# Four points on a line are measurements; fifty in steps of one are row numbers.
FEWEST_COUNTED_ROWS = 20


def remarks(numbers: Numbers, scaling: Kind) -> list[str]:
    """All that should be said about these columns under this scaling, the most telling first."""
    said = [_drowned(numbers)] if scaling == "none" else []
    return [remark for remark in [*said, *_counters(numbers)] if remark]


def _drowned(numbers: Numbers) -> str | None:
    """The widest column against the narrowest, if their spreads are more than ten apart."""
    spread = learn_scaling("standard", numbers.points, numbers.weights).scale
    spread = np.where(np.ptp(numbers.points, axis=0) > 0, spread, np.nan)
    if np.isnan(spread).all():
        return None
    wide, narrow = int(np.nanargmax(spread)), int(np.nanargmin(spread))
    ratio = spread[wide] / spread[narrow]
    if not ratio > WIDE_RATIO:
        return None
    return (
        f"{shown(numbers.columns[wide])} spreads {ratio:,.0f} times as wide as "
        f"{shown(numbers.columns[narrow])} and outweighs it; to let columns count alike: --scale standard"
    )


def _counters(numbers: Numbers) -> list[str]:
    if len(numbers.rows) < FEWEST_COUNTED_ROWS:
        return []
    offsets = numbers.points - numbers.rows[:, np.newaxis]
    return [
        f"{shown(column)} only counts the rows; to leave it out: --exclude {joined_patterns([column])}"
        for column, width in zip(numbers.columns, np.ptp(offsets, axis=0), strict=True)
        if width == 0
    ]
