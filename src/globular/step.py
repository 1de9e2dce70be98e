"""One turn of the E–M loop, and each of its two halves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from globular.problem import Array


@dataclass(frozen=True, slots=True)
class Step:
    """What one E-step and one M-step did. ``KMeans.history_`` is a tuple of these."""

    t: int  # 1, 2, ...
    cost: float  # of the E-step's labels about the centers it started from, data units²; from sums over all
    # points, so it may be off by 1e-15 of the points' squared distances from their middle
    shift_sq: float  # squared distance that the centers moved, added up over the clusters
    n_changed: int  # points that changed cluster, merged equal ones as one; all of them in step 1
    n_settled: int  # points whose label needed the exact distance
    n_distances: int  # point-center distances computed
    n_moved: int  # centers that the M-step moved, however little
    n_empty: int  # clusters that had no point and were moved to one


@dataclass(frozen=True, slots=True)
class HalfStep:
    """One E-step or one M-step, with everything there is to see, for teaching and plots."""

    t: int  # 1, 2, ...; both halves of one turn share it
    kind: Literal["E", "M"]
    labels: Array  # (n,) int32, the labels after it; an M-step changes one only to fill an empty cluster
    before: Array  # (k, d) float64, the centers before it
    centers: Array  # (k, d) float64, the centers after it; an E-step does not move them
    cost: float  # weighted squared distance from the points to `centers` by `labels`
    changed: Array  # indices of the points that changed cluster in this half step
