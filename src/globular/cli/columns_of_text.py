"""Tables for a terminal: columns of text, as many as fit, the more important ones first.

A row may be marked; colour, where there is any, only says again what the mark says. There is none if standard
output is no terminal, or NO_COLOR or TERM=dumb is set (no-color.org).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
BETWEEN = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A head, a cell for each row, and how gladly it is left out where there is no room: the last first."""

    head: str
    cells: Sequence[str]
    rank: int
    left: bool = False  # flush left, as text is

    @property
    def width(self) -> int:
        return max(map(len, [self.head, *self.cells]))


def has_colour() -> bool:
    """Whether standard output is a terminal that may be written to in bold."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout is not None and sys.stdout.isatty()


def terminal_width() -> int:
    """How many characters fit a line of the terminal, 80 where there is none."""
    return shutil.get_terminal_size().columns


def table_lines(
    columns: Sequence[Column], marked: Collection[int] = (), *, width: int, colour: bool = False
) -> Iterator[str]:
    """Yield the head and the rows, marked ones with a ``>``; then what there was no room for.

    >>> list(table_lines([Column("k", ["1", "2"], 0), Column("cost", ["9.5", "3"], 1)], [1], width=80))
    ['  k  cost', '  1   9.5', '> 2     3']
    >>> list(table_lines([Column("k", ["1"], 0), Column("cost", ["9.5"], 1)], width=5))
    ['  k', '  1', 'no room for: cost']
    """
    kept = list(columns)
    while len(kept) > 1 and _width(kept) > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    rows = [[column.head for column in kept], *zip(*(column.cells for column in kept), strict=True)]
    for i, row in enumerate(rows, start=-1):
        cells = [
            cell.ljust(column.width) if column.left else cell.rjust(column.width)
            for column, cell in zip(kept, row, strict=True)
        ]
        line = (("> " if i in marked else "  ") + BETWEEN.join(cells)).rstrip()
        yield f"{BOLD}{line}{PLAIN}" if colour and i in marked else line
    gone = [column.head for column in columns if column not in kept]
    if gone:
        yield f"no room for: {', '.join(gone)}"


def _width(columns: Sequence[Column]) -> int:
    return 2 + sum(column.width for column in columns) + len(BETWEEN) * (len(columns) - 1)
