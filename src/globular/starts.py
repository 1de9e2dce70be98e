"""The starts of one fit: the best of their results so far, and the cost of each."""

from __future__ import annotations

from globular.result import Result


class Starts:
    """Keeps the best result. A signal may arrive at any moment and finds it whole."""

    def __init__(self) -> None:
        self._kept: tuple[Result | None, tuple[float, ...]] = (None, ())

    @property
    def best(self) -> Result | None:
        """The result of lowest cost, the earliest of several; None before there is one."""
        return self._kept[0]

    @property
    def costs(self) -> tuple[float, ...]:
        """The final cost of every start, in order."""
        return self._kept[1]

    def keep(self, result: Result | None) -> None:
        """Take in the result of one more start, if it came to one."""
        if result is None:
            return
        best, costs = self._kept
        if best is None or result.cost < best.cost:
            best = result
        self._kept = best, (*costs, result.cost)  # in one assignment, between two signals
