"""``globular predict``: new rows in, each with the cluster of its nearest center out."""

from __future__ import annotations

from collections.abc import Iterator

import click
import numpy as np

from globular.cli import exits, options, summary
from globular.em import assign
from globular.errors import DataError, TableError
from globular.tables.clustering import out_of_range
from globular.tables.columns import required_columns
from globular.tables.csv_table import Header, read_table
from globular.tables.model_file import read_model
from globular.tables.numbers import Missing, read_numbers
from globular.tables.output import STDOUT, check_target, write_text

EPILOG = (
    """\b
Examples:
  globular predict sales.json new.csv -o new_labelled.csv
  globular predict sales.json new.csv --labels-only | paste -d, new.csv -

"""
    + exits.HELP
)


@click.command(cls=options.Verb, epilog=EPILOG)
@click.argument("model", callback=options.not_empty)
@options.table_argument
@click.option(
    "--missing",
    type=click.Choice(["error", "drop"]),
    help="What to do about a missing value: stop, or leave its row without a label. By default what "
    "was done when the model was made.",
)
@options.header_option
@options.threads_option
@options.output_options
@click.pass_context
def predict(
    ctx: click.Context,
    /,
    *,
    model: str,
    table: str | None,
    missing: Missing | None,
    header: Header,
    threads: int | None,
    output: str | None,
    append: str,
    labels_only: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Label each row of TABLE, a CSV file, with the nearest center of MODEL.

    MODEL is a file that globular cluster --model wrote. Its columns are found in TABLE by name,
    in any order, and scaled as they were then; other columns are left alone. TABLE may be - or
    left out for standard input.
    """
    source = options.source_of(ctx, table)
    if output is not None:
        check_target(output, force=force)
    known = read_model(model)
    rows = read_table(source, header)
    options.refuse_taken_name(rows, append, force=force)
    choice = required_columns(rows, known.columns, model)
    numbers = read_numbers(rows, choice, missing=missing or known.missing)
    points = known.scaling.apply(numbers.points)
    try:
        labels = assign(points, known.centers, n_threads=threads)
    except DataError:  # numbers are finite before they are scaled
        raise TableError(out_of_range(numbers, points, rows.name, known.scaling.kind)) from None

    def lines() -> Iterator[str]:
        gaps = f", {numbers.n_dropped:,} with gaps left without a label" if numbers.n_dropped else ""
        yield f"{rows.name}: {len(labels):,} rows labelled by {model}{gaps}"
        yield ""
        sizes = np.bincount(labels, minlength=len(known.centers))
        yield from summary.size_lines(sizes.tolist(), sizes / sizes.sum())
        if output not in {None, STDOUT}:
            yield ""
            yield f"wrote     {output}"

    with options.summary_after(lines, quiet=quiet):
        cells = numbers.label_cells(labels, len(rows.rows))
        writer = options.labels_writer(rows, append, cells, labels_only=labels_only)
        write_text(output or STDOUT, writer, force=force)
