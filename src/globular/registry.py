"""Every algorithm by its name, once.

Names are resolved here and nowhere else; tests, documentation and the command line read the same
tables. A new algorithm is its own file, one line here, and one line in the changelog.
"""

from __future__ import annotations

from collections.abc import Callable
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

# All exact algorithms give the same bits, so a name is a wish about speed, never about the answer.
ALGORITHMS: dict[str, str] = {
    "auto": "whatever is expected to be fastest",
    "lloyd": "accepted for scikit-learn's sake; runs the same as auto",
    "elkan": "accepted for scikit-learn's sake; runs the same as auto",
}


def look_up(table: dict[str, T], name: str, parameter: str) -> T:
    """Return the entry of a table; ParameterError names what there is."""
    if name not in table:
        known = ", ".join(map(repr, table))
        raise ParameterError(f"{parameter}={name!r}, but it must be one of {known}")
    return table[name]
