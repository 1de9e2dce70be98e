"""``globular choose-k``: a table over k, and in the last line how many clusters there are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

from globular import plots
from globular.cli import exits, options
from globular.cli.answer import found_by, write_answer
from globular.cli.asked_points import AskedPoints, asked_points
from globular.cli.columns_of_text import Column, has_colour, table_lines, terminal_width
from globular.cli.status import LINE
from globular.errors import TableError
from globular.selection.choice import KChoice
from globular.selection.choose import DEFAULT_RANGE, LARGEST_K, choose

EPILOG = (
    """\b
Examples:
  globular choose-k sales.csv --scale standard
  globular choose-k sales.csv -k 2..20 --columns revenue,'visits_*' --missing drop
  globular choose-k sales.csv --json | jq .verdict

"""
    + exits.HELP
)

# Columns of the table: head, field, and what is left out first: the highest number.
FIGURES = (
    ("silhouette", "silhouette", 1),
    ("CH", "calinski_harabasz", 5),
    ("DB", "davies_bouldin", 6),
    ("BIC", "bic", 7),
    ("gap", "gap", 4),
)
LEGEND = (
    "* best by this criterion; CH Calinski-Harabasz; DB Davies-Bouldin and BIC: less is better\n"
    "apart: there are valleys between all clusters\n"
    "stable: how alike the least stable cluster is when rows are drawn anew; 0.75 is good"
)


def numbers_of_clusters(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> list[int] | None:
    """What ``2..12``, ``4`` or ``2,3,5`` means, ascending; None if nothing is said."""
    if value is None:
        return None
    found: set[int] = set()
    for part in value.split(","):
        ends = re.fullmatch(r"\s*(\d{1,9})\s*(?:(?:\.\.|-|:)\s*(\d{1,9})\s*)?", part, flags=re.ASCII)
        if ends is None:
            raise click.UsageError(f"-k {value!r} is no range like 1..12 and no list like 2,3,5", ctx)
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if first < 1 or last < first:
            raise click.UsageError(f"-k {part.strip()!r} must go up from 1 or more, like 1..12", ctx)
        if last > LARGEST_K:
            raise click.UsageError(f"-k {part.strip()!r} goes beyond {LARGEST_K}, the most to compare", ctx)
        found.update(range(first, last + 1))
    return sorted(found)


@click.command(name="choose-k", cls=options.Verb, epilog=EPILOG)
@options.table_argument
@click.option(
    "-k",
    "k_range",
    callback=numbers_of_clusters,
    default=None,
    metavar="RANGE",
    help="Numbers of clusters to try: a range like 1..12, a list like 2,3,5.  [default: 1..10]",
)
@options.number_options
@options.header_option
@options.array_option
@options.seed_option
@options.threads_option
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON, without the table.")
@options.picture_options
@options.quiet_option
@click.pass_context
def choose_k(ctx: click.Context, /, table: str | None, **asked: Any) -> None:
    """Find out how many clusters TABLE has, if any.

    Writes a table over k with the figures people go by, and in its last line a verdict: a number with its
    reason, that there is no clear one, or that there is no cluster structure at all. TABLE is any
    file that globular cluster reads; it may be - or left out for standard input. Ctrl-C writes the table as
    far as it goes.
    """
    source = options.source_of(ctx, table)
    options.split_names(asked)
    options.check_picture(ctx, asked["picture"], force=asked["force"])
    LINE.open(quiet=asked["quiet"])
    points = asked_points(source, asked)
    ks = _checked(asked["k_range"], points)
    choice = found_by(lambda progress: choose(points.problem, ks, seed=asked["seed"], progress=progress))
    lines = lines_of(choice, width=terminal_width(), colour=has_colour())
    write_answer(ctx, asked, points, choice, lines, lambda: plots.ChooseKDisplay.from_choice(choice))


def _checked(k_range: Sequence[int] | None, points: AskedPoints) -> list[int]:
    n = points.problem.n
    if k_range is None:
        return [k for k in DEFAULT_RANGE if k <= n]
    if k_range[-1] > n:
        rows = "1 row" if n == 1 else f"{n} rows"
        raise TableError(
            f"{points.name} has only {rows} to cluster, but -k goes up to {k_range[-1]}; "
            f"use -k {min(k_range[0], n)}..{n} or less"
        )
    return list(k_range)


def lines_of(choice: KChoice, *, width: int, colour: bool) -> Iterator[str]:
    """The table for people, line by line; the verdict is the last one."""
    ks = choice.table["k"].tolist()
    columns = [
        Column("k", [str(k) for k in ks], 0),
        Column("cost", [_number(v) for v in choice.table["cost"].tolist()], 8),
    ]
    for head, name, rank in FIGURES:
        values, errors = choice.table[name].tolist(), choice.table.get(f"{name}_error")
        best = choice.best_by.get(name)
        cells = [
            _number(v) + ("" if errors is None else _error(e)) + (" *" if k == best else "  ")
            for k, v, e in zip(ks, values, values if errors is None else errors.tolist(), strict=True)
        ]
        columns.append(Column(head, cells, rank))
    columns.append(Column("apart", [_apart(n) for n in choice.table["n_unclear"].tolist()], 2))
    columns.append(Column("stable", [_number(v) for v in choice.table["stability"].tolist()], 3))
    marked = [ks.index(choice.k)] if choice.k in ks else []
    yield from table_lines(columns, marked, width=width, colour=colour)
    yield ""
    yield from LEGEND.splitlines()
    if any(error > 0 for error in choice.table["silhouette_error"].tolist()):
        yield "silhouettes are those of a sample, ± a standard error; --json has the digits"
    gap = f"gap: from {choice.n_gap_rows:,} rows, ± its standard error; " if choice.n_gap_rows else ""
    yield f"{gap}seed {choice.seed}"
    yield ""
    yield choice.verdict


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "-"


def _error(value: float) -> str:
    return f" ±{value:.1g}" if math.isfinite(value) and value > 0 else ""


def _apart(n_unclear: int) -> str:
    return "-" if n_unclear < 0 else "yes" if n_unclear == 0 else "no"
