"""``globular compare``: k-means beside other models, and in the last line whether they agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import click

from globular import plots
from globular.cli import exits, options
from globular.cli.answer import found_by, write_answer
from globular.cli.asked_points import asked_points
from globular.cli.columns_of_text import Column, has_colour, table_lines, terminal_width
from globular.cli.status import LINE
from globular.errors import TableError
from globular.selection.compare import RIVALS, Compared, Comparison, checked_models, compare_models

EPILOG = (
    """\b
Examples:
  globular compare sales.csv --scale standard
  globular compare sales.csv -k 4 --models HDBSCAN,'Gaussian mixture' --seconds 20
  globular compare sales.csv --json | jq .verdict

"""
    + exits.HELP
)


@click.command(cls=options.Verb, epilog=EPILOG)
@options.table_argument
@click.option(
    "-k",
    "--n-clusters",
    type=click.IntRange(min=1),
    metavar="K",
    help="How many clusters k-means and spectral clustering have; what globular choose-k says by default.",
)
@click.option(
    "--models",
    metavar="NAMES",
    help=f"Models beside k-means, with commas between: {', '.join(RIVALS)}; all by default.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="How long each model may take.",
)
@click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    metavar="GB",
    help="How much memory each model may take.",
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
def compare(ctx: click.Context, /, table: str | None, **asked: Any) -> None:
    """Cluster TABLE by k-means and by other models, and say how far they agree.

    Each of the others is scikit-learn's, runs in a process of its own, and is ended when it takes too much
    time or memory; what they need to be told is estimated, and said. TABLE is any file that globular cluster
    reads; it may be - or left out for standard input. Ctrl-C writes what was found by then."""
    source = options.source_of(ctx, table)
    options.split_names(asked)
    models = asked["models"]
    names = checked_models(RIVALS if models is None else [m.strip() for m in models.split(",") if m.strip()])
    options.check_picture(ctx, asked["picture"], force=asked["force"])
    LINE.open(quiet=asked["quiet"])
    points = asked_points(source, asked)
    k, n = asked["n_clusters"], points.problem.n
    if k is not None and k > n:
        rows = "1 row" if n == 1 else f"{n} rows"
        raise TableError(f"{points.name} has only {rows} to cluster, but k is {k}; use -k {n} or less")
    if asked["weights"] is not None and names and not asked["quiet"]:
        exits.say("note: --weights count for k-means and silhouettes; to the other models each row is one")
    found = found_by(
        lambda progress: compare_models(
            points.problem,
            k,
            names,
            seconds=asked["seconds"],
            memory_gib=asked["memory"],
            seed=asked["seed"],
            progress=progress,
        )
    )
    lines = lines_of(found, width=terminal_width(), colour=has_colour())

    def draw() -> plots.ComparisonDisplay:
        return plots.ComparisonDisplay.from_comparison(found, points.problem.points)

    write_answer(ctx, asked, points, found, lines, draw)


def lines_of(found: Comparison, *, width: int, colour: bool) -> Iterator[str]:
    """The table for people, line by line; the verdict is the last one."""
    models = found.models
    done = [m.labels is not None for m in models]
    columns = [
        Column("model", [m.name for m in models], 0, left=True),
        Column("clusters", [str(m.n_clusters) if ok else "-" for m, ok in zip(models, done, strict=True)], 1),
        Column("noise", [_share(m.noise) for m in models], 4),
        Column("silhouette", [_number(m.silhouette) for m in models], 3),
        Column("ARI", [_number(v) for v in found.agreement[0].tolist()], 2),
        Column("seconds", [_number(m.seconds) for m in models], 5),
    ]
    yield from table_lines(columns, [0], width=width, colour=colour)
    yield ""
    yield "ARI: agreement with k-means, 1 is the same; silhouette of the points that are no noise"
    for model in models:
        if what := _remark(model):
            yield f"{model.name}: {what}"
    yield ""
    yield found.verdict


def _remark(model: Compared) -> str:
    if model.labels is None:
        return model.outcome
    settings = [f"{name} {_number(v) if isinstance(v, float) else v}" for name, v in model.settings.items()]
    return ", ".join([*settings, *model.said])


def _number(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "-"


def _share(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "-"
