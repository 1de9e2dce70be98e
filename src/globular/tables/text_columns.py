"""Which of the chosen columns are text, and what is done about them.

A file with types says it. In a CSV file only the cells can tell: a column is text if most of its
cells are no numbers; if only a few are, they are slips, and said by row and line. Columns of text
stop the work by default, because leaving one out or encoding it changes what a distance means:
that should be somebody's decision. ``drop`` leaves them out, ``onehot`` encodes them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from globular.errors import TableError
from globular.tables.columns import Choice, joined_patterns, listed
from globular.tables.dialect import is_decimal_comma
from globular.tables.table import ColumnKind, NotANumber, Table, shown

Categorical = Literal["error", "drop", "onehot"]

# Groups of three digits behind one mark, the same throughout; decimals behind another.
THOUSANDS = re.compile(
    r"\s*[-+]?[1-9]\d{0,2}(?:(?:,\d{3})+(?:\.\d*)?|(?:\.\d{3})+,\d*|(?:\.\d{3}){2,}"
    r"|([ '’\u00a0\u2009\u202f])\d{3}(?:\1\d{3})*(?:[.,]\d*)?)\s*"
)

DECIMALS_BEHIND_COMMA = re.compile(r"[. '’\u00a0\u2009\u202f]\d{3},\d*\s*$")

# A remedy longer than this would bury the message.
LONGEST_REMEDY = 300


@dataclass(frozen=True, slots=True)
class TextColumns:
    """The places of the columns to encode, and of those to leave out."""

    encoded: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()


def known_text_columns(table: Table, choice: Choice, categorical: Categorical) -> TextColumns:
    """What the types of the file say about the chosen columns; TableError if it is not allowed."""
    not_numbers = [place for place in choice.places if place in table.text_places]
    if not not_numbers:
        return TextColumns()
    kinds = dict(zip(choice.places, table.kinds(choice.places), strict=True))
    return _decided(table, choice, kinds, not_numbers[0], "", categorical)


def found_text_columns(
    table: Table, choice: Choice, found: NotANumber, categorical: Categorical
) -> TextColumns:
    """What the cells of a file of text say about the chosen columns, one of which is no number."""
    if advice := _advice_on_marks(found.cell):
        raise TableError(f"{_at(table, found)} is not a number; {advice}")
    if found.column not in choice.places:
        raise TableError(f"{_at(table, found)} is no weight; a weight is 0 or more")
    if choice.required:
        raise TableError(f"{_at(table, found)} is not a number; correct the cell")
    kinds = dict(zip(choice.places, table.kinds(choice.places), strict=True))
    if not kinds[found.column].is_mostly_text:
        column = table.columns[found.column]
        raise TableError(
            f"{_at(table, found)} is not a number; "
            f"correct the cell or leave the column out: --exclude {joined_patterns([column])}"
        )
    row = f" (row {found.row + 1}: {shown(found.cell)})"
    return _decided(table, choice, kinds, found.column, row, categorical)


def _decided(
    table: Table,
    choice: Choice,
    kinds: dict[int, ColumnKind],
    first: int,
    row: str,
    categorical: Categorical,
) -> TextColumns:
    texts = tuple(place for place in choice.places if kinds[place].is_mostly_text)
    others = [place for place in choice.places if kinds[place].kind == "other"]
    if categorical == "error":
        raise TableError(_text_not_allowed(table, choice, kinds, first, row))
    if categorical == "onehot":
        if others:
            raise TableError(_other(table, others[0], kinds[others[0]]))
        return TextColumns(encoded=texts)
    if len(texts) == len(choice.places):
        names = listed([table.columns[place] for place in texts])
        raise TableError(
            f"{table.name}: no column is left to cluster, all are text: {names}; "
            "encode them with --categorical onehot, or choose others with --columns"
        )
    return TextColumns(left_out=texts)


def _text_not_allowed(
    table: Table, choice: Choice, kinds: dict[int, ColumnKind], first: int, row: str
) -> str:
    if kinds[first].kind == "other":
        return _other(table, first, kinds[first])
    numeric = _names(table, choice, [j for j in kinds if kinds[j].is_number and kinds[j].n_present])
    texts = _names(table, choice, [j for j in kinds if kinds[j].is_mostly_text])
    message = f"{table.name}: column {shown(table.columns[first])} is text{row}"
    if len(message) + len(texts) < LONGEST_REMEDY:
        message += f"; leave text out: --exclude {texts}"
    else:
        message += "; leave text out: --categorical drop"
    message += ", encode it: --categorical onehot"
    if numeric and len(message) + len(numeric) < 2 * LONGEST_REMEDY:
        message += f", or name the columns: --columns {numeric}"
    return message


def _names(table: Table, choice: Choice, places: Collection[int]) -> str:
    return joined_patterns(table.columns[place] for place in choice.places if place in places)


def _other(table: Table, place: int, kind: ColumnKind) -> str:
    column = table.columns[place]
    return (
        f"{table.name}: column {shown(column)} holds {kind.type}, which is neither number nor text; "
        f"leave it out: --exclude {joined_patterns([column])}"
    )


def _at(table: Table, found: NotANumber) -> str:
    return f"{table.place(found.row, found.column)}: {shown(found.cell)}"


def _advice_on_marks(cell: str) -> str | None:
    """What to do about a number that is written with thousands separators or a decimal comma."""
    if THOUSANDS.fullmatch(cell):
        advice = "thousands separators are not understood, remove them"
        if is_decimal_comma(cell):
            return f"{advice}; or, if this is a decimal comma, write a point"
        return f"{advice}; write decimals with a point" if DECIMALS_BEHIND_COMMA.search(cell) else advice
    return "write decimals with a point" if is_decimal_comma(cell) else None


def places_of_text(table: Table, columns: Sequence[str]) -> TextColumns:
    """The columns that a model has encoded."""
    return TextColumns(encoded=tuple(table.columns.index(column) for column in columns))
