"""What verbs that look at a whole table for long share: the line while they work, and the answer they write.

An answer that Ctrl-C cut short is written as far as it goes, and the exit code says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from globular.cli import exits
from globular.cli.asked_points import AskedPoints
from globular.cli.status import LINE
from globular.errors import Interrupted
from globular.progress import Progress
from globular.step import Step
from globular.stopping import Stop
from globular.tables.json_fields import write_object
from globular.tables.output import STDOUT, write_text

if TYPE_CHECKING:
    from globular.plots.display import Display


class Answer(Protocol):
    """What such a verb finds."""

    @property
    def interrupted(self) -> bool:
        """Whether there is more that was not reached."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain numbers and text."""


Found = TypeVar("Found", bound=Answer)


class StageStatus(Progress):
    """Shows what is being done."""

    def __init__(self) -> None:
        self._what = ""

    def stage(self, what: str) -> None:
        self._what = what
        self._show(what)

    def step(self, step: Step, stopped: Stop | None) -> None:
        self._show(f"{self._what}, step {step.t}")

    def _show(self, what: str) -> None:
        LINE.show(f"{what} (Ctrl-C keeps what is found)")


def found_by(work: Callable[[Progress], Found]) -> Found:
    """Return what the work finds; on Ctrl-C what it has found by then. Raises Interrupted before that."""
    try:
        return work(StageStatus())
    except Interrupted as stop:
        if stop.result is None:
            raise
        found: Found = stop.result
        return found


def write_answer(
    ctx: click.Context,
    asked: Mapping[str, Any],
    points: AskedPoints,
    answer: Answer,
    lines: Iterable[str],
    draw: Callable[[], Display],
) -> None:
    """Write the picture if one is asked for, then the answer: its lines, or all of it as JSON."""
    interrupted = answer.interrupted
    if asked["picture"]:
        try:
            draw().save(asked["picture"], force=asked["force"])
        except KeyboardInterrupt:  # the answer is there, and not lost with its picture
            interrupted = True
    LINE.clear()
    if asked["as_json"]:
        facts = {"table": points.name, "n_rows": len(points.numbers.rows), "scaling": points.scaling}
        facts |= {"columns": list(points.numbers.encoding.features), **answer.to_dict()}
        write_text(STDOUT, lambda stream: write_object(stream, facts), force=False)
    else:
        text = [points.headline, "", *lines]
        write_text(STDOUT, lambda stream: stream.writelines(f"{line}\n" for line in text), force=False)
    if interrupted:
        exits.say("interrupted; this is what was found so far")
        ctx.exit(exits.INTERRUPTED)
