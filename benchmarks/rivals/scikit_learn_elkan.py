"""scikit-learn's Elkan: a bound for every pair of a point and a center, which saves distances one by one."""

from __future__ import annotations

from functools import partial

from benchmarks.case import Case
from benchmarks.rival import Rival
from benchmarks.rivals import scikit_learn

MOST_CENTERS = 100


def refuses(case: Case) -> str | None:
    """Refuse what nobody would run: n k bounds are more than memory holds, and slower than Lloyd."""
    return f"k ≤ {MOST_CENTERS} only" if case.k > MOST_CENTERS else None


RIVAL = Rival(
    "scikit-learn, Elkan",
    "exact",
    "scikit-learn",
    f"`KMeans`, `algorithm='elkan'`, for at most {MOST_CENTERS} centers",
    partial(scikit_learn.fit, algorithm="elkan"),
    refuses=refuses,
)
