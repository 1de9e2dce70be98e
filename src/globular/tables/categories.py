"""Categories as numbers: a column of text becomes a column of zeros and ones for each of its values.

Distances need numbers, and the values of a text have no order that would give them some. So each
value, called a level, gets an indicator: 1 in the rows that have it, 0 elsewhere. Two rows of
different levels are then 2 apart (squared), whatever the levels are. Levels are sorted, so that the
order of the rows does not matter. A level that was not there when the model was made has no
indicator: all are 0, which is equally far from every level. Where the level itself is missing, so
are all indicators, and what is done about missing values decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from globular.errors import TableError
from globular.tables.table import Float64, Table, shown

# A column of more texts than this names rows (an id, a remark), not kinds of rows.
MOST_LEVELS = 256

MISSING, UNSEEN = -1, -2


@dataclass(frozen=True, slots=True)
class Encoding:
    """Which columns there are, in order, and the levels of those that are text."""

    columns: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers of a point: a column's, or ``column=level``."""
        return tuple(name for _, name in self._features())

    @property
    def indicators(self) -> NDArray[np.bool_]:
        """Which features are indicators, (d,)."""
        return np.array([column in self.levels for column, _ in self._features()])

    @property
    def sources(self) -> tuple[str, ...]:
        """The column that each feature comes from."""
        return tuple(column for column, _ in self._features())

    def _features(self) -> Iterator[tuple[str, str]]:
        for column in self.columns:
            if column in self.levels:
                yield from ((column, f"{column}={level}") for level in self.levels[column])
            else:
                yield column, column


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Columns of text as places in their levels, a row each; MISSING and UNSEEN are negative."""

    codes: NDArray[np.int32]  # (n, columns)
    levels: tuple[tuple[str, ...], ...]
    unseen: tuple[Mapping[str, int], ...]  # rows of each level that was not known, for each column

    def indicators(self, column: int) -> Float64:
        """Zeros and ones (n, levels), NaN where the level is missing."""
        codes = self.codes[:, column]
        marks = np.zeros((len(codes), len(self.levels[column])))
        known = np.flatnonzero(codes >= 0)
        marks[known, codes[known]] = 1.0
        marks[codes == MISSING] = np.nan
        return marks


def read_codes(table: Table, places: Sequence[int], known: Sequence[Sequence[str]] | None = None) -> Codes:
    """Read columns of text, by the known levels or by those that they have.

    TableError for a column of too many levels, or of none. One reading of the table.
    """
    found: list[dict[str | None, int]] = [{None: MISSING} for _ in places]
    for levels, column in zip(known or [], found, strict=False):
        column.update((level, code) for code, level in enumerate(levels))
    unseen: list[dict[str, int]] = [{} for _ in places]
    blocks = [np.empty((0, len(places)), np.int32)]
    for texts in table.texts(places):
        block = np.empty((len(texts[0]), len(places)), np.int32)
        for j, cells in enumerate(texts):
            new = dict.fromkeys(cell for cell in cells if cell not in found[j])
            if known is None:
                _add_levels(table, places[j], found[j], new)
                block[:, j] = [found[j][cell] for cell in cells]
            else:
                block[:, j] = [found[j].get(cell, UNSEEN) for cell in cells]
                for level in new:
                    unseen[j][str(level)] = unseen[j].get(str(level), 0) + cells.count(level)
        blocks.append(block)
    codes = np.concatenate(blocks)
    if known is not None:
        return Codes(codes, tuple(map(tuple, known)), tuple(unseen))
    return _sorted(table, places, codes, found)


def _add_levels(
    table: Table, place: int, found: dict[str | None, int], new: Mapping[str | None, object]
) -> None:
    for level in new:
        found[level] = len(found) - 1
    if len(found) - 1 > MOST_LEVELS:
        name = table.columns[place]
        raise TableError(
            f"{table.name}: column {shown(name)} has more than {MOST_LEVELS} different texts, so it "
            "tells rows apart and not kinds of rows; leave it out with --exclude"
        )


def _sorted(
    table: Table, places: Sequence[int], codes: NDArray[np.int32], found: Sequence[Mapping[str | None, int]]
) -> Codes:
    levels = []
    for j, column in enumerate(found):
        names = sorted(level for level in column if level is not None)
        if not names:
            raise TableError(
                f"{table.name}: column {shown(table.columns[places[j]])} has no value at all; leave it out"
            )
        number = np.full(len(column), MISSING, np.int32)  # the last place is that of code -1
        for place, level in enumerate(names):
            number[column[level]] = place
        codes[:, j] = number[codes[:, j]]
        levels.append(tuple(names))
    return Codes(codes, tuple(levels), tuple({} for _ in places))
