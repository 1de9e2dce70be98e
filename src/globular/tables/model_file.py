"""The model file: everything needed to label new rows, in JSON that people can read.

It holds the names of the columns, how they were scaled, and the centers twice: in the scaled
space, where distances are measured, and in the units of the table, for the reader. Floats
are written so that they read back to the same bits. The fingerprint tells whether a model
belongs to a data set without containing it.

The reader takes nothing on trust. A key too many, a center too short, a NaN, a sum of sizes
that is not the number of rows: each is one sentence and a ``ModelFileError``. Nothing in the
file is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TextIO, get_args

import numpy as np
from numpy.typing import NDArray

from globular.errors import ModelFileError
from globular.tables.csv_table import read_bytes
from globular.tables.json_fields import Fields, parse_object, write_object
from globular.tables.numbers import Missing, Numbers
from globular.tables.scaling import KINDS, Scaling

FORMAT = "globular-model"
VERSION = 1
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


def fingerprint(numbers: Numbers) -> str:
    """SHA-256 of column names and numbers as clustered, before scaling: rows, columns, order and weights."""
    digest = hashlib.sha256(json.dumps(numbers.columns, ensure_ascii=True).encode())
    digest.update(np.asarray(numbers.points, dtype="<f8").tobytes())
    if numbers.weights is not None:
        digest.update(np.asarray(numbers.weights, dtype="<f8").tobytes())
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
    }
    write_object(stream, {key: fields[key] for key in KEYS})


def read_model(path: str) -> Model:
    """Read the model file at ``path``; ModelFileError says what is wrong with it."""
    return parse_model(read_bytes(path, ModelFileError), path)


def parse_model(data: bytes, name: str) -> Model:
    """Read a model from the bytes of its file. ``name`` is what messages call it."""
    fields = parse_object(data, name)
    _refuse_other_formats(fields)
    fields.require_only(KEYS)
    columns = fields.names("columns")
    scaling = _scaling(fields.object("scaling", ("kind", "shift", "scale")), len(columns))
    centers = fields.matrix("centers", len(columns))
    _refuse_other_centers(fields, scaling, centers)
    sizes, n_rows, cost = fields.counts("sizes", len(centers)), fields.count("n_rows"), fields.number("cost")
    if sum(sizes) != n_rows:
        fields.refuse(f'is damaged: "sizes" add up to {sum(sizes)}, but "n_rows" is {n_rows}')
    if cost < 0:
        fields.refuse(f'is damaged: "cost" is {cost!r}, but no cost is negative')
    return Model(
        columns=columns,
        weights=fields.text_or_null("weights"),
        missing=fields.one_of("missing", get_args(Missing)),
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
    )


def _refuse_other_formats(fields: Fields) -> None:
    if fields.get("format") != FORMAT:
        fields.refuse(f'is not a globular model ("format" is not "{FORMAT}")')
    version = fields.count("version")
    if version > VERSION:
        fields.refuse(f"is of version {version}, but this globular reads up to {VERSION}; upgrade globular")
    if version < 1:
        fields.refuse(f'is damaged: "version" is {version}, but versions begin at 1')


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
    expected = scaling.invert(centers)
    slack = SAME_CENTER * (np.abs(expected) + scaling.scale)
    if original.shape != expected.shape or (np.abs(original - expected) > slack).any():
        fields.refuse('is damaged: "centers" and "centers_original_units" disagree; change both or neither')
