"""The options that verbs share, and what follows from them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, TypeVar, get_args

import click

from globular import plots
from globular.cli import exits
from globular.cli.status import LINE
from globular.errors import OutputExistsError, ParameterError
from globular.tables.columns import split_patterns
from globular.tables.gaps import Missing
from globular.tables.output import check_target
from globular.tables.scaling import KINDS
from globular.tables.source import STDIN
from globular.tables.table import Table, shown
from globular.tables.text_columns import Categorical

Command = TypeVar("Command", bound=Callable[..., Any])


def not_empty(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A file's name, or None; an empty one (often a shell variable that is not set) is wrong usage."""
    if value == "":
        given = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
        raise click.UsageError(f"{given.strip('[]')} is empty; name a file", ctx)
    return value


table_argument = click.argument("table", required=False, metavar="[TABLE]", callback=not_empty)

header_option = click.option(
    "--header",
    type=click.Choice(["auto", "yes", "no"]),
    default="auto",
    show_default=True,
    help="Whether the first line holds names. auto: yes, unless it holds numbers, and at most gaps "
    "beside them; without names the columns are column_1, column_2, ...",
)
array_option = click.option(
    "--array",
    metavar="NAME",
    help="Which array of a .npz file to take, if it holds several.",
)
threads_option = click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    callback=lambda _, __, n: n and min(n, os.cpu_count() or 1),
    help="Threads to use, at most one for each CPU; all this process may use by default. Never changes "
    "a result.",
)


seed_option = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    metavar="N",
    default=0,
    show_default=True,
    help="Decides every random draw: the same seed, the same output.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors.")


def _name_to_write(ctx: click.Context, parameter: click.Parameter, name: str) -> str:
    """A name for a column of the output: some text, in characters that UTF-8 has."""
    if not name.strip():
        raise click.UsageError("--append is empty; give the column with the labels a name", ctx)
    if not _is_utf_8(name):
        raise click.UsageError(f"--append {shown(name)} is not UTF-8 text; choose another name", ctx)
    return name


def _is_utf_8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_OUTPUT_OPTIONS = (
    click.option(
        "-o",
        "--output",
        metavar="FILE",
        callback=not_empty,
        help="Where the labelled table goes; standard output by default. The name says the format: .csv, "
        ".tsv, both also with .gz; .parquet, .arrow, .feather; .npy for the labels alone, -1 for a row "
        "that was left out.",
    ),
    click.option(
        "--append",
        default="cluster",
        show_default=True,
        metavar="NAME",
        callback=_name_to_write,
        help="Name of the column with the labels. It comes last; every row of the table is kept, and "
        "one that was left out has an empty cell there.",
    ),
    click.option(
        "--labels-only",
        is_flag=True,
        help='Write the column with the labels alone; for a row that was left out the line is "", '
        "an empty cell.",
    ),
    click.option(
        "--force", is_flag=True, help="Replace files that exist, and a column that has the labels' name."
    ),
    quiet_option,
)


_NUMBER_OPTIONS = (
    click.option(
        "--columns",
        multiple=True,
        metavar="NAMES",
        help="Columns to cluster: names and globs, like a,b,'x_*'. All columns by default; the one with the "
        "weights and any without a name are left out.",
    ),
    click.option("--exclude", multiple=True, metavar="NAMES", help="Columns to leave out: names and globs."),
    click.option(
        "--scale",
        type=click.Choice(KINDS),
        default="none",
        show_default=True,
        help="Measure each column in units of its own, so that none outweighs the others: standard (mean, "
        "standard deviation) where columns differ in unit or spread, the usual choice; robust (median, "
        "quartiles) where there are outliers; minmax (least value, range) where the ends mean something, as "
        "in shares or grades; none where all columns have one unit.",
    ),
    click.option("--weights", metavar="NAME", help="Column that says how many times a row counts."),
    click.option(
        "--missing",
        type=click.Choice(get_args(Missing)),
        default="error",
        show_default=True,
        help="What to do about an empty cell, NA, NaN, null, N/A or none: stop; leave its row out; or fill "
        "it with the column's mean or median, which predict does alike. A row left out stays in the output "
        "of cluster, with an empty cell for its cluster.",
    ),
    click.option(
        "--categorical",
        type=click.Choice(get_args(Categorical)),
        default="error",
        show_default=True,
        help="What to do about a column of text or of categories: stop; leave the column out; or count it by "
        "its values (onehot): a column of 0 and 1 for each of them, in sorted order, which --scale leaves as "
        "they are.",
    ),
)


_PICTURE_OPTIONS = (
    click.option(
        "--plot",
        "picture",
        metavar="FILE",
        callback=not_empty,
        help="Draw what was found, too: .png, .svg or .pdf (pip install 'globular[plots]').",
    ),
    click.option("--force", is_flag=True, help="Replace a picture that exists."),
)


class Verb(click.Command):
    """A command that shows its help when nothing at all is asked of it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            show_help(ctx)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if meant := self._meant(ctx, error.option_name):
                message = f"{error.message.rstrip('.')}. Did you mean '{meant}'?"
                raise click.NoSuchOption(error.option_name, message, ctx=error.ctx) from None
            raise

    def _meant(self, ctx: click.Context, name: str) -> str | None:
        """What an unknown option means beyond a slip of the pen: ``-k`` for ``--k``, say."""
        if name == "--version":
            return "globular --version"
        known = {opt for parameter in self.get_params(ctx) for opt in parameter.opts}
        return name[1:] if name[1:] in known else None


def show_help(ctx: click.Context) -> NoReturn:
    """Show the help where messages go, and exit as after wrong usage."""
    exits.tell(ctx.get_help())
    ctx.exit(exits.USAGE)


def picture_options(command: Command) -> Command:
    """Give a verb the options that ask for a picture beside what it writes."""
    for option in reversed(_PICTURE_OPTIONS):
        command = option(command)
    return command


def check_picture(ctx: click.Context, path: str | None, *, force: bool) -> None:
    """Refuse a picture that could not be drawn or written, before the work: UsageError, OutputExistsError."""
    if path is None:
        return
    os.environ.setdefault("MPLBACKEND", "Agg")  # a file needs no window, whatever screen there is
    plots.require()
    from globular.plots.display import picture_format

    try:
        picture_format(path)
    except ParameterError as error:
        raise click.UsageError(str(error), ctx) from None
    check_target(path, force=force)


def output_options(command: Command) -> Command:
    """Give a verb the options that say how the labels are written."""
    for option in reversed(_OUTPUT_OPTIONS):
        command = option(command)
    return command


def number_options(command: Command) -> Command:
    """Give a verb the options that say which numbers of a table are clustered, and in what units."""
    for option in reversed(_NUMBER_OPTIONS):
        command = option(command)
    return command


def split_names(asked: dict[str, Any]) -> None:
    """Take the names and globs of --columns and --exclude apart. UsageError if --columns names nothing."""
    if asked["columns"] and not split_patterns(asked["columns"]):
        raise click.UsageError("--columns is empty; name a column, or leave --columns out to take all")
    asked["columns"], asked["exclude"] = split_patterns(asked["columns"]), split_patterns(asked["exclude"])


def source_of(ctx: click.Context, table: str | None) -> str:
    """The table's path; standard input if none is named, and the verb's help if that is a keyboard."""
    if table is None and sys.stdin is not None and sys.stdin.isatty():
        show_help(ctx)
    return STDIN if table is None else table


def refuse_taken_name(table: Table, append: str, *, force: bool) -> None:
    """OutputExistsError if the table has a column of the labels' name that may not be replaced."""
    if append in table.columns and not force:
        raise OutputExistsError(
            f"{table.name} has a column {shown(append)} already; "
            "give the labels another name with --append, or replace it with --force"
        )


@contextlib.contextmanager
def summary_after(lines: Callable[[], Iterable[str]], *, quiet: bool) -> Iterator[None]:
    """Say the summary after what is written inside, also if a pipe was closed there (``| head``)."""
    closed: BrokenPipeError | None = None
    LINE.clear()  # the labels may go to the same terminal
    try:
        yield
    except BrokenPipeError as error:
        closed = error
    if not quiet:
        exits.tell("\n".join(lines()))
    if closed is not None:
        raise closed
