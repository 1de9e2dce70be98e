"""``globular diagnose``: a model and its table in, what speaks for and against k-means out."""

from __future__ import annotations

import click

from globular.cli import exits, options
from globular.cli.status import LINE, show_rows
from globular.diagnostics import diagnose as diagnosing
from globular.diagnostics.diagnosis import as_facts
from globular.errors import DataError, TableError
from globular.tables.clustering import out_of_range
from globular.tables.columns import required_columns
from globular.tables.csv_table import Header
from globular.tables.json_fields import write_object
from globular.tables.model_file import read_model
from globular.tables.numbers import read_numbers
from globular.tables.output import STDOUT, write_text
from globular.tables.reading import read_table

EPILOG = (
    """\b
Examples:
  globular cluster sales.csv -k 4 --model sales.json -o labelled.csv
  globular diagnose sales.json sales.csv
  globular diagnose sales.json sales.csv --json | jq .flags

"""
    + exits.HELP
)


@click.command(cls=options.Verb, epilog=EPILOG)
@click.argument("model", callback=options.not_empty)
@options.table_argument
@options.header_option
@options.array_option
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    metavar="N",
    default=0,
    show_default=True,
    help="Decides which rows are looked at where there are more than 2,000.",
)
@options.threads_option
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
@click.pass_context
def diagnose(
    ctx: click.Context,
    /,
    *,
    model: str,
    table: str | None,
    header: Header,
    array: str | None,
    seed: int,
    threads: int | None,
    as_json: bool,
) -> None:
    """Say whether k-means is the right model for TABLE, clustered by MODEL.

    MODEL is a file that globular cluster --model wrote; TABLE is what it was made from, or rows like
    those. Looks for columns of unequal scale, for structure at all, and for clusters that are curved or
    stretched, and says with numbers what to do instead. Names of columns stand in the order of the model.
    """
    source = options.source_of(ctx, table)
    LINE.open(quiet=False)
    known = read_model(model)
    rows = read_table(source, header, array)
    choice = required_columns(rows, known.columns, model)
    numbers = read_numbers(
        rows, choice, missing=known.missing, known=known.encoding, fill=known.fill, heard=show_rows
    )
    points = known.scaling.apply(numbers.points)
    try:
        found = diagnosing.diagnose(known.centers, points, random_state=seed, n_threads=threads)
    except DataError:  # numbers are finite before they are scaled
        raise TableError(out_of_range(numbers, points, rows.name, known.scaling.kind)) from None
    LINE.clear()
    if not as_json:
        write_text(STDOUT, lambda stream: print(found, file=stream), force=False)
        return
    facts = {
        "table": rows.name,
        "model": model,
        "fine": found.fine,
        "flags": list(found.flags),
        "n_rows": found.n_rows,
        "n_looked_at": found.n_looked_at,
        "findings": [as_facts(finding) for finding in found.findings],
    }
    write_text(STDOUT, lambda stream: write_object(stream, facts), force=False)
