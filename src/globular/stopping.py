"""When to stop: rules that look at one turn of the loop and say whether it was the last.

Rules are values and compose: ``AnyOf(NoMoves(), Shift(1e-4), MaxSteps(300))``. Some mean that the
centers have come to rest, some only that patience ran out; ``settled`` tells which, and ``name`` is the
word for it in ``Result.stopped_by``. Only ``Deadline`` looks at a clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar, Protocol

from globular.errors import ParameterError
from globular.step import Step

INTERRUPT = "interrupt"  # Ctrl-C is no rule, but it ends fits too
COST_ROSE = "cost_rose"


class Stop(Protocol):
    """A rule for stopping."""

    name: ClassVar[str]
    settled: ClassVar[bool]

    def __call__(self, step: Step) -> Stop | None:
        """Return the rule that says stop after this step, or None to go on."""


@dataclass(frozen=True)
class NoMoves:
    """The book's test: no center moved."""

    name: ClassVar[str] = "no_moves"
    settled: ClassVar[bool] = True

    def __call__(self, step: Step) -> Stop | None:
        return self if step.n_moved == 0 else None


@dataclass(frozen=True)
class Shift:
    """The centers moved by no more than this, as a sum of squares in data units²."""

    at_most: float
    name: ClassVar[str] = "tol"
    settled: ClassVar[bool] = True

    def __call__(self, step: Step) -> Stop | None:
        return self if step.shift_sq <= self.at_most else None


@dataclass(frozen=True)
class MaxSteps:
    """So many steps have been made."""

    steps: int
    name: ClassVar[str] = "max_iter"
    settled: ClassVar[bool] = False

    def __call__(self, step: Step) -> Stop | None:
        return self if step.t >= self.steps else None


@dataclass(frozen=True)
class Deadline:
    """A moment has passed: the step that was under way then is the last.

    >>> Deadline.after(60.0).passed
    False
    """

    moment: float  # in seconds of `clock`
    clock: Callable[[], float] = time.monotonic
    name: ClassVar[str] = "time_budget"
    settled: ClassVar[bool] = False

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """Return the moment so many seconds from now. ParameterError unless seconds are 0 or more."""
        if isinstance(seconds, bool) or not isinstance(seconds, Real) or not float(seconds) >= 0.0:
            raise ParameterError(
                f"time_budget={seconds!r}, but it must be a number of seconds, 0 or more, or None (no limit)"
            )
        return cls(clock() + float(seconds), clock)

    @property
    def passed(self) -> bool:
        """Whether it is later than that."""
        return self.clock() >= self.moment

    def __call__(self, step: Step) -> Stop | None:
        return self if self.passed else None


@dataclass(frozen=True)
class Asked:
    """Whoever listens asked for it: see `globular.progress`."""

    name: ClassVar[str] = "callback"
    settled: ClassVar[bool] = False

    def __call__(self, step: Step) -> Stop | None:
        return self


class AnyOf:
    """The first of several rules that says stop."""

    name: ClassVar[str] = "any_of"
    settled: ClassVar[bool] = False

    def __init__(self, *rules: Stop) -> None:
        self.rules = rules

    def __call__(self, step: Step) -> Stop | None:
        for rule in self.rules:
            if stopped := rule(step):
                return stopped
        return None
