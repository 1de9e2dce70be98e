"""The command line, run within the test's own process."""

from __future__ import annotations

from click.testing import CliRunner

from globular.cli import main


def run(*arguments, stdin=None):
    """Return how a command ended, and what it printed."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)


def good(*arguments, stdin=None):
    """Run a command that must succeed."""
    outcome = run(*arguments, stdin=stdin)
    assert outcome.exit_code == 0, outcome.stderr
    return outcome
