"""Gaussian mixtures as a yardstick: would balls of other sizes, or ellipsoids, put rows elsewhere?

k-means is a mixture of balls that are all of one size. Richer forms are fitted to either half of the rows and
judged by how likely they make the other half, so that what a form has more of parameters is no advantage. Of
the forms that are as good as the best, the simplest counts. Where it would put rows is believed where the fit
to a half that did not have the row and the fit to all rows say the same: in many dimensions and with few rows
a covariance is mostly noise, and two fits agree on nothing.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from globular.diagnostics.measures import means_of
from globular.points import Array
from globular.seeding import Draws

FORMS = ("spherical", "diag", "full")  # the simplest first: balls, ellipsoids along the axes, any
AS_GOOD = 0.02  # of the log likelihood a row, or two standard errors if that is more
STEPS = 30
HALVES_STREAM = 2**23 - 1
FLOOR = 1e-3  # of the mean variance: no component is narrower


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


def mixture(points: Array, starts: Sequence[Array], k: int, seed: int) -> tuple[Mixture, Any] | None:
    """Compare mixtures with the clusters `starts[0]`; begin there, and from the other labels.

    Returns what was found and the fit to all rows; None where there are too few rows. O(n k d²) a step.
    """
    n, d = points.shape
    forms = [form for form in FORMS if n >= 2 * k * _fewest(form, d)]
    if not forms or np.bincount(starts[0], minlength=k).min() < 4:
        return None
    halves = halves_of(n, seed)
    fits = {form: held_out(points, starts, k, form, halves) for form in forms}
    best = max(forms, key=lambda form: float(fits[form].log_likelihood.mean()))
    form = next(form for form in forms if as_good(fits[form].log_likelihood, fits[best].log_likelihood))
    found = fits[form]
    model, start = _fitted(points, starts, k, np.arange(n), form)
    labels = _matched(starts[0], model.predict(points), k)
    gain = found.log_likelihood - _balls_of_one_size(points, starts[0], k, halves)
    measured = Mixture(
        form,
        float(gain.mean()),
        float(gain.std() / np.sqrt(n)),
        float(np.mean((labels != starts[0]) & (labels == found.labels))),
        float(found.unsure.mean()),
        start,
    )
    return measured, model


def best_likelihood(points: Array, starts: Sequence[Array], k: int, seed: int) -> Array:
    """Return the log likelihood of each row, (n,), under the form of mixture that is best on unseen rows."""
    n, d = points.shape
    halves = halves_of(n, seed)
    forms = [form for form in FORMS if n >= 2 * k * _fewest(form, d)] or ["spherical"]
    found = [held_out(points, starts, k, form, halves).log_likelihood for form in forms]
    return max(found, key=lambda likelihood: float(likelihood.mean()))


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


def held_out(
    points: Array, starts: Sequence[Array], k: int, form: str, halves: tuple[Array, Array]
) -> HeldOut:
    """Fit a form of mixture to either half, and judge the other by it."""
    n = len(points)
    out = HeldOut(np.empty(n), np.empty(n, dtype=np.int64), np.empty(n))
    for half, other in (halves, halves[::-1]):
        model, _ = _fitted(points, starts, k, half, form)
        out.log_likelihood[other] = model.score_samples(points[other])
        chances = model.predict_proba(points[other])
        out.labels[other] = _matched(starts[0][other], chances.argmax(axis=1), k)
        out.unsure[other] = 1.0 - chances.max(axis=1)
    return out


def _balls_of_one_size(points: Array, labels: Array, k: int, halves: tuple[Array, Array]) -> Array:
    """Return the log likelihood of each row under k-means' own model of the other half, (n,)."""
    from scipy.special import logsumexp

    n, d = points.shape
    out = np.empty(n)
    for half, other in (halves, halves[::-1]):
        # A cluster that has no row in this half keeps its mean of both.
        there = np.bincount(labels[half], minlength=k) > 0
        means = means_of(points, labels, k)
        inside = labels[half]
        sums = np.stack([np.bincount(inside, column, k) for column in points[half].T], axis=1)
        means[there] = sums[there] / np.bincount(inside, minlength=k)[there, None]
        variance = float(((points[half] - means[inside]) ** 2).mean())
        variance = max(variance, FLOOR * float(points.var(axis=0).mean()), np.finfo(float).tiny)
        from_means = np.stack([((points[other] - mean) ** 2).sum(axis=1) for mean in means], axis=1)
        out[other] = logsumexp(-from_means / (2 * variance), axis=1) - np.log(k)
        out[other] -= d / 2 * np.log(2 * np.pi * variance)
    return out


def _matched(own: Array, others: Array, k: int) -> Array:
    """Return `others` with the numbers of the clusters that they match best, one-to-one."""
    from scipy.optimize import linear_sum_assignment

    counts = np.bincount(others * k + own, minlength=k * k).reshape(k, k)
    _, number = linear_sum_assignment(-counts)
    matched: Array = number[others]
    return matched


def _fitted(points: Array, starts: Sequence[Array], k: int, rows: Array, form: str) -> tuple[Any, int]:
    """Return the mixture of some rows, the likeliest over the starts, and which start that was.

    A later start must be worth naming: where the first leads to the same, it is the first.
    """
    models = [_mixture(points, labels, k, rows, form) for labels in starts]
    bounds = np.array([model.lower_bound_ for model in models])
    best = int(np.argmax(bounds > bounds.max() - AS_GOOD))
    return models[best], best


def _mixture(points: Array, labels: Array, k: int, rows: Array, form: str) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    floor = max(FLOOR * float(points.var(axis=0).mean()), np.finfo(float).tiny)
    model = GaussianMixture(
        k,
        covariance_type=form,
        reg_covar=floor,
        max_iter=STEPS,
        init_params="random_from_data",  # cheap, and replaced by what follows
        weights_init=np.bincount(labels, minlength=k) / len(labels),
        means_init=means_of(points, labels, k),
        precisions_init=_precisions(points, labels, k, form, floor),
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(points[rows])


def _precisions(points: Array, labels: Array, k: int, form: str, floor: float) -> Array:
    d = points.shape[1]
    out = []
    for j in range(k):
        inside = points[labels == j]
        if form == "full":
            centered = inside - inside.mean(axis=0)
            out.append(np.linalg.inv(centered.T @ centered / len(inside) + floor * np.eye(d)))
        elif form == "diag":
            out.append(1 / (inside.var(axis=0) + floor))
        else:
            out.append(1 / (inside.var(axis=0).mean() + floor))
    return np.array(out)
