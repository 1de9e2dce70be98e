"""What a case is: points from some source, and a number of clusters.

Both are declared before anything is drawn or fetched: the shape of the points stands in the source, and
`benchmarks.prepare` refuses points of another shape. First centers are k distinct rows of the points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Absent(Exception):
    """A source cannot be had on this machine. Says what was tried, in one line."""


@dataclass(frozen=True)
class Source:
    """Where points come from. ``make`` returns them, (n, d), dense or a SciPy CSR matrix, or raises Absent.

    ``name`` is also the name of the file that keeps them: sources of one name are one.
    """

    name: str
    n: int
    d: int
    dtype: str
    make: Callable[[], Any]
    sparse: bool = False


@dataclass(frozen=True)
class Case:
    """One data set, one number of clusters. ``quick`` ones are also in ``make bench-quick``."""

    name: str
    source: Source
    k: int
    quick: bool = False

    @property
    def most_steps(self) -> int:
        """The most steps of a fit that runs until no center moves."""
        return 100 if self.k >= 1000 else 300
