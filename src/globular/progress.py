"""What a fit tells whoever waits for it: a start begun, a step done, a start ended, a warning.

The base class keeps silent about steps and passes warnings on; a listener overrides what it cares for.
Two of the questions it may answer with True: ``step`` ends the start, ``end`` the fit; what was reached
by then is kept. An exception that a listener raises ends the fit and comes out of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from globular.centers import Centers
from globular.errors import GlobularWarning, ParameterError
from globular.step import Step
from globular.stopping import Stop


@dataclass(frozen=True, slots=True)
class Report:
    """Where a fit stands after a step: what a ``callback`` is called with."""

    start: int  # 0, 1, ...: which of the starts
    n_starts: int  # as many will be made, unless something ends the fit
    t: int  # 1, 2, ...: which step of this start
    cost: float  # of this step's labels about the centers it started from, data units²
    shift_sq: float  # squared distance that the centers moved, added up over the clusters, data units²
    n_changed: int  # points that changed cluster; all of them in step 1
    n_moved: int  # centers that moved, however little
    n_distances: int  # point-center distances computed in this step
    stopped_by: str | None  # the rule that made this step the start's last ('tol', ...); None if it goes on


Callback = Callable[[Report], bool | None]


class Progress:
    """Listens to a fit."""

    def stage(self, what: str) -> None:
        """Hear what is being done, of work that is more than one fit (`globular.selection`)."""

    def start(self, index: int) -> None:
        """Hear that start number `index` (from 0) has its first centers."""

    def moved(self, centers: Centers) -> None:
        """Hear where the centers are after a step, of either kind (`globular.centers`); `step` is next."""

    def step(self, step: Step, stopped: Stop | None) -> bool | None:
        """Hear of a finished step, and of the rule that made it the last, if it was. True: the last."""
        return None

    def end(self, index: int) -> bool | None:
        """Hear that start number `index` has its result. True: make no other."""
        return None

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        """Pass a warning on."""
        warnings.warn(message, category, stacklevel=4)


class Calls(Progress):
    """Calls a function with a `Report` after each step; True from it ends the fit."""

    def __init__(self, function: Callback, n_starts: int) -> None:
        self.function = function
        self.n_starts = n_starts
        self.index = 0
        self.enough = False

    def start(self, index: int) -> None:
        self.index = index

    def step(self, step: Step, stopped: Stop | None) -> bool:
        report = Report(
            start=self.index,
            n_starts=self.n_starts,
            t=step.t,
            cost=step.cost,
            shift_sq=step.shift_sq,
            n_changed=step.n_changed,
            n_moved=step.n_moved,
            n_distances=step.n_distances,
            stopped_by=stopped.name if stopped else None,
        )
        answer = self.function(report)
        # A function that returns something by accident would end fits nobody asked to end.
        if not (answer is None or isinstance(answer, bool | np.bool_)):
            raise ParameterError(
                f"callback returned {answer!r}, but it must return True to stop the fit, "
                "or False or None (return nothing) to go on"
            )
        self.enough = bool(answer)
        return self.enough

    def end(self, index: int) -> bool:
        return self.enough
