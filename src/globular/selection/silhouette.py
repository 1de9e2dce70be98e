"""Silhouettes: is a point nearer to its own cluster than to the next?

With ``a`` the mean distance from a point to the other points of its cluster and ``b`` the least mean
distance to the points of another, its silhouette is ``(b - a) / max(a, b)``: near 1 well inside, near 0
between two clusters, below 0 in the wrong one; 0 by convention for a point alone in its cluster. Rousseeuw
(1987).

Three prices. By distances all pairs are looked at, O(n²·d), in native blocks with O(n) memory. By
*squared* distances a cluster's mean and variance tell the mean over its points, so O(n·k·d) is exact:
mean |x - y|² = |x - mean|² + variance. The simplified form takes distances to the means alone (Hruschka
2004).

A weight w is the row w times.
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from globular import _native
from globular.engines.memory import level_name
from globular.errors import ParameterError
from globular.points import dense
from globular.problem import Array
from globular.seeding import Draws
from globular.selection.labelling import Labelling
from globular.selection.seed import RandomState, seed_of
from globular.shortage import memory_for

Metric = Literal["euclidean", "sqeuclidean"]
METRICS = ("euclidean", "sqeuclidean")

# Beyond this a score by distances looks at a sample unless it is told not to: all pairs of 50,000 rows of 10
# features take seconds, and four times as long for twice the rows.
EXACT_UP_TO = 50_000
SAMPLED = 10_000
FEWEST_OF_A_CLUSTER = 30
TWO_SIDED_95 = 1.96


class Score(float):
    """A mean silhouette: a float that knows whether it is exact.

    ``n_sampled`` points were looked at of ``n``; ``standard_error`` is that of the sample, 0.0 where all
    were.

    >>> score = Score(0.5, standard_error=0.01, n_sampled=100, n=2000)
    >>> score
    0.5 ± 0.02 (100 of 2,000 points sampled)
    >>> score + 0
    0.5
    """

    standard_error: float
    n_sampled: int
    n: int

    def __new__(cls, value: float, *, standard_error: float, n_sampled: int, n: int) -> Score:
        score = super().__new__(cls, value)
        score.standard_error, score.n_sampled, score.n = standard_error, n_sampled, n
        return score

    def __getnewargs_ex__(self) -> tuple[tuple[float], dict[str, Any]]:
        return (float(self),), dict(standard_error=self.standard_error, n_sampled=self.n_sampled, n=self.n)

    @property
    def exact(self) -> bool:
        """Whether every point was looked at."""
        return self.n_sampled == self.n

    def __repr__(self) -> str:
        if self.exact:
            return float.__repr__(self)
        bar = TWO_SIDED_95 * self.standard_error
        return f"{float(self):.3g} ± {bar:.1g} ({self.n_sampled:,} of {self.n:,} points sampled)"

    __str__ = __repr__


def silhouette_samples(
    X: Any,
    labels: npt.ArrayLike,
    *,
    metric: Metric = "euclidean",
    sample_weight: npt.ArrayLike | None = None,
    n_threads: int | None = None,
) -> Array:
    """Return the silhouette of every point, exactly.

    X (n, d) dense, or with metric="sqeuclidean" sparse too; labels (n,), two to n - 1 different ones. metric
    is "euclidean", O(n²·d) time and O(n·d) memory, or "sqeuclidean", O(n·k·d) and as much memory.
    sample_weight (n,), not negative: a weight w is the row w times; a row of weight 0 is absent, its own
    value NaN. Returns (n,) float64, the same bits for any ``n_threads`` and instruction level. Raises
    DataError, ParameterError. Source: Rousseeuw (1987).

    >>> silhouette_samples([[0.0], [1.0], [9.0], [10.0]], [0, 0, 1, 1]).round(3)
    array([0.895, 0.882, 0.882, 0.895])
    """
    labelling = Labelling.checked(X, labels, sample_weight, n_threads=n_threads)
    look_up_metric(metric)
    with memory_for("compute silhouettes of", labelling.problem.points):
        found = silhouettes(labelling, metric)
    return _with_absent_rows(labelling, found)


def silhouette_score(
    X: Any,
    labels: npt.ArrayLike,
    *,
    metric: Metric = "euclidean",
    sample_size: int | Literal["all"] | None = None,
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    n_threads: int | None = None,
) -> Score:
    """Return the weighted mean of the silhouettes, a float that says how it came about.

    X, labels, metric and sample_weight are those of :func:`silhouette_samples`. ``sample_size``: "all" looks
    at every point; a number at so many, drawn evenly from the clusters and compared with all points; None at
    all, but for more than 50,000 points and metric="euclidean" at 10,000, or 30 of a cluster if that is more.
    A sampled score carries its ``standard_error`` and says so when printed. O(m·n·d) for m points looked at;
    O(n·k·d) and always exact for "sqeuclidean". Raises DataError, ParameterError.
    Source: Rousseeuw (1987); sampling by cluster: arXiv:2401.05831.

    >>> silhouette_score([[0.0], [1.0], [9.0], [10.0]], [0, 0, 1, 1])
    0.8885448916408669
    """
    labelling = Labelling.checked(X, labels, sample_weight, n_threads=n_threads)
    look_up_metric(metric)
    with memory_for("compute silhouettes of", labelling.problem.points):
        return score(labelling, metric, sample_size, random_state)


def simplified_silhouette(
    X: Any,
    labels: npt.ArrayLike,
    *,
    sample_weight: npt.ArrayLike | None = None,
    n_threads: int | None = None,
) -> Array:
    """Return the simplified silhouette of every point: by distances to the clusters' means alone.

    With ``a`` the distance to the mean of the point's cluster and ``b`` to the nearest other mean,
    (b - a) / max(a, b); 0 where both are 0. X (n, d) dense or sparse, labels (n,), two to n - 1 different
    ones; sample_weight (n,) weighs the means; NaN for a row of weight 0. Returns (n,) float64. O(n·k·d).
    Raises DataError. Source: Hruschka, de Castro & Campello (2004).

    >>> simplified_silhouette([[0.0], [1.0], [9.0], [10.0]], [0, 0, 1, 1]).round(3)
    array([0.947, 0.941, 0.941, 0.947])
    """
    labelling = Labelling.checked(X, labels, sample_weight, n_threads=n_threads)
    own, nearest = np.empty(labelling.problem.n), np.empty(labelling.problem.n)
    for rows, distances_sq in labelling.squared_distances(labelling.means()):
        distances_sq[distances_sq <= labelling.rounding_sq] = 0.0
        own[rows], nearest[rows] = _own_and_nearest(np.sqrt(distances_sq), labelling.labels[rows])
    return _with_absent_rows(labelling, contrast(own, nearest))


def look_up_metric(metric: str) -> None:
    """Raise ParameterError unless the metric is one of those there are."""
    if metric not in METRICS:
        known = ", ".join(map(repr, METRICS))
        raise ParameterError(
            f"metric={metric!r}, but it must be one of {known}; "
            "sklearn.metrics.silhouette_samples knows others, with O(n²) work"
        )


def contrast(own: Array, nearest: Array) -> Array:
    """Return (nearest - own) / max(nearest, own), 0 where both are 0."""
    larger = np.maximum(own, nearest)
    out: Array = np.divide(nearest - own, larger, out=np.zeros_like(larger), where=larger > 0)
    return out


def silhouettes(labelling: Labelling, metric: Metric, which: Array | None = None) -> Array:
    """Return the silhouettes of some rows, (m,), or of all: `which` (m,) int64."""
    if metric == "sqeuclidean":
        found = _squared(labelling)
        return found if which is None else found[which]
    problem = labelling.problem
    which = np.arange(problem.n) if which is None else which
    own, nearest = _native.cluster_distances(
        dense(problem.points, "metric='euclidean'", "metric='sqeuclidean', "),
        problem.weights,
        labelling.labels,
        labelling.k,
        which.astype(np.int64),
        labelling.scale(),
        level_name(),
        problem.n_threads,
    )
    found = contrast(own, nearest)
    found[labelling.others[which] <= 0] = 0.0  # alone in its cluster
    return found


def _squared(labelling: Labelling) -> Array:
    """The closed form. Two passes: a cluster's variance first, then what it adds to every distance."""
    n, k = labelling.problem.n, labelling.k
    means, sizes, weights = labelling.means(), labelling.sizes, labelling.weights
    spread = np.zeros(k)
    for rows, distances_sq in labelling.squared_distances(means):
        labels = labelling.labels[rows]
        own = distances_sq[np.arange(len(labels)), labels]
        spread += np.bincount(labels, weights[rows] * own, k)
    own, nearest, others = np.empty(n), np.empty(n), labelling.others
    nothing = labelling.rounding_sq
    for rows, distances_sq in labelling.squared_distances(means):
        labels = labelling.labels[rows]
        mean_sq = distances_sq + spread / sizes
        mean_sq[mean_sq <= nothing] = 0.0  # the points coincide; it is their mean that was rounded
        own[rows], nearest[rows] = _own_and_nearest(mean_sq, labels)
        # The sum over a cluster counts the point itself, at distance zero.
        grow = np.divide(sizes[labels], others[rows], out=np.zeros(len(labels)), where=others[rows] > 0)
        own[rows] *= grow
    found = contrast(own, nearest)
    found[others <= 0] = 0.0
    return found


def _own_and_nearest(table: Array, labels: Array) -> tuple[Array, Array]:
    """Split (m, k) into the column of each row's label (m,) and the least of the others (m,)."""
    rows = np.arange(len(labels))
    own = table[rows, labels]
    table[rows, labels] = np.inf
    return own, table.min(axis=1)


def score(
    labelling: Labelling,
    metric: Metric,
    sample_size: int | Literal["all"] | None,
    random_state: RandomState | Draws = None,
) -> Score:
    """Return the mean silhouette, of a sample where that is asked for or n is large."""
    n = labelling.problem.n
    size = _sample_size(sample_size, n, metric)
    if size is None:
        found = silhouettes(labelling, metric)
        mean = math.fsum(found * labelling.weights) / math.fsum(labelling.weights)
        return Score(mean, standard_error=0.0, n_sampled=n, n=n)
    draws = random_state if isinstance(random_state, Draws) else Draws(seed_of(random_state), 0)
    which = sample_by_cluster(labelling.labels, labelling.k, size, draws)
    if len(which) == n:
        return score(labelling, metric, "all")
    return _estimate(labelling, which, silhouettes(labelling, metric, which))


def _sample_size(asked: int | Literal["all"] | None, n: int, metric: str) -> int | None:
    """Return how many points to look at, None for all of them."""
    if asked is None:
        return SAMPLED if n > EXACT_UP_TO and metric == "euclidean" else None
    if asked == "all":
        return None
    if isinstance(asked, bool) or not isinstance(asked, Integral) or asked < 1:
        raise ParameterError(
            f"sample_size={asked!r}, but it must be a positive integer, 'all', or None (all up to "
            f"{EXACT_UP_TO:,} points)"
        )
    return None if asked >= n else int(asked)


def sample_by_cluster(labels: Array, k: int, size: int, draws: Draws) -> Array:
    """Return rows (m,) int64, ascending: of each cluster as many, but at least 30 and at most all."""
    there = np.bincount(labels, minlength=k)
    each, left = 0, size
    for j, n in enumerate(np.sort(there)):  # what small clusters lack, large ones give
        each = -(-left // (k - j))
        left -= min(int(n), each)
    each = max(FEWEST_OF_A_CLUSTER, each)
    keys = draws.uniforms(len(labels))
    order = np.lexsort((keys, labels))
    starts = np.concatenate([[0], np.cumsum(there)])
    place = np.arange(len(labels)) - starts[labels[order]]  # within its cluster, in the order of the keys
    return np.sort(order[place < each]).astype(np.int64)


def _estimate(labelling: Labelling, which: Array, found: Array) -> Score:
    """The mean over strata: clusters weigh as they do, whatever was drawn of them.

    Within a cluster the mean is a ratio of weighted sums, whose variance is that of w (s - mean), corrected
    for a finite cluster. Cochran, "Sampling Techniques" (1977).
    """
    k, labels = labelling.k, labelling.labels[which]
    weights = labelling.weights[which]
    drawn = np.bincount(labels, minlength=k).astype(float)
    there = np.bincount(labelling.labels, minlength=k).astype(float)
    weight = np.bincount(labels, weights, k)
    mean = np.bincount(labels, weights * found, k) / weight
    share = labelling.sizes / labelling.sizes.sum()
    off = weights * (found - mean[labels])
    variance = np.bincount(labels, off * off, k) / np.maximum(drawn - 1, 1) / (weight / drawn) ** 2
    error_sq = np.sum(share**2 * variance / drawn * (1 - drawn / there))
    return Score(
        float(share @ mean),
        standard_error=math.sqrt(float(error_sq)),
        n_sampled=len(which),
        n=labelling.problem.n,
    )


def _with_absent_rows(labelling: Labelling, found: Array) -> Array:
    problem = labelling.problem
    if problem.rows is None:
        return found
    everything = np.full(len(problem.all_points), np.nan)
    everything[problem.rows] = found
    return everything
