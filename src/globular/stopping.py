"""When to stop: rules that look at one turn of the loop and say whether it was the last.

Rules are values and compose: ``AnyOf(NoMoves(), Shift(1e-4), MaxSteps(300))``. Some mean that the
centers have come to rest, some only that patience ran out; ``settled`` tells which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from globular.step import Step


class Stop(Protocol):
    """A rule for stopping."""

    settled: ClassVar[bool]

    def __call__(self, step: Step) -> Stop | None:
        """Return the rule that says stop after this step, or None to go on."""


@dataclass(frozen=True)
class NoMoves:
    """The book's test: no center moved."""

    settled: ClassVar[bool] = True

    def __call__(self, step: Step) -> Stop | None:
        return self if step.n_moved == 0 else None


@dataclass(frozen=True)
class Shift:
    """The centers moved by no more than this, as a sum of squares in data units²."""

    at_most: float
    settled: ClassVar[bool] = True

    def __call__(self, step: Step) -> Stop | None:
        return self if step.shift_sq <= self.at_most else None


@dataclass(frozen=True)
class MaxSteps:
    """So many steps have been made."""

    steps: int
    settled: ClassVar[bool] = False

    def __call__(self, step: Step) -> Stop | None:
        return self if step.t >= self.steps else None


class AnyOf:
    """The first of several rules that says stop."""

    settled: ClassVar[bool] = False

    def __init__(self, *rules: Stop) -> None:
        self.rules = rules

    def __call__(self, step: Step) -> Stop | None:
        for rule in self.rules:
            if stopped := rule(step):
                return stopped
        return None
