"""What a clustering looks like, on a terminal and as JSON.

People read sizes as bars, centers in the units of their table, and how sure to be: how much
of the spread the clusters explain, and how many restarts came to the same cost. A number has
as many decimals as the spread of its column gives meaning to. Programs get the same facts
under plain names.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isclose, log10
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from globular.tables.json_fields import write_object

Float64 = NDArray[np.float64]

MOST_CLUSTERS_SHOWN = 20
MOST_COLUMNS_SHOWN = 20
LONGEST_NAME = 28
BAR = 32
EIGHTHS = " ▏▎▍▌▋▊▉"

# Restarts that end in the same clusters differ by rounding alone.
SAME_COST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """The facts about one clustering; everything per column is in the units of the table."""

    table: str
    n_rows: int
    n_dropped: int
    columns: tuple[str, ...]  # a column's name, or column=level
    n_filled: Mapping[str, int]  # missing values that were filled, by column
    levels: Mapping[str, tuple[str, ...]]  # of the columns of text
    left_out: tuple[str, ...]  # columns of text that were left out
    weights: str | None
    scaling: str
    sizes: Sequence[int]  # (k,) rows
    shares: Float64  # (k,) of the rows, or of their weight
    centers: Float64  # (k, d)
    mean: Float64  # (d,) of all rows
    deviation: Float64  # (d,) of all rows
    cost: float  # scaled units²
    explained: float | None  # share of the spread, None if there is none
    n_steps: int
    converged: bool
    interrupted: bool
    costs: tuple[float, ...]  # of each restart
    seed: int
    labelled: str | None  # files written
    model: str | None

    @property
    def n_agreeing(self) -> int:
        """Restarts that reached this cost."""
        return sum(isclose(cost, self.cost, rel_tol=SAME_COST, abs_tol=0.0) for cost in self.costs)


def write_json(stream: TextIO, summary: Summary) -> None:
    """Write the facts as one JSON object, numbers at full precision."""
    facts = {
        "table": summary.table,
        "n_rows": summary.n_rows,
        "rows_dropped": summary.n_dropped,
        "values_filled": dict(summary.n_filled),
        "columns": list(summary.columns),
        "levels": {column: list(levels) for column, levels in summary.levels.items()},
        "columns_left_out": list(summary.left_out),
        "weights": summary.weights,
        "scaling": summary.scaling,
        "n_clusters": len(summary.sizes),
        "sizes": list(summary.sizes),
        "shares": summary.shares.tolist(),
        "centers": summary.centers.tolist(),
        "cost": summary.cost,
        "explained": summary.explained,
        "n_steps": summary.n_steps,
        "converged": summary.converged,
        "interrupted": summary.interrupted,
        "restart_costs": list(summary.costs),
        "seed": summary.seed,
        "labelled": summary.labelled,
        "model": summary.model,
    }
    write_object(stream, facts)


def lines(summary: Summary) -> Iterator[str]:
    """The summary for people, line by line."""
    yield _headline(summary)
    yield from _column_lines(summary)
    yield ""
    yield from size_lines(summary.sizes, summary.shares)
    yield ""
    yield from _center_lines(summary)
    yield ""
    explained = "" if summary.explained is None else f"; {summary.explained:.1%} of the spread explained"
    unit = "" if summary.scaling == "none" else " in scaled units"
    yield f"cost      {summary.cost:.6g}{unit}{explained}"
    yield f"steps     {summary.n_steps}, {'converged' if summary.converged else 'not converged'}"
    yield from _restart_lines(summary)
    written = [path for path in (summary.labelled, summary.model) if path]
    if written:
        yield f"wrote     {', '.join(written)}"


def _restart_lines(summary: Summary) -> Iterator[str]:
    """How many starts came to this cost: the more, the surer that there is no better one."""
    n_starts, n_agreeing = len(summary.costs), summary.n_agreeing
    reached = f"{n_starts}" if n_starts == 1 else f"{n_agreeing} of {n_starts} reached this cost"
    yield f"restarts  {reached}; seed {summary.seed}"
    if n_agreeing == 1 < n_starts:
        yield f"          more may find a better one: --restarts {10 * n_starts}"


def _headline(summary: Summary) -> str:
    n_levels = sum(map(len, summary.levels.values()))
    n_columns = len(summary.columns) - n_levels + len(summary.levels)
    parts = [
        f"{summary.n_rows:,} rows",
        f"{n_columns} column{'s' * (n_columns != 1)}",
        "not scaled" if summary.scaling == "none" else f"{summary.scaling} scaling",
    ]
    if summary.weights is not None:
        parts.append(f"weighted by {summary.weights}")
    if summary.n_dropped:
        parts.append(f"{summary.n_dropped:,} row{'s' * (summary.n_dropped != 1)} with gaps left out")
    return f"{summary.table}: {', '.join(parts)}"


def _column_lines(summary: Summary) -> Iterator[str]:
    """What was made of columns that are not plain numbers."""
    if summary.levels:
        counts = [f"{_shortened(name)} ({len(levels)} values)" for name, levels in summary.levels.items()]
        yield f"encoded   {', '.join(counts)}"
    if summary.left_out:
        yield f"left out  {', '.join(map(_shortened, summary.left_out))}: text"
    if summary.n_filled:
        yield f"filled    {', '.join(f'{_shortened(name)} ({n:,})' for name, n in summary.n_filled.items())}"


def size_lines(sizes: Sequence[int], shares: Float64) -> Iterator[str]:
    """A bar for each cluster, the longest for the largest share."""
    width = max(len(f"{size:,}") for size in sizes)
    width = max(width, len("rows"))
    longest = float(max(shares)) or 1.0
    yield f"cluster  {'rows':>{width}}   share"
    for j, (size, share) in enumerate(zip(sizes[:MOST_CLUSTERS_SHOWN], shares.tolist(), strict=False)):
        yield f"{j:>7}  {size:>{width},}  {share:>6.1%}  {_bar(share / longest)}".rstrip()
    rest = sizes[MOST_CLUSTERS_SHOWN:]
    if rest:
        yield f"and {len(rest)} more, of {min(rest):,} to {max(rest):,} rows"


def _bar(share: float) -> str:
    """A bar in eighths of a character; plain marks where the terminal's encoding has no blocks."""
    try:
        EIGHTHS.encode(getattr(sys.stderr, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "#" * round(share * BAR)
    whole, eighths = divmod(round(share * BAR * 8), 8)
    return "█" * whole + EIGHTHS[eighths].strip()


def _center_lines(summary: Summary) -> Iterator[str]:
    """Centers as a table: a line for each column of the data, a column for each cluster."""
    n_shown = min(len(summary.columns), MOST_COLUMNS_SHOWN)
    names = [_shortened(name) for name in summary.columns[:n_shown]]
    heads = [*map(str, range(min(len(summary.sizes), MOST_CLUSTERS_SHOWN))), "all"]
    values = np.vstack([summary.centers[: len(heads) - 1], summary.mean])
    cells = [
        [_rounded(value, summary.deviation[f]) for value in values[:, f].tolist()] for f in range(n_shown)
    ]
    stub = max(map(len, [*names, "center"]))
    width = max(len(cell) for row in [heads, *cells] for cell in row) + 2
    per_block = max(1, (shutil.get_terminal_size().columns - stub) // width)
    for begin in range(0, len(heads), per_block):
        block = slice(begin, begin + per_block)
        if begin:
            yield ""
        yield "center".ljust(stub) + "".join(head.rjust(width) for head in heads[block])
        for name, row in zip(names, cells, strict=True):
            yield name.ljust(stub) + "".join(cell.rjust(width) for cell in row[block])
    if len(summary.columns) > n_shown:
        yield f"and {len(summary.columns) - n_shown} more columns, in --json and --model"


def _shortened(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _rounded(value: float, deviation: float) -> str:
    """Three significant digits of the column's spread: finer differences say nothing about clusters."""
    decimals = max(0, 2 - floor(log10(deviation))) if deviation > 0 else 2
    if decimals > 6 or abs(value) >= 1e9:
        return f"{value:.4g}"
    return f"{value:,.{decimals}f}"
