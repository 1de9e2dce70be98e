"""What a rival is: one library with one setting, which fits when it is told to.

A fit is timed from points and first centers to final centers and the label of every point by these. Its cost
is not asked for: `benchmarks.judge` works it out from the centers, for all in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.case import Case

Kind = Literal["globular", "exact", "approximate", "prototype"]


@dataclass(frozen=True)
class Task:
    """One fit. ``start`` (k, d) are its first centers; None: the library's own, drawn by ``seed``.

    ``max_iter`` steps at most, with no tolerance; None: the library's own stopping, at its defaults.
    ``target`` is a cost at which to stop, and ``seconds`` when to give up on it, for globular alone.
    """

    k: int
    start: Any = None
    max_iter: int | None = None
    seed: int = 0
    target: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Outcome:
    """Final centers (k, d), and what the library counted: steps, distances. None where it does not say."""

    centers: Any
    n_iter: int | None = None
    n_distances: int | None = None


def unchanged(points: Any) -> Any:
    """Return the points as they are."""
    return points


def takes_all(case: Case) -> str | None:
    """Refuse no case."""
    return None


def dense_only(case: Case) -> str | None:
    """Refuse sparse points."""
    return "dense points only" if case.source.sparse else None


@dataclass(frozen=True)
class Rival:
    """A library with a setting. ``distribution`` is its name on PyPI, None for what is compiled here.

    ``given`` turns the points into what the library works on, outside the time; ``refuses`` says why a case
    is not for it, or None. One that does not stop when no center moves (``stops``) is told to make as many
    steps as globular made. One without first centers of its own (``seeds``) makes no whole fits.
    """

    name: str
    kind: Kind
    distribution: str | None
    settings: str
    fit: Callable[[Any, Task], Outcome]
    given: Callable[[Any], Any] = unchanged
    refuses: Callable[[Case], str | None] = takes_all
    stops: bool = True
    seeds: bool = True
