"""``globular predict``: new rows in, each with the cluster of its nearest center out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import click
import numpy as np

from globular.cli import exits, options, summary
from globular.cli.status import LINE, show_rows
from globular.em import assign
from globular.errors import DataError, ModelMismatchError, TableError
from globular.tables.clustering import out_of_range
from globular.tables.columns import required_columns
from globular.tables.csv_table import Header
from globular.tables.filling import SCALINGS
from globular.tables.gaps import Missing
from globular.tables.labelled import check_format, write_copy
from globular.tables.model_file import Model, read_model
from globular.tables.numbers import Numbers, read_numbers
from globular.tables.output import STDOUT, check_target
from globular.tables.reading import read_table
from globular.tables.remarks import remarks_on_levels

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
    type=click.Choice(get_args(Missing)),
    help="What to do about a missing value: stop; leave its row without a label; or fill it with the mean "
    "or median that the model has stored. By default what was done when the model was made.",
)
@options.header_option
@options.array_option
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
    array: str | None,
    threads: int | None,
    output: str | None,
    append: str,
    labels_only: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Label each row of TABLE with the nearest center of MODEL.

    MODEL is a file that globular cluster --model wrote. Its columns are found in TABLE by name,
    in any order, and filled, encoded and scaled as they were then; other columns are left alone.
    TABLE is any file that globular cluster reads; it may be - or left out for standard input.
    """
    source = options.source_of(ctx, table)
    if output is not None:
        check_target(output, force=force)
        check_format(output)
    LINE.open(quiet=quiet)
    known = read_model(model)
    rows = read_table(source, header, array)
    options.refuse_taken_name(rows, append, force=force)
    choice = required_columns(rows, known.columns, model)
    numbers = read_numbers(
        rows,
        choice,
        missing=_allowed(missing, known, model),
        known=known.encoding,
        fill=known.fill,
        heard=show_rows,
    )
    if not quiet:
        for remark in remarks_on_levels(numbers):
            exits.say(f"note: {remark}")
    points = known.scaling.apply(numbers.points)
    try:
        labels = assign(points, known.centers, n_threads=threads)
    except DataError:  # numbers are finite before they are scaled
        raise TableError(out_of_range(numbers, points, rows.name, known.scaling.kind)) from None

    def lines() -> Iterator[str]:
        yield f"{rows.name}: {len(labels):,} rows labelled by {model}{_gaps(numbers)}"
        yield ""
        sizes = np.bincount(labels, minlength=len(known.centers))
        yield from summary.size_lines(sizes.tolist(), sizes / sizes.sum())
        if output not in {None, STDOUT}:
            yield ""
            yield f"wrote     {output}"

    with options.summary_after(lines, quiet=quiet):
        write_copy(output or STDOUT, rows, numbers, labels, append, labels_only=labels_only, force=force)


def _allowed(missing: Missing | None, known: Model, model: str) -> Missing:
    """What to do about gaps. ModelMismatchError for values that the model has not stored."""
    if missing in SCALINGS and missing != known.missing:
        raise ModelMismatchError(
            f"{model} has stored no {missing} of its columns: it was made with --missing {known.missing}; "
            f"use that, or drop, or make it anew with --missing {missing}"
        )
    return missing or known.missing


def _gaps(numbers: Numbers) -> str:
    if numbers.n_filled:
        return f", {sum(numbers.n_filled.values()):,} missing values filled"
    return f", {numbers.n_dropped:,} with gaps left without a label" if numbers.n_dropped else ""
