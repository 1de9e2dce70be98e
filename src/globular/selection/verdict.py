"""What was found over k, and the one sentence that is said about it.

The answer is the largest number of clusters that is supported (see ``choose``). How many of the criteria
agree is said, and where none is supported, whether they insist on clusters all the same: then no k is clear.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from globular.problem import Array
from globular.result import Result
from globular.selection.choice import Candidate
from globular.selection.criteria import Figures
from globular.selection.gap import Gaps
from globular.selection.silhouette import Score
from globular.selection.stability import STABLE
from globular.selection.valley import Borders

MOST_CANDIDATES = 4
INSISTING_ERRORS = 3.0  # standard errors by which the gap must speak against k = 1
INSISTING_SILHOUETTE = 0.5
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


@dataclass(eq=False)
class Findings:
    """What is known of each number of clusters so far: filled stage by stage, k by k."""

    ks: list[int]  # asked about, ascending
    n_distinct: int  # rows that differ; ks[-1] + 1 if there are more than the largest k
    results: dict[int, Result] = field(default_factory=dict)
    figures: dict[int, Figures] = field(default_factory=dict)
    scores: dict[int, Score] = field(default_factory=dict)
    gaps: Gaps = field(default_factory=lambda: Gaps({}, {}, 0))
    borders: dict[int, Borders] = field(default_factory=dict)
    best_by: dict[str, int] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def tried(self) -> list[int]:
        """The numbers of clusters that there can be."""
        return [k for k in self.ks if k <= self.n_distinct]

    def criteria(self) -> dict[str, int]:
        """Return what each criterion says, where it says something."""
        found = {
            "silhouette": _best(self.scores, largest=True),
            "calinski_harabasz": self._best_figure("calinski_harabasz", largest=True),
            "davies_bouldin": self._best_figure("davies_bouldin", largest=False),
            "bic": self._best_figure("bic", largest=False),
            "gap": _gap_says(self.gaps),
            "separation": self._separation_says(),
        }
        return {name: k for name, k in found.items() if k is not None}

    def _best_figure(self, name: str, *, largest: bool) -> int | None:
        values = {k: getattr(f, name) for k, f in self.figures.items()}
        return _best({k: v for k, v in values.items() if not math.isnan(v)}, largest=largest)

    def _separation_says(self) -> int | None:
        apart = [k for k, found in self.borders.items() if found.supported]
        if apart:
            return max(apart)
        return 1 if 1 in self.tried else None

    def leading(self) -> list[int]:
        """Return the candidates: what is apart at the largest k first, then what most criteria say."""
        apart = sorted((k for k, found in self.borders.items() if found.supported), reverse=True)
        votes = list(self.best_by.values())
        said = sorted({k for k in votes if k > 1}, key=lambda k: (-votes.count(k), k))
        return sorted(list(dict.fromkeys([*apart[:2], *said]))[:MOST_CANDIDATES])

    def verdict(self) -> tuple[int | None, str]:
        """Return the answer, and the sentence that gives its reason."""
        supported = [c for c in self.candidates if c.supported]
        if supported:
            return supported[-1].k, self._praise(supported[-1])
        if self.n_distinct == 1:
            return (1 if 1 in self.ks else None), "no cluster structure found: all rows are the same point"
        insisting = self._insisting()
        if 1 in self.tried and insisting is None:
            return 1, f"no cluster structure found: {self._not_apart()}"
        said = _listed(sorted({k for k in self.best_by.values() if k > 1}))
        if insisting is None and not said:
            return None, f"no clear k: {self._not_apart()}"
        return None, f"no clear k: criteria say {said}, but {self._not_apart()}"

    def _praise(self, pick: Candidate) -> str:
        total, best = len(self.best_by), len(pick.best_by)
        shaky = np.flatnonzero(pick.jaccard < STABLE)
        if len(shaky) == 0:
            steady = "every cluster stable"
        else:
            which, are = _listed(shaky.tolist()), "s are" if len(shaky) > 1 else " is"
            steady = f"all clusters apart, but {len(shaky)} cluster{are} not stable: number {which}"
        praise = f"{pick.k}: best on {NUMBERS[best]} of {NUMBERS[total]} criteria, {steady}"
        if pick.k == self.ks[-1] and pick.k > 1 and self.n_distinct > pick.k:
            praise += f"; {pick.k} is the largest k tried, there may be more"
        return praise

    def _not_apart(self) -> str:
        ks = [k for k in self.tried if k > 1]
        if not ks:
            return "no k above 1 was tried" if self.ks[-1] == 1 else "there are too few different rows"
        dissolving = [c.k for c in self.candidates if c.borders.supported]
        if dissolving:
            return f"at k = {_listed(dissolving)} clusters are apart but dissolve when rows are drawn anew"
        span = f"k = {ks[0]} does not give" if len(ks) == 1 else f"no k from {ks[0]} to {ks[-1]} gives"
        return f"{span} clusters that are apart from each other"

    def _insisting(self) -> int | None:
        """The k on which all that look for compact clusters insist against one cluster, or None."""
        says = {self.best_by.get(name) for name in ("silhouette", "calinski_harabasz", "davies_bouldin")}
        k = says.pop() if len(says) == 1 else None
        candidate = next((c for c in self.candidates if c.k == k), None)
        if k is None or candidate is None or not candidate.stable:
            return None
        gap, error = self.gaps.gap, self.gaps.error
        if 1 not in gap or k not in gap or not gap[k] - gap[1] > INSISTING_ERRORS * max(error[k], error[1]):
            return None
        return k if self.scores[k] >= INSISTING_SILHOUETTE else None

    def table(self, ks: Sequence[int]) -> dict[str, Array]:
        """Return the columns of :class:`KChoice`'s table for some numbers of clusters."""
        stability = {c.k: float(c.jaccard.min()) for c in self.candidates}
        nan = math.nan

        def column(values: Mapping[int, float], otherwise: float = nan) -> Array:
            return np.array([float(values.get(k, otherwise)) for k in ks])

        by_name = {
            name: column({k: getattr(f, name) for k, f in self.figures.items()}) for name in Figures._fields
        }
        unclear = [self.borders[k].n_unclear if k in self.borders else -1 for k in ks]
        return {
            "k": np.array(ks, dtype=np.int64),
            "cost": column({k: r.cost for k, r in self.results.items()}, 0.0),
            "silhouette": column(self.scores),
            "silhouette_error": column({k: s.standard_error for k, s in self.scores.items()}),
            **by_name,
            "gap": column(self.gaps.gap),
            "gap_error": column(self.gaps.error),
            "n_unclear": np.array(unclear, dtype=np.int64),
            "stability": column(stability),
        }


def _best(values: Mapping[int, float], *, largest: bool) -> int | None:
    """The smallest k of the best value."""
    if not values:
        return None
    return min(values, key=lambda k: (-values[k] if largest else values[k], k))


def _gap_says(found: Gaps) -> int | None:
    """The smallest k whose gap is no less than the next one's, but for that one's standard error."""
    ks = sorted(k for k, gap in found.gap.items() if math.isfinite(gap))
    for k, following in pairwise(ks):
        if found.gap[k] >= found.gap[following] - found.error[following]:
            return k
    return ks[-1] if ks else None


def _listed(values: Sequence[int]) -> str:
    words = [str(v) for v in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
