"""From the options of a verb that looks at a whole table to its points: read, choose, scale, check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from globular.cli import exits
from globular.cli.status import show_rows
from globular.errors import DataError, TableError
from globular.problem import Problem
from globular.tables.clustering import out_of_range
from globular.tables.columns import choose_columns, place_of
from globular.tables.numbers import Numbers, read_numbers
from globular.tables.reading import read_table
from globular.tables.remarks import remarks, remarks_on_names
from globular.tables.scaling import Kind, learn_scaling


@dataclass(frozen=True, slots=True, eq=False)
class AskedPoints:
    """The points of a table, as the options ask for them."""

    name: str  # of the table
    numbers: Numbers
    scaling: Kind
    problem: Problem

    @property
    def headline(self) -> str:
        """One line that says what is looked at."""
        n_columns, n_dropped = len(self.numbers.columns), self.numbers.n_dropped
        parts = [
            f"{len(self.numbers.rows):,} row{'s' * (len(self.numbers.rows) != 1)}",
            f"{n_columns} column{'s' * (n_columns != 1)}",
            "not scaled" if self.scaling == "none" else f"{self.scaling} scaling",
        ]
        if n_dropped:
            parts.append(f"{n_dropped:,} row{'s' * (n_dropped != 1)} with gaps left out")
        return f"{self.name}: {', '.join(parts)}"


def asked_points(source: str, asked: Mapping[str, Any]) -> AskedPoints:
    """Read the points that the options ask for. TableError for what cannot be clustered."""
    table = read_table(source, asked["header"], asked["array"])
    weights = None if asked["weights"] is None else place_of(table, asked["weights"])
    choice = choose_columns(table, asked["columns"], asked["exclude"], {asked["weights"] or ""})
    numbers = read_numbers(
        table,
        choice,
        weights=weights,
        missing=asked["missing"],
        categorical=asked["categorical"],
        heard=show_rows,
    )
    scale: Kind = asked["scale"]
    if not asked["quiet"]:
        for remark in [*remarks_on_names(table, choice, asked["header"]), *remarks(numbers, scale)]:
            exits.say(f"note: {remark}")
    scaling = learn_scaling(scale, numbers.points, numbers.weights, numbers.encoding.indicators)
    points = scaling.apply(numbers.points)
    try:
        problem = Problem.checked(points, numbers.weights, n_threads=asked["threads"], name=table.name)
    except DataError:  # numbers are finite and no weight is negative: what is left is their size
        raise TableError(out_of_range(numbers, points, table.name, scale)) from None
    return AskedPoints(table.name, numbers, scale, problem)
