"""What k-means would find where there are no clusters: is the cost lower here, and are the borders emptier?

Points without clusters are drawn in two ways: evenly from a box along the principal axes, as wide as the
data; and from a hill with the data's covariance, which is as dense as the data on the whole are so far from
the middle (in units of the covariance), but nowhere denser outward: that is any cloud with elliptic contours
and one mode, however heavy its tails. They are fitted like the data, so that the luck of starts is on both
sides.

Five sets of either kind are drawn at most. Where two already leave no doubt, no more are: what is clustered
costs far less than both, and what is not often costs as much as one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from globular import em
from globular.diagnostics.quiet import Quiet
from globular.points import Array
from globular.problem import Problem
from globular.seeding import Draws
from globular.selection.labelling import Labelling
from globular.selection.valley import near_borders

FEWEST_SETS, MOST_SETS = 2, 5
N_STARTS = 2  # of every fit
TOLERANCE = 1e-3  # of k-means: what moves then is a thousandth of the cost at most
NO_BETTER = 0.02  # log of the cost, against data without clusters; or three standard errors if that is more
FAR_BETTER = 0.2  # or six standard errors: another three sets would not change that
STREAM = 2**23  # of draws of points without clusters
SAMPLES_STREAM = 2**23 + 101  # of what is projected


class Fresh(NamedTuple):
    """A fit of k-means from two starts."""

    log_cost: float  # log of its cost as a share of that of one cluster
    near: float  # share of a cluster's rows near its border, mean over the clusters
    centers: Array  # (k, d)
    k: int  # clusters that have a row


class Null(NamedTuple):
    """How the clusters compare with those of data without any, by the two kinds of it."""

    box: float  # log of the cost over that in a box as wide as the data, along its principal axes
    hill: float  # over that of a hill with the data's covariance and its distances from the middle
    box_error: float  # standard deviations of the two over the drawn sets
    hill_error: float
    near: float  # share of a cluster's rows near its border, mean over the clusters
    near_box: float  # the same in the box
    near_hill: float  # and on the hill
    n_sets: int  # that were drawn of either kind

    def clustered(self, n: int) -> bool:
        """Whether n rows look like clusters beside both kinds.

        The cost must be lower by 0.02 in its logarithm and by three standard errors, and no more rows may
        lie near borders, within one standard error: what is skewed, k-means can cut cheaply, but not where
        it is thin.
        """
        both = [(self.box, self.box_error), (self.hill, self.hill_error)]
        near = min(self.near_box, self.near_hill)
        cheaper = all(-log_cost > max(NO_BETTER, 3.0 * error) for log_cost, error in both)
        return cheaper and self.near <= near + _error(near, n)

    def settled(self, n: int) -> bool:
        """Whether more sets could hardly change that."""
        saved, error = -max(self.box, self.hill), max(self.box_error, self.hill_error)
        near = min(self.near_box, self.near_hill)
        if saved < max(NO_BETTER / 2, error) or self.near > near + 3 * _error(near, n):
            return True
        return saved > max(FAR_BETTER, 6.0 * error) and self.near < near - _error(near, n)


def _error(share: float, n: int) -> float:
    return math.sqrt(share * (1.0 - share) / n)


def compared(points: Array, own: Fresh, k: int, seed: int, n_threads: int | None) -> Null:
    """Compare the clusters with those of points where there are none. O(n k d) a step, of 20 fits at most."""
    drawn = without_clusters(points)
    fits: list[list[Fresh]] = [[], []]
    for b in range(MOST_SETS):
        for kind, made in zip(fits, drawn(Draws(seed, STREAM + b)), strict=True):
            kind.append(fresh(made, k, seed, n_threads))
        costs = np.array([[fit.log_cost for fit in kind] for kind in fits])
        near = np.array([[fit.near for fit in kind] for kind in fits]).mean(axis=1)
        if b == 0:
            continue
        box, hill = (own.log_cost - costs.mean(axis=1)).tolist()
        box_error, hill_error = costs.std(axis=1, ddof=1).tolist()
        near_box, near_hill = near.tolist()
        found = Null(box, hill, box_error, hill_error, own.near, near_box, near_hill, b + 1)
        if found.settled(len(points)):
            break
    return found


def without_clusters(points: Array) -> Callable[[Draws], tuple[Array, Array]]:
    """Return what draws points without clusters in place of these: in a box, and on a hill; each (n, r)."""
    middle = points.mean(axis=0)
    _, sizes, axes = np.linalg.svd(points - middle, full_matrices=False)
    used = sizes > 1e-9 * sizes[0] if sizes[0] > 0 else sizes == sizes[0]
    turned = (points - middle) @ axes[used].T
    low, width = turned.min(axis=0), np.ptp(turned, axis=0)
    sigma = sizes[used] / math.sqrt(len(points))
    away = np.linalg.norm(np.divide(turned, sigma, out=np.zeros_like(turned), where=sigma > 0), axis=1)
    away = downhill(away, turned.shape[1])

    def draw(draws: Draws) -> tuple[Array, Array]:
        first, second = draws.uniforms(2 * turned.size).reshape(2, *turned.shape)
        # Box & Muller (1958); 1 - u is never 0.
        way = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), np.finfo(float).tiny)
        return low + width * first, sigma * way * away[:, None]

    return draw


def downhill(away: Array, d: int) -> Array:
    """Return distances from the middle, (n,) ascending, whose density in d dimensions falls outward.

    The density in volume is the slope of the least concave function above the distribution of away^d:
    the likeliest of all that fall (Grenander 1956), a weighted isotonic regression.
    """
    from sklearn.isotonic import isotonic_regression

    n = len(away)
    away = np.sort(away)
    middle = float(np.median(away))
    if middle == 0.0 or d == 0:
        return away
    # A power of d of a row far away would not fit a float.
    power = min(d, 600.0 / max(math.log(away[-1] / middle), 1e-9))
    volume = (away / middle) ** power
    widths = np.maximum(np.diff(volume, prepend=0.0), 1e-300)
    density = isotonic_regression(1 / (n * widths), sample_weight=widths, increasing=False)
    share = np.concatenate([[0.0], np.cumsum(density * widths)])
    at = np.interp((np.arange(n) + 0.5) / n * share[-1], share, np.concatenate([[0.0], volume]))
    found: Array = middle * at ** (1 / power)
    return found


def fresh(points: Array, k: int, seed: int, n_threads: int | None) -> Fresh:
    """Fit k-means anew. O(n k d) a step."""
    problem = Problem.checked(points, n_threads=n_threads)
    if problem.mean_variance == 0:
        return Fresh(0.0, 1.0, points[:1], 1)
    found = em.fit(
        problem, k, n_init=N_STARTS, tol=TOLERANCE, seed=seed, n_threads=n_threads, progress=Quiet()
    )
    used, labels = np.unique(found.labels, return_inverse=True)
    near = near_borders(Labelling(problem, labels.astype(np.int32), len(used)), Draws(seed, SAMPLES_STREAM))
    whole = problem.mean_variance * problem.d * problem.n
    return Fresh(math.log(max(found.cost / whole, 1e-300)), float(near.mean()), found.centers, len(used))
