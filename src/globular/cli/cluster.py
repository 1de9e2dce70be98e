"""``globular cluster``: a table in, the same table with one column more out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import click

from globular import __version__
from globular.cli import exits, options, summary
from globular.cli.fit_status import FitStatus
from globular.cli.status import LINE, show_rows
from globular.features.methods import METHODS, MethodName, method
from globular.tables.clustering import Clustering, cluster_numbers
from globular.tables.columns import choose_columns, place_of
from globular.tables.csv_table import Header
from globular.tables.gaps import Missing
from globular.tables.labelled import check_format, write_copy
from globular.tables.model_file import Model, fingerprint, write_model
from globular.tables.numbers import Numbers, read_numbers
from globular.tables.output import STDOUT, check_target, write_text
from globular.tables.reading import read_table
from globular.tables.remarks import remarks, remarks_on_names
from globular.tables.scaling import Kind, learn_scaling
from globular.tables.table import Table
from globular.tables.text_columns import Categorical

EPILOG = (
    """\b
Examples:
  globular cluster sales.csv -k 4 --scale standard -o labelled.csv
  globular cluster sales.csv -k 4 --columns revenue,'visits_*' --missing drop
  globular cluster sales.csv -k 4 --exclude id,name --weights n --json
  globular cluster moons.csv -k 2 --method spectral -o labelled.csv
  cat sales.csv | globular cluster -k 4 > labelled.csv

"""
    + exits.HELP
)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line, one field for each option."""

    source: str
    n_clusters: int
    method: MethodName
    neighbors: int | None
    gamma: float | None
    columns: tuple[str, ...]
    exclude: tuple[str, ...]
    header: Header
    array: str | None
    scale: Kind
    weights: str | None
    missing: Missing
    categorical: Categorical
    restarts: int
    max_iter: int
    seed: int
    threads: int | None
    output: str | None
    append: str
    labels_only: bool
    model: str | None
    as_json: bool
    force: bool
    quiet: bool
    strict: bool


@click.command(cls=options.Verb, epilog=EPILOG)
@options.table_argument
@click.option(
    "-k", "--n-clusters", type=click.IntRange(min=1), required=True, metavar="K", help="How many clusters."
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="kmeans",
    show_default=True,
    help="kmeans: round clusters about a mean. minibatch: the same from samples of the rows, then a few "
    "steps over all, for millions. spectral: clusters of any shape with gaps between them. kernel: k-means "
    "by a Gaussian kernel. Only the first two have centers, for --model and predict.",
)
@click.option(
    "--neighbors",
    type=click.IntRange(min=2),
    metavar="N",
    help="Neighbours that a row is tied to, itself among them, for --method spectral; 10 by default.",
)
@click.option(
    "--gamma",
    type=click.FloatRange(min=0, min_open=True),
    metavar="G",
    help="Of exp(-G d²), d the distance of two rows, for --method kernel; 1 / columns by default.",
)
@options.number_options
@options.header_option
@options.array_option
@click.option(
    "--restarts",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many starts to try; the best one counts.",
)
@click.option(
    "--max-iter",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="The most steps of a start, which ends when no center moves any more.",
)
@options.seed_option
@options.threads_option
@options.output_options
@click.option(
    "--model",
    metavar="FILE",
    callback=options.not_empty,
    help="Write the model, as JSON, for globular predict.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Write the summary, as JSON, to standard output; labels then go to -o alone.",
)
@click.option("--strict", is_flag=True, help="Exit with 4 if the clusters have not converged.")
@click.pass_context
def cluster(ctx: click.Context, /, table: str | None, **asked: Any) -> None:
    """Cluster the rows of TABLE, with k-means unless --method says otherwise.

    Writes the table with one column more, the cluster of each row. Cluster 0 is the largest.
    TABLE is a CSV or TSV file (the delimiter is found by itself; gzipped or not), Parquet, Arrow or
    Feather, or a NumPy array (.npy, .npz). It may be - or left out for standard input.
    """
    options.split_names(asked)
    ask = Request(source=options.source_of(ctx, table), **asked)
    _refuse_clashes(ask)
    for path in (ask.output, ask.model):
        if path is not None:
            check_target(path, force=ask.force)
    if ask.output is not None:
        check_format(ask.output)
    LINE.open(quiet=ask.quiet)
    source, numbers = _read(ask)
    way = method(ask.method, n_neighbors=ask.neighbors or 10, gamma=ask.gamma)
    found = cluster_numbers(
        numbers,
        ask.n_clusters,
        name=source.name,
        scale=ask.scale,
        restarts=ask.restarts,
        max_iter=ask.max_iter,
        seed=ask.seed,
        n_threads=ask.threads,
        progress=FitStatus(ask.restarts),
        way=way.fit,
        has_centers=way.has_centers,
    )
    _write(ask, source, found)
    if found.interrupted:
        exits.say("interrupted; this is the best result so far")
        ctx.exit(exits.INTERRUPTED)
    if not found.result.converged:
        grade = "" if ask.strict else "warning: "
        exits.say(f"{grade}the best start had not converged by step {ask.max_iter}; raise --max-iter")
        ctx.exit(exits.NOT_CONVERGED if ask.strict else exits.OK)


def _refuse_clashes(ask: Request) -> None:
    if ask.model == STDOUT:
        raise click.UsageError("--model needs a file: standard output is for the labels")
    if ask.as_json and ask.output == STDOUT:
        raise click.UsageError("--json and -o - both want standard output; give -o a file")
    for option, given, of in (
        ("--neighbors", ask.neighbors, "spectral"),
        ("--gamma", ask.gamma, "kernel"),
    ):
        if given is not None and ask.method != of:
            raise click.UsageError(f"{option} is for --method {of}; leave it out, or choose that method")
    if ask.method in {"spectral", "kernel"} and ask.model is not None:
        raise click.UsageError(
            f"--method {ask.method} finds no centers to keep in --model; leave --model out, or use kmeans"
        )
    if ask.method == "spectral" and ask.weights is not None:
        raise click.UsageError(
            "--method spectral knows no --weights; leave them out, or use kernel or kmeans"
        )
    if ask.output and ask.model and os.path.realpath(ask.output) == os.path.realpath(ask.model):
        raise click.UsageError("-o and --model name the same file; give each its own")


def _read(ask: Request) -> tuple[Table, Numbers]:
    """The table and its numbers, and what there is to remark about them on standard error."""
    table = read_table(ask.source, ask.header, ask.array)
    options.refuse_taken_name(table, ask.append, force=ask.force)
    weights = None if ask.weights is None else place_of(table, ask.weights)
    choice = choose_columns(table, ask.columns, ask.exclude, {ask.append, ask.weights or ""})
    numbers = read_numbers(
        table, choice, weights=weights, missing=ask.missing, categorical=ask.categorical, heard=show_rows
    )
    if not ask.quiet:
        for remark in [*remarks_on_names(table, choice, ask.header), *remarks(numbers, ask.scale)]:
            exits.say(f"note: {remark}")
    return table, numbers


def _write(ask: Request, table: Table, found: Clustering) -> None:
    """Write the files, then standard output, then the summary: a pipe that closes costs nothing else."""
    if ask.model is not None:
        model = _model(ask, found)
        write_text(ask.model, lambda stream: write_model(stream, model), force=ask.force)
    facts = _facts(ask, table, found)
    with options.summary_after(lambda: summary.lines(facts), quiet=ask.quiet or ask.as_json):
        if ask.output is not None or not ask.as_json:
            write_copy(
                ask.output or STDOUT,
                table,
                found.numbers,
                found.numbered.labels,
                ask.append,
                labels_only=ask.labels_only,
                force=ask.force,
            )
        if ask.as_json:
            write_text(STDOUT, lambda stream: summary.write_json(stream, facts), force=False)


def _model(ask: Request, found: Clustering) -> Model:
    return Model(
        columns=found.numbers.columns,
        weights=ask.weights,
        missing=ask.missing,
        scaling=found.scaling,
        centers=found.numbered.centers,
        sizes=tuple(found.numbered.sizes.tolist()),
        cost=found.result.cost,
        converged=found.result.converged,
        seed=ask.seed,
        n_rows=len(found.numbers.rows),
        rows_dropped=found.numbers.n_dropped,
        fingerprint=fingerprint(found.numbers),
        globular=__version__,
        levels=found.numbers.levels,
        fill=found.numbers.fill,
    )


def _facts(ask: Request, table: Table, found: Clustering) -> summary.Summary:
    all_rows = learn_scaling("standard", found.numbers.points, found.numbers.weights)
    return summary.Summary(
        table=table.name,
        n_rows=len(found.numbers.rows),
        n_dropped=found.numbers.n_dropped,
        columns=found.numbers.encoding.features,
        n_filled=found.numbers.n_filled,
        levels=found.numbers.levels,
        left_out=found.numbers.left_out,
        weights=ask.weights,
        scaling=ask.scale,
        sizes=found.numbered.sizes.tolist(),
        shares=found.shares,
        centers=found.centers_in_units,
        mean=all_rows.shift,
        deviation=all_rows.scale,
        cost=found.result.cost,
        explained=found.explained,
        n_steps=found.result.n_steps,
        converged=found.result.converged,
        interrupted=found.interrupted,
        costs=found.result.costs,
        seed=ask.seed,
        labelled=None if ask.output == STDOUT else ask.output,
        model=ask.model,
    )
