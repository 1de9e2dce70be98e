"""Which columns of a table to cluster: all of them, or those named, less those excluded.

A pattern is a name or a glob (``x_*``). A name that exists wins over its reading as a glob,
so a column called ``price [usd]`` can be asked for. Columns come in the order of the
patterns, each once. With no pattern at all every column is taken, except those that are
plainly something else: the weights, the labels of an earlier run about to be replaced, and
a column without a name, in which data frames keep their row numbers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from globular.errors import ModelMismatchError, TableError
from globular.tables.table import Table, shown

MOST_NAMES_LISTED = 12

# A name in double quotes, which are doubled inside it, or anything else, up to a comma or the end.
PATTERN = re.compile(r'\s*("(?:[^"]|"")*"|[^,]*)\s*(?:,|\Z)')


@dataclass(frozen=True, slots=True)
class Choice:
    """The places of the chosen columns."""

    places: tuple[int, ...]
    left_unnamed: tuple[str, ...] = ()  # columns without a name that were left out unasked
    required: bool = False  # a model needs these columns: advice to leave one out would mislead


def split_patterns(arguments: Iterable[str]) -> tuple[str, ...]:
    """Cut ``a,b,'x_*'`` at its commas. A name that contains a comma or a double quote is written
    in double quotes, as in a CSV file.

    >>> split_patterns(['a,"b, c"', "d"])
    ('a', 'b, c', 'd')
    """
    cells = [cell.strip() for argument in arguments for cell in PATTERN.findall(argument)]
    names = [cell[1:-1].replace('""', '"').strip() if _is_quoted(cell) else cell for cell in cells]
    return tuple(name for name in names if name)


def _is_quoted(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def joined_patterns(names: Iterable[str]) -> str:
    """The inverse of ``split_patterns`` for plain names, quoted for the shell where it must be."""
    quoted = ['"' + name.replace('"', '""') + '"' if set(',"') & set(name) else name for name in names]
    text = ",".join(quoted)
    plain = all(character.isalnum() or character in "_-.,:/%+@" for character in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def choose_columns(
    table: Table, patterns: Sequence[str], exclude: Sequence[str], aside: Collection[str] = ()
) -> Choice:
    """Choose columns of a table. Those ``aside`` have another duty: only their exact name takes them."""
    if patterns:
        wanted = [place for pattern in patterns for place in matching(table, pattern, aside)]
        left_unnamed: tuple[str, ...] = ()
    else:
        free = [j for j, column in enumerate(table.columns) if column not in aside]
        wanted = [j for j in free if not table.unnamed(j)]
        left_unnamed = tuple(table.columns[j] for j in free if table.unnamed(j))
    unwanted = {place for pattern in exclude for place in matching(table, pattern)}
    places = tuple(place for place in dict.fromkeys(wanted) if place not in unwanted)
    if not places:
        raise TableError(f"{table.name}: no column is left to cluster; it has {listed(table.columns)}")
    return Choice(places, left_unnamed)


def matching(table: Table, pattern: str, aside: Collection[str] = ()) -> list[int]:
    """The places of the columns that a name or glob stands for; TableError if there are none."""
    is_glob = any(character in pattern for character in "*?[")
    if pattern in table.columns or not is_glob:
        return [place_of(table, pattern)]
    found = [
        j
        for j, column in enumerate(table.columns)
        if fnmatchcase(column, pattern) and column not in aside and not table.unnamed(j)
    ]
    if not found:
        raise TableError(
            f"{table.name}: no column matches {shown(pattern)}; there are {listed(table.columns)}"
        )
    return found


def place_of(table: Table, name: str) -> int:
    """The place of the one column of this name; TableError if there is none."""
    if name not in table.columns:
        raise TableError(f"{table.name}: no column is named {shown(name)}; {suggestion(name, table.columns)}")
    return table.columns.index(name)


def required_columns(table: Table, names: Sequence[str], by: str) -> Choice:
    """The columns that ``by`` (a model) needs, in its order; ModelMismatchError if one is not there."""
    absent = [name for name in names if name not in table.columns]
    if absent and table.header is None:
        raise ModelMismatchError(
            f"{table.name} has no header line, but {by} needs the columns {listed(names)}; add one"
        )
    if absent:
        free = [column for column in table.columns if column not in names]
        which = "column" if len(absent) == 1 else "columns"
        raise ModelMismatchError(
            f"{table.name} lacks the {which} {listed([shown(name) for name in absent])}, which {by} needs; "
            f"{suggestion(absent[0], free)}"
        )
    return Choice(tuple(table.columns.index(name) for name in names), required=True)


def suggestion(name: str, columns: Sequence[str]) -> str:
    """What the writer of an unknown name may have meant: the nearest name, or all there are."""
    by_lower_case = {column.lower(): column for column in columns}
    near = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    if near:
        return f"did you mean {shown(by_lower_case[near[0]])}?"
    return f"there are {listed(columns)}" if columns else "there are no others"


def listed(columns: Sequence[str]) -> str:
    """Column names in a row, the first dozen of them."""
    names = ", ".join(columns[:MOST_NAMES_LISTED])
    more = len(columns) - MOST_NAMES_LISTED
    return f"{names} and {more} more" if more > 0 else names
