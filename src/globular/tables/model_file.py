"""The model file: everything needed to label new rows, in JSON that people can read.

It holds the names of the columns, the levels of those that are text, what stands for a missing
value, how columns were scaled, and the centers twice: in the scaled space, where distances are
measured, and in the units of the table, for the reader. A column of text has a coordinate for each
of its levels, in their order, where it stands among the columns. Files of version 1 know no levels
and no filled values; they are read as what they are. Floats are written so that they read back to
the same bits. The fingerprint tells whether a model belongs to a data set without containing it.

The reader takes nothing on trust. A key too many, a center too short, a NaN, a sum of sizes
that is not the number of rows: each is one sentence and a ``ModelFileError``. Nothing in the
file is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO, get_args

import numpy as np
from numpy.typing import NDArray

from globular.errors import ModelFileError
from globular.problem import LARGEST_VALUE
from globular.tables.categories import Encoding
from globular.tables.filling import SCALINGS
from globular.tables.gaps import Missing
from globular.tables.json_fields import Fields, parse_object, write_object
from globular.tables.numbers import Numbers
from globular.tables.scaling import KINDS, Scaling
from globular.tables.source import read_bytes

FORMAT = "globular-model"
VERSION = 2
KEYS = (
    "format",
    "version",
    "globular",
    "columns",
    "weights",
    "missing",
    "scaling",
    "centers",
    "centers_original_units",
    "sizes",
    "cost",
    "converged",
    "seed",
    "n_rows",
    "rows_dropped",
    "fingerprint",
)
ADDED_BY_VERSION_2 = ("levels", "fill")

# Both center tables come from one multiplication and one addition; a hand that edits one shows.
SAME_CENTER = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A clustering of named columns. Clusters are in the order of their numbers."""

    columns: tuple[str, ...]
    weights: str | None  # the column that weighed the rows
    missing: Missing  # what was done about rows with gaps
    scaling: Scaling
    centers: NDArray[np.float64]  # (k, d), scaled space
    sizes: tuple[int, ...]  # rows of each cluster
    cost: float  # weighted sum of squared distances, scaled units²
    converged: bool
    seed: int
    n_rows: int  # rows clustered
    rows_dropped: int
    fingerprint: str
    globular: str  # the version that wrote it
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of the columns that are text
    fill: NDArray[np.float64] | None = None  # (d,), what stands for a missing value, in the table's units

    @property
    def encoding(self) -> Encoding:
        """What the coordinates of a center stand for."""
        return Encoding(self.columns, self.levels)


def fingerprint(numbers: Numbers) -> str:
    """SHA-256 of column names and numbers as clustered, before scaling: rows, columns, order and weights."""
    digest = hashlib.sha256(json.dumps(numbers.encoding.features, ensure_ascii=True).encode())
    digest.update(np.ascontiguousarray(numbers.points, dtype="<f8").data)
    if numbers.weights is not None:
        digest.update(np.ascontiguousarray(numbers.weights, dtype="<f8").data)
    return f"sha256:{digest.hexdigest()}"


def write_model(stream: TextIO, model: Model) -> None:
    """Write the model as JSON, a key or a center on each line."""
    fields: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "globular": model.globular,
        "columns": list(model.columns),
        "weights": model.weights,
        "missing": model.missing,
        "scaling": {
            "kind": model.scaling.kind,
            "shift": model.scaling.shift.tolist(),
            "scale": model.scaling.scale.tolist(),
        },
        "centers": model.centers.tolist(),
        "centers_original_units": model.scaling.invert(model.centers).tolist(),
        "sizes": list(model.sizes),
        "cost": model.cost,
        "converged": model.converged,
        "seed": model.seed,
        "n_rows": model.n_rows,
        "rows_dropped": model.rows_dropped,
        "fingerprint": model.fingerprint,
        "levels": {column: list(levels) for column, levels in model.levels.items()},
        "fill": None if model.fill is None else model.fill.tolist(),
    }
    write_object(stream, {key: fields[key] for key in (*KEYS, *ADDED_BY_VERSION_2)})


def read_model(path: str) -> Model:
    """Read the model file at ``path``; ModelFileError says what is wrong with it."""
    return parse_model(read_bytes(path, ModelFileError), path)


def parse_model(data: bytes, name: str) -> Model:
    """Read a model from the bytes of its file. ``name`` is what messages call it."""
    fields = parse_object(data, name)
    version = _version(fields)
    fields.require_only(KEYS if version == 1 else (*KEYS, *ADDED_BY_VERSION_2))
    encoding = Encoding(fields.names("columns"), {} if version == 1 else _levels(fields))
    d = len(encoding.features)
    missing = fields.one_of("missing", get_args(Missing))
    scaling = _scaling(fields.object("scaling", ("kind", "shift", "scale")), d)
    centers = fields.matrix("centers", d)
    _refuse_other_centers(fields, scaling, centers)
    sizes, n_rows, cost = fields.counts("sizes", len(centers)), fields.count("n_rows"), fields.number("cost")
    if sum(sizes) != n_rows:
        fields.refuse(f'is damaged: "sizes" add up to {sum(sizes)}, but "n_rows" is {n_rows}')
    if cost < 0:
        fields.refuse(f'is damaged: "cost" is {cost!r}, but no cost is negative')
    return Model(
        columns=encoding.columns,
        weights=fields.text_or_null("weights"),
        missing=missing,
        scaling=scaling,
        centers=centers,
        sizes=sizes,
        cost=cost,
        converged=fields.truth("converged"),
        seed=fields.count("seed"),
        n_rows=n_rows,
        rows_dropped=fields.count("rows_dropped"),
        fingerprint=fields.text("fingerprint"),
        globular=fields.text("globular"),
        levels=encoding.levels,
        fill=_fill(fields, missing, d),
    )


def _version(fields: Fields) -> int:
    if fields.get("format") != FORMAT:
        fields.refuse(f'is not a globular model ("format" is not "{FORMAT}")')
    version = fields.count("version")
    if version > VERSION:
        fields.refuse(f"is of version {version}, but this globular reads up to {VERSION}; upgrade globular")
    if version < 1:
        fields.refuse(f'is damaged: "version" is {version}, but versions begin at 1')
    return version


def _levels(fields: Fields) -> dict[str, tuple[str, ...]]:
    """The levels of the columns of text, all of which are columns."""
    columns = fields.names("columns")
    found = fields.get("levels")
    if not isinstance(found, dict) or not set(found) <= set(columns):
        fields.refuse('is damaged: "levels" must be an object whose keys are columns')
    inside = fields.object("levels", found.keys())
    return {column: inside.names(column) for column in found}


def _fill(fields: Fields, missing: Missing, d: int) -> NDArray[np.float64] | None:
    """The values that stand for missing ones; there are some if, and only if, gaps are filled."""
    if (fields.get("fill") is None) != (missing not in SCALINGS):
        fields.refuse(f'is damaged: "missing" is "{missing}", but "fill" says otherwise')
    return None if fields.get("fill") is None else fields.vector("fill", d)


def _scaling(fields: Fields, d: int) -> Scaling:
    kind = fields.one_of("kind", KINDS)
    shift, scale = fields.vector("shift", d), fields.vector("scale", d)
    if (scale <= 0).any():
        fields.refuse(f'is damaged: "scaling.scale" holds {float(scale.min())!r}, but a scale is positive')
    if kind == "none" and (shift.any() or (scale != 1).any()):
        fields.refuse('is damaged: "scaling.kind" is "none", but a shift is not 0 or a scale is not 1')
    return Scaling(kind, shift, scale)


def _refuse_other_centers(fields: Fields, scaling: Scaling, centers: NDArray[np.float64]) -> None:
    original = fields.matrix("centers_original_units", centers.shape[1])
    if np.abs(centers).max() > LARGEST_VALUE:
        fields.refuse(
            f'is damaged: "centers" holds {float(np.abs(centers).max())!r}, but no center is so far'
        )
    with np.errstate(all="ignore"):  # numbers that overflow do not agree
        expected = scaling.invert(centers)
        slack = SAME_CENTER * (np.abs(expected) + scaling.scale)
        same = original.shape == expected.shape and bool((np.abs(original - expected) <= slack).all())
    if not same or not np.isfinite(expected).all():
        fields.refuse('is damaged: "centers" and "centers_original_units" disagree; change both or neither')
