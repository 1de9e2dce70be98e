"""Gaussian mixtures as a yardstick: would balls of other sizes, or ellipsoids, put rows elsewhere?

k-means is a mixture of balls that are all of one size. Richer forms are fitted to either half of the rows and
judged by how likely they make the other half, so that what a form has more of parameters is no advantage. Of
the forms that are as good as the best, the simplest counts. Where it would put rows is believed where the fit
to a half that did not have the row and the fit to all rows say the same: in many dimensions and with few rows
a covariance is mostly noise, and two fits agree on nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from globular.diagnostics.gaussians import FORMS, Gaussians, fitted, from_labels, table_of
from globular.points import Array
from globular.seeding import Draws

AS_GOOD = 0.02  # of the log likelihood a row, or two standard errors if that is more
BEHIND = 5.0  # standard errors of the log likelihood a row: no form that is so far behind is as good
HALVES_STREAM = 2**23 - 1
FLOOR = 1e-3  # of the mean variance: no component is narrower

Predict = Callable[[Array], Array]  # from points (n, d) to the likeliest component of each, (n,)


class Mixture(NamedTuple):
    """How a mixture compares with k-means, on rows that it was not fitted to."""

    form: str  # of the simplest that is as good as the best
    gain: float  # of the log likelihood a row, over balls of one size
    gain_error: float  # its standard error
    moved: float  # share of the rows that it puts elsewhere, as clusters match best
    unsure: float  # share of the rows that it expects to have wrong itself
    start: int  # which of the labels it was best to start from


class HeldOut(NamedTuple):
    """A form of mixture, each row judged by the fit to the half without it."""

    log_likelihood: Array  # (n,)
    labels: Array  # (n,), as they match the clusters best
    unsure: Array  # (n,), probability that the label is wrong


class Fits:
    """Mixtures of some points that begin at the clusters `starts[0]`, and at other labels."""

    def __init__(self, points: Array, starts: Sequence[Array], k: int, seed: int) -> None:
        self.middle = points.mean(axis=0)
        off = points - self.middle
        self.table = table_of(off)
        self.floor = max(FLOOR * float(off.var(axis=0).mean()), np.finfo(float).tiny)
        self.starts, self.k = starts, k
        self.halves = halves_of(len(points), seed)
        self.inside = [np.ascontiguousarray(self.table[:, half]) for half in self.halves]

    def of(self, table: Array, form: str, beat: float = -math.inf) -> tuple[Gaussians, int] | None:
        """Return the mixture of some rows, the likeliest over the starts, and which start that was.

        A later start must be worth naming: where the first leads to the same, it is the first. None if none
        reaches `beat` in log likelihood a row.
        """
        best = None
        for i, labels in enumerate(self.starts):
            begin = from_labels(self.table, labels, self.k, form, self.floor)
            found = fitted(begin, table, form, self.floor, beat)
            if found is not None:
                best = found[0], i
                beat = found[1] + AS_GOOD
        return best

    def held_out(self, form: str, beat: float = -math.inf) -> HeldOut | None:
        """Fit a form of mixture to either half, and judge the other by it; None as in `of`."""
        n = self.table.shape[1]
        out = HeldOut(np.empty(n), np.empty(n, dtype=np.int64), np.empty(n))
        for inside, other, outside in zip(self.inside, self.halves[::-1], self.inside[::-1], strict=True):
            found = self.of(inside, form, beat)
            if found is None:
                return None
            likelihood, chances = found[0].judged(outside)
            out.log_likelihood[other] = likelihood
            out.labels[other] = _matched(self.starts[0][other], chances.argmax(axis=0), self.k)
            out.unsure[other] = 1.0 - chances.max(axis=0)
        return out

    def of_forms(self, forms: Sequence[str]) -> dict[str, HeldOut]:
        """Judge these forms by rows not seen; those are left out that are surely not as good as the best.

        Surely: they make even the rows that they are fitted to less likely than the best makes others.
        """
        found: dict[str, HeldOut] = {}
        beat = -math.inf
        for form in reversed(forms):  # where the richest is far ahead, the others soon are out
            held = self.held_out(form, beat)
            if held is not None:
                found[form] = held
                error = float(held.log_likelihood.std()) / math.sqrt(len(held.log_likelihood))
                beat = max(beat, float(held.log_likelihood.mean()) - AS_GOOD - BEHIND * error)
        return found

    def balls_of_one_size(self) -> Array:
        """Return the log likelihood of each row, (n,), under k-means' own model of the half without it."""
        n, d = self.table.shape[1], self.table.shape[0] // 2
        of_all = from_labels(self.table, self.starts[0], self.k, "spherical", self.floor).means
        out = np.empty(n)
        sides = zip(self.halves, self.inside, self.halves[::-1], self.inside[::-1], strict=True)
        for half, inside, other, outside in sides:
            labels = self.starts[0][half]
            counts = np.bincount(labels, minlength=self.k)
            # A cluster that has no row in this half keeps its mean of both.
            own = from_labels(inside, labels, self.k, "spherical", self.floor).means
            means = np.where(counts[:, None] > 0, own, of_all)
            within = inside[d:].sum() - counts @ (means * means).sum(axis=1)
            scale = 1.0 / math.sqrt(max(float(within) / inside[d:].size, self.floor))
            balls = Gaussians(np.full(self.k, 1.0 / self.k), means, np.full_like(means, scale))
            out[other] = balls.judged(outside)[0]
        return out

    def of_all(self, form: str) -> tuple[Predict, int]:
        """Fit a form to all rows; return what predicts by it, and the start that it was best to begin at."""
        found = self.of(self.table, form)
        assert found is not None  # nothing was to be beaten
        model, start = found
        return lambda points: model.log_joint(table_of(points - self.middle)).argmax(axis=0), start


def mixture(points: Array, starts: Sequence[Array], k: int, seed: int) -> tuple[Mixture, Predict] | None:
    """Compare mixtures with the clusters `starts[0]`; begin there, and from the other labels.

    Returns what was found and how the fit to all rows predicts; None where there are too few rows.
    O(n k d²) a step.
    """
    n, d = points.shape
    forms = _forms(n, d, k)
    if not forms or np.bincount(starts[0], minlength=k).min() < 4:
        return None
    fits = Fits(points, starts, k, seed)
    form, found = _simplest_as_good(fits.of_forms(forms))
    predict, start = fits.of_all(form)
    labels = _matched(starts[0], predict(points), k)
    gain = found.log_likelihood - fits.balls_of_one_size()
    measured = Mixture(
        form,
        float(gain.mean()),
        float(gain.std() / np.sqrt(n)),
        float(np.mean((labels != starts[0]) & (labels == found.labels))),
        float(found.unsure.mean()),
        start,
    )
    return measured, predict


def _simplest_as_good(tried: dict[str, HeldOut]) -> tuple[str, HeldOut]:
    best = max(tried.values(), key=lambda held: float(held.log_likelihood.mean())).log_likelihood
    form = next(form for form in FORMS if form in tried and as_good(tried[form].log_likelihood, best))
    return form, tried[form]


def best_likelihood(points: Array, starts: Sequence[Array], k: int, seed: int) -> Array:
    """Return the log likelihood of each row, (n,), under the form of mixture that is best on unseen rows."""
    fits = Fits(points, starts, k, seed)
    forms = _forms(len(points), points.shape[1], k) or ["spherical"]
    found = [held.log_likelihood for held in fits.of_forms(forms).values()]
    return max(found, key=lambda likelihood: float(likelihood.mean()))


def _forms(n: int, d: int, k: int) -> list[str]:
    """Return the forms for which n rows are enough; on a line all are one."""
    return [form for form in FORMS if n >= 2 * k * _fewest(form, d) and (d > 1 or form == "spherical")]


def _fewest(form: str, d: int) -> int:
    """How many rows a cluster needs in each half, for this form to be more than noise."""
    return 2 * (d + 1) if form == "full" else 3


def halves_of(n: int, seed: int) -> tuple[Array, Array]:
    """Return two halves of n rows, by lot."""
    order = np.argsort(Draws(seed, HALVES_STREAM).uniforms(n), kind="stable")
    return np.sort(order[: n // 2]), np.sort(order[n // 2 :])


def as_good(ours: Array, best: Array) -> bool:
    """Whether rows (n,) are as likely as under the best, up to two standard errors of the difference."""
    less = best - ours
    return float(less.mean()) <= max(AS_GOOD, 2.0 * float(less.std()) / math.sqrt(len(less)))


def _matched(own: Array, others: Array, k: int) -> Array:
    """Return `others` with the numbers of the clusters that they match best, one-to-one."""
    from scipy.optimize import linear_sum_assignment

    counts = np.bincount(others * k + own, minlength=k * k).reshape(k, k)
    _, number = linear_sum_assignment(-counts)
    matched: Array = number[others]
    return matched
