"""How the command ends: an exit code for each cause, and one line that says why.

Scripts read the code, people the line. The table below is the only place where the two meet;
the help prints it.
"""

from __future__ import annotations

import io
import os
import sys
import traceback

import click

from globular.cli.status import LINE
from globular.errors import (
    DataError,
    MissingExtraError,
    ModelFileError,
    ModelMismatchError,
    OutputError,
    OutputExistsError,
    ParameterError,
)

OK, INTERNAL, USAGE, BAD_DATA, NOT_CONVERGED, MISMATCH, EXISTS, UNWRITABLE = range(8)
INTERRUPTED = 130
READER_GONE = 141

# The first class that fits counts, so a class stands before those it is derived from.
CODES: tuple[tuple[type[BaseException], int], ...] = (
    (ModelMismatchError, MISMATCH),
    (OutputExistsError, EXISTS),
    (OutputError, UNWRITABLE),
    (ModelFileError, BAD_DATA),
    (DataError, BAD_DATA),
    (ParameterError, USAGE),
    (MissingExtraError, USAGE),
    (click.UsageError, USAGE),
)

HELP = """\b
Exit codes:
    0  done
    1  internal error
    2  wrong usage
    3  the data or the model cannot be read, or not be clustered
    4  not converged (with --strict)
    5  model and data do not belong together
    6  the output exists already
    7  the output cannot be written
  130  interrupted (Ctrl-C)
  141  the reader of standard output has gone
"""


def say(line: str) -> None:
    """Say one line on standard error."""
    tell("globular: " + " ".join(line.split()))


def tell(text: str) -> None:
    """Write text to standard error. One that is closed or full costs the words, not the work."""
    LINE.clear()
    try:
        click.echo(text, err=True)
    except (OSError, ValueError):
        # What its buffer still holds would fail again when Python ends, and change the exit status.
        sys.stderr = io.StringIO()


def end(error: BaseException) -> int:
    """Say what happened in one line and return the exit code for it."""
    if os.environ.get("GLOBULAR_DEBUG"):
        tell("".join(traceback.format_exception(error)).rstrip())
    LINE.clear()
    if isinstance(error, BrokenPipeError):
        return READER_GONE
    if isinstance(error, KeyboardInterrupt | click.Abort):
        say("interrupted")
        return INTERRUPTED
    for cause, code in CODES:
        if isinstance(error, cause):
            say(_usage(error) if isinstance(error, click.UsageError) else str(error))
            return code
    if isinstance(error, OSError) and error.filename is None:
        # Files name themselves, and what we write is an OutputError: this is click writing its help.
        sys.stdout = io.StringIO()
        say(f"standard output cannot be written: {error.strerror or error}")
        return UNWRITABLE
    if isinstance(error, MemoryError):
        say("not enough memory for this many rows and columns; pass fewer, or use a larger machine")
    else:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        say(f"internal error, please report it: {what} (set GLOBULAR_DEBUG=1 for the traceback)")
    return INTERNAL


def _usage(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "globular"
    message = error.format_message().rstrip(".")
    if not message[:2].isupper():
        message = message[:1].lower() + message[1:]
    return f"{message} (see {path} --help)"
