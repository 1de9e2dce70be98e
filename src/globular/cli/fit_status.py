"""The steps of a fit on the status line: how far it is, and that it may be stopped."""

from __future__ import annotations

from globular.cli.status import LINE
from globular.progress import Progress
from globular.step import Step
from globular.stopping import Stop


class FitStatus(Progress):
    """Shows the steps of a fit of so many starts."""

    def __init__(self, n_starts: int) -> None:
        self._n_starts, self._start = n_starts, 1
        LINE.show(f"start 1 of {n_starts}: choosing centers", now=True)

    def start(self, index: int) -> None:
        self._start = index + 1

    def step(self, step: Step, stopped: Stop | None) -> None:
        changed = f"{step.n_changed:,} rows changed cluster"
        LINE.show(
            f"start {self._start} of {self._n_starts}, step {step.t}: cost {step.cost:.6g}, {changed} "
            "(Ctrl-C keeps the best)"
        )
