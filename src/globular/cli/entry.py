"""The command ``globular`` itself: finds the verb, loads it, and turns errors into exit codes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from globular import __version__
from globular.cli import exits
from globular.errors import GlobularWarning

# A verb is the module of that name in this package, and the command of that name in the module; where the one
# has a dash, the others have an underscore.
VERBS = {
    "cluster": "Cluster the rows of a table with k-means.",
    "predict": "Label new rows with a model that cluster wrote.",
    "choose-k": "Find out how many clusters a table has, if any.",
    "compare": "Cluster a table by k-means and other models, and see whether they agree.",
    "diagnose": "Say whether k-means is the right model for a table.",
    "plot": "Draw a picture of a table in clusters.",
}

EXAMPLES = """\b
Examples:
  globular cluster sales.csv -k 4 --scale standard -o labelled.csv
  cat sales.csv | globular cluster -k 4 > labelled.csv
  globular cluster sales.csv -k 4 --model sales.json -o labelled.csv
  globular diagnose sales.json sales.csv
  globular predict sales.json new.parquet -o new_labelled.parquet
  globular choose-k sales.csv -k 1..12 --scale standard
  globular plot clusters sales.csv -k 4 --scale standard -o sales.png

"""


class Verbs(click.Group):
    """A group whose commands are modules, imported when they are asked for by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"globular.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click would import every verb to ask for its one line of help.
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        verb = args[0]
        if verb not in VERBS and not verb.startswith("-"):
            near = get_close_matches(verb, VERBS, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(VERBS)}"
            ctx.fail(f"no verb {verb!r}: {remedy}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        # Caught here and not in main: click writes a blank line for an interrupt that reaches it.
        with warnings.catch_warnings():
            warnings.simplefilter("always", GlobularWarning)
            warnings.showwarning = _show_warning
            try:
                return super().invoke(ctx)
            except (click.ClickException, click.exceptions.Exit):
                raise
            except (Exception, KeyboardInterrupt) as error:
                ctx.exit(exits.end(error))

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        extra["standalone_mode"] = False
        try:
            code = super().main(args, "globular", **extra)
        except (click.ClickException, click.Abort, OSError) as error:
            code = exits.end(error)
        sys.exit(code if isinstance(code, int) else exits.OK)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    exits.say(f"warning: {message}")


@click.group(
    cls=Verbs,
    epilog=EXAMPLES + exits.HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="VERB ...",
    no_args_is_help=False,
    invoke_without_command=True,
)
@click.version_option(__version__, "-V", "--version", prog_name="globular", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """k-means without its caveats: exact, fast, the same bits every time.

    Data goes to standard output, everything said about it to standard error. Each verb has its
    own help: globular cluster --help.
    """
    if ctx.invoked_subcommand is None:
        exits.tell(ctx.get_help())
        ctx.exit(exits.USAGE)
