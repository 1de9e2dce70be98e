"""What ``choose_k`` answers: a number of clusters or none, the reason, and the table it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from globular.errors import MissingExtraError
from globular.problem import Array
from globular.result import Result
from globular.selection.stability import DISSOLVED, STABLE
from globular.selection.valley import Borders


@dataclass(frozen=True, eq=False)
class Candidate:
    """A number of clusters that was looked at closely. Clusters are in the order of the fit's labels."""

    k: int
    best_by: tuple[str, ...]  # criteria that are best here
    jaccard: Array  # (k,) float64, how alike each cluster is when rows are drawn anew; stable from 0.75 on
    borders: Borders  # dip tests between neighbours, and points near borders

    @property
    def supported(self) -> bool:
        """Whether its clusters are apart and none dissolves."""
        return self.borders.supported and bool(np.all(self.jaccard >= DISSOLVED))

    @property
    def stable(self) -> bool:
        """Whether every cluster is stable."""
        return bool(np.all(self.jaccard >= STABLE))


@dataclass(frozen=True, eq=False)
class KChoice:
    """What :func:`choose_k` found: the pick or None, why, and the table it rests on.

    >>> import numpy as np
    >>> KChoice(k=2, verdict="2: ...", table={"k": np.array([1, 2])}, best_by={}, candidates=())
    KChoice(k=2, verdict='2: ...')
    """

    k: int | None  # None: no clear answer
    verdict: str  # one sentence
    # Column by column, (m,) each: k int64; cost float64, data units²; silhouette, silhouette_error (0 where
    # all points were looked at), calinski_harabasz, davies_bouldin, bic, gap, gap_error: float64, NaN where
    # not defined; n_unclear int64, pairs of clusters without a valley and clusters that crowd their borders,
    # -1 where not defined; stability float64, of the least stable cluster, NaN where not looked at.
    table: Mapping[str, Array]
    best_by: Mapping[str, int]  # criterion -> the k that it says
    candidates: tuple[Candidate, ...]
    results: Mapping[int, Result] = field(default_factory=dict)  # the fit of each k: labels, centers, cost
    n_gap_rows: int = 0  # rows that the gap statistic was computed from
    seed: int = 0
    interrupted: bool = False  # by Ctrl-C: k is None, and the table has what was reached

    def __repr__(self) -> str:
        return f"KChoice(k={self.k}, verdict={self.verdict!r})"

    def to_frame(self) -> Any:
        """Return the table as a pandas DataFrame, a row for each k. Raises MissingExtraError."""
        try:
            pandas = import_module("pandas")
        except ImportError:
            message = "to_frame needs pandas: pip install pandas; .table has the arrays"
            raise MissingExtraError(message) from None
        return pandas.DataFrame(dict(self.table))

    def to_dict(self) -> dict[str, Any]:
        """Return all but the fits as plain numbers and text, None where something is not defined."""
        return {
            "k": self.k,
            "verdict": self.verdict,
            "best_by": dict(self.best_by),
            "criteria": {name: [_plain(v) for v in column.tolist()] for name, column in self.table.items()},
            "candidates": [
                {
                    "k": c.k,
                    "best_by": list(c.best_by),
                    "apart": c.borders.supported,
                    "jaccard": c.jaccard.tolist(),
                    "near_border": c.borders.near.tolist(),
                    "dips": [[v.a, v.b, v.p_value, _plain(v.apart)] for v in c.borders.valleys],
                }
                for c in self.candidates
            ],
            "n_gap_rows": self.n_gap_rows,
            "seed": self.seed,
            "interrupted": self.interrupted,
        }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
