"""Every algorithm by its name, once.

Names are resolved here and nowhere else; the estimators, the documentation and the tests read the
same tables. A new algorithm is its own file, one line here, and one line in the changelog.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from globular.engines import Engine
from globular.engines.memory import MemoryEngine
from globular.engines.reference import ReferenceEngine
from globular.errors import ParameterError
from globular.seeding import Seeding
from globular.seeding.plus_plus import PlusPlus
from globular.seeding.random_rows import RandomRows

T = TypeVar("T")

ENGINES: dict[str, Callable[..., Engine]] = {
    "memory": MemoryEngine,
    "reference": ReferenceEngine,
}

SEEDINGS: dict[str, Callable[[], Seeding]] = {
    "k-means++": PlusPlus,
    "random": RandomRows,
}


@dataclass(frozen=True)
class Algorithm:
    """A way to Lloyd's result. All give the same bits: a name is a wish about speed, not about the answer."""

    summary: str
    way: str = "auto"  # which rows and centers a step looks at (native/assign/way.hpp)
    merges: bool | None = None  # equal rows into one of their weight: always, never, or None: where it pays
    most_features: int | None = None
    dense: bool = False  # for dense points only


ALGORITHMS: dict[str, Algorithm] = {
    "auto": Algorithm("what the counts of work so far say is fastest, step by step"),
    "lloyd": Algorithm("a name of scikit-learn's; the same as auto"),
    "elkan": Algorithm("a name of scikit-learn's; the same as auto"),
    "brute": Algorithm("every distance, in every step (Lloyd 1957)", "brute", False),
    "hamerly": Algorithm(
        "only rows whose two nearest centers may have changed places are looked at (Hamerly 2010)",
        "hamerly",
        False,
    ),
    "yinyang": Algorithm(
        "as hamerly; beyond 32 features, these rows look at the groups of centers that they may be near to "
        "(Ding et al. 2015)",
        "yinyang",
        False,
    ),
    "heads": Algorithm(
        "as yinyang; beyond 32 features, these rows look at the groups that are near along a few axes, too "
        "(Bottesch et al. 2016)",
        "heads",
        False,
    ),
    "kanungo": Algorithm(
        "rows laid out in space, and only the centers that may be nearest to a box of them (Kanungo et al. "
        "2002); for up to 8 features",
        "kanungo",
        False,
        most_features=8,
        dense=True,
    ),
    "merged": Algorithm("equal rows are one row of their weight; otherwise as auto", merges=True, dense=True),
}


def look_up(table: dict[str, T], name: str, parameter: str) -> T:
    """Return the entry of a table; ParameterError names what there is."""
    if name not in table:
        known = ", ".join(map(repr, table))
        raise ParameterError(f"{parameter}={name!r}, but it must be one of {known}")
    return table[name]
