"""Is there a valley between two clusters, or does k-means cut through one?

The points of two clusters are projected on the line through their means. If they are two, the projection has
a valley; if they are halves of one, it has none. Two questions are asked of it:

* Hartigan's dip test: how far is it from any distribution with one mode? It knows nothing of shapes, and
  needs points: five beside a hundred cannot make it sure.
* How far apart are the means, in units of the spreads? Halves of a uniform stretch, cut anywhere, have means
  √3 times the sum of their standard deviations apart, and halves of what is denser in the middle less: being
  surely farther apart is evidence also for a few points.

Where there are more than two clusters, the cells of k-means are narrow where they meet even if the points are
spread evenly, and the more so the more dimensions. So a third question is asked of every cluster: how many of
its points lie near its border, within a third of the way to the next mean's side? Of clusters that are apart
few do; of cells cut out of one, a sixth and more.

A mean lies among its own points, and in many dimensions that alone sets them apart from all others. So each
point is projected with the means that it has no part in: of its own cluster without it, which costs nothing
more, being a function of its distances to the two means.

Hartigan & Hartigan (1985); for the distance Ashman, Bird & Zepf (1994); leaving one out and √3 are ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from globular import _native
from globular.points import native
from globular.problem import Array
from globular.seeding import Draws
from globular.selection.dip_table import dip_p_value
from globular.selection.labelling import Labelling
from globular.selection.silhouette import sample_by_cluster

SURE = 0.001  # how often a single cluster may be taken for two by its dip
SURELY = 2.576  # standard errors: the same for the distance, 0.005
UNSURE = 0.05
AN_EVEN_SHARE = 1 / 6 - 0.02  # of an even stretch's half lies so near the cut; of what is denser there more
HALVES = math.sqrt(3)  # means of two parts of a uniform stretch, in sums of their standard deviations
FEWEST = 4  # points that can be a cluster
BORDER = 1 / 3  # of the way from the border to the mean
FEW = 0.1  # of a cluster's points may lie nearer than that to its border
TOO_MANY = 0.05  # how often a cluster with so few there is taken for one with more
MOST_OF_A_CLUSTER = 2000  # points to look at
MOST_NEIGHBOURS = 8  # of a cluster


@dataclass(frozen=True, slots=True)
class Valley:
    """What lies between two clusters."""

    a: int
    b: int
    p_value: float  # of the dip test: how often points with one mode look as if they had two
    apart: float  # distance of the means, in sums of the standard deviations along the line between them
    least_apart: float  # a lower confidence bound of that
    near: float  # share of a cluster's points near the border with the other; of the two clusters the larger

    @property
    def supported(self) -> bool:
        """Whether the two are surely two."""
        return self.p_value < SURE or self.least_apart > HALVES

    @property
    def refuted(self) -> bool:
        """Whether the two look like halves of one: no dip, no farther apart, and rows at the border."""
        return self.p_value > UNSURE and self.apart < HALVES and self.near > AN_EVEN_SHARE


@dataclass(frozen=True, slots=True)
class Borders:
    """How the clusters of one labelling lie to each other."""

    valleys: tuple[Valley, ...]
    near: Array  # (k,) float64, share of each cluster's points near its border
    p_values: Array  # (k,) float64, how often it would be as much if few were

    @property
    def supported(self) -> bool:
        """Whether all clusters are surely apart."""
        return self.n_unclear == 0

    @property
    def n_unclear(self) -> int:
        """Pairs of clusters without a valley, and clusters with too many points near their border."""
        return int(np.sum(self.p_values < TOO_MANY)) + sum(not v.supported for v in self.valleys)


def borders(labelling: Labelling, draws: Draws) -> Borders:
    """Look between all clusters that are near each other. O(n k d) once, O(n log n) a pair.

    Of a cluster with more than 2,000 points a sample is projected.
    """
    sample, sizes = _sampled(labelling, draws), labelling.sizes
    found = tuple(_between(sample, a, b, sizes) for a, b in _neighbours(sample.apart_sq))
    near = _near_borders(sample, sizes)
    return Borders(found, near, _too_many(sample, near))


def halves_of_one(labelling: Labelling, draws: Draws) -> list[tuple[int, int]]:
    """Return the pairs of clusters that `borders` refutes, at the price of a dip only where it decides."""
    sample, sizes = _sampled(labelling, draws), labelling.sizes
    found = []
    for a, b in _neighbours(sample.apart_sq):
        line = _Line(sample, a, b, sizes)
        if line.too_few or (line.apart < HALVES and line.near > AN_EVEN_SHARE and line.p_value() > UNSURE):
            found.append((a, b))
    return found


def near_borders(labelling: Labelling, draws: Draws) -> Array:
    """Return the share of each cluster's points near its border, (k,), as `borders` has it. O(n k d)."""
    return _near_borders(_sampled(labelling, draws), labelling.sizes)


def _sampled(labelling: Labelling, draws: Draws) -> Sample:
    which = np.sort(np.concatenate([*_samples(labelling, draws)]))
    return Sample(labelling, which, labelling.means())


def _samples(labelling: Labelling, draws: Draws) -> Iterator[Array]:
    counts = np.bincount(labelling.labels, minlength=labelling.k)
    if counts.max() <= MOST_OF_A_CLUSTER:
        yield np.arange(len(labelling.labels))
        return
    # As many of each: those with fewer are wholly in.
    size = int(np.minimum(counts, MOST_OF_A_CLUSTER).sum())
    yield sample_by_cluster(labelling.labels, labelling.k, size, draws)


class Sample:
    """Some points, with their squared distances to all means."""

    def __init__(self, labelling: Labelling, which: Array, means: Array) -> None:
        points = labelling.problem.points[which]
        table = _native.transform(native(points), means, labelling.problem.n_threads)
        self.table = table.astype(np.float64, copy=False) ** 2
        roots = _native.transform(means, means, 1)
        self.apart_sq = roots * roots
        self.weights = labelling.weights[which]
        labels = labelling.labels[which]
        self.rows = [np.flatnonzero(labels == j) for j in range(labelling.k)]


def _neighbours(apart_sq: Array) -> list[tuple[int, int]]:
    """The pairs of clusters of which one is among the nearest of the other."""
    k = len(apart_sq)
    nearest = np.argsort(apart_sq + np.diag(np.full(k, np.inf)), axis=1, kind="stable")
    pairs = {
        (min(a, int(b)), max(a, int(b))) for a in range(k) for b in nearest[a, : min(k - 1, MOST_NEIGHBOURS)]
    }
    return sorted(pairs)


def _between(sample: Sample, a: int, b: int, sizes: Array) -> Valley:
    line = _Line(sample, a, b, sizes)
    if line.too_few:
        return Valley(a, b, 1.0, 0.0, 0.0, 1.0)
    return Valley(a, b, line.p_value(), line.apart, line.least_apart, line.near)


class _Line:
    """Two clusters, projected on the line through their means."""

    def __init__(self, sample: Sample, a: int, b: int, sizes: Array) -> None:
        ta, wa = _projected(sample, a, b, sizes)
        tb, wb = _projected(sample, b, a, sizes)
        self.too_few = bool(min(sizes[a], sizes[b]) < FEWEST or min(len(ta), len(tb)) < 2)
        if self.too_few:
            return
        # As large a sample of both; and each cluster weighs as it does, whatever was drawn of it.
        self.n = min(wa.sum() / sizes[a], wb.sum() / sizes[b]) * (sizes[a] + sizes[b])
        wa, wb = wa * (sizes[a] / wa.sum()), wb * (sizes[b] / wb.sum())
        self.values, self.weights = np.concatenate([ta, -tb]), np.concatenate([wa, wb])
        self.apart, self.least_apart = _apart(ta, wa, tb, wb)
        border = BORDER * math.sqrt(sample.apart_sq[a, b]) / 2
        self.near = max(float(w @ (t < border) / w.sum()) for t, w in ((ta, wa), (tb, wb)))

    def p_value(self) -> float:
        order = np.argsort(self.values, kind="stable")
        return dip_p_value(_native.dip(self.values[order], self.weights[order]), self.n)


def _projected(sample: Sample, own: int, other: int | Array, sizes: Array) -> tuple[Array, Array]:
    """How far each sampled point of `own` lies from the middle of the line to `other`, towards its mean.

    Its mean without the point itself lies c (mean - x) further from the point. Of several others, (m, 1), the
    answer is (m, rows).
    """
    rows = sample.rows[own]
    weights = sample.weights[rows]
    own_sq, other_sq, apart_sq = (
        sample.table[rows, own],
        sample.table[rows, other],
        sample.apart_sq[own, other],
    )
    one = np.minimum(weights, 1.0)
    rest = sizes[own] - one
    c = np.divide(one, rest, out=np.zeros_like(rest), where=rest > 0)
    line_sq = apart_sq + c * (own_sq + apart_sq - other_sq) + c * c * own_sq
    line = np.sqrt(np.maximum(line_sq, np.finfo(float).tiny))
    return (other_sq - (1 + c) ** 2 * own_sq) / (2 * line), weights


def _near_borders(sample: Sample, sizes: Array) -> Array:
    k = len(sizes)
    near = np.zeros(k)
    for j, rows in enumerate(sample.rows):
        if k == 1 or len(rows) == 0:
            continue
        others = np.delete(np.arange(k), j)[:, None]
        way, weights = _projected(sample, j, others, sizes)  # to each border
        full = np.sqrt(sample.apart_sq[j, others]) / 2
        share = np.min(np.divide(way, full, out=np.zeros_like(way), where=full > 0), axis=0) < BORDER
        near[j] = float(weights @ share / weights.sum())
    return near


def _too_many(sample: Sample, near: Array) -> Array:
    """How often as many points of each cluster, (k,), would lie near its border if few did."""
    p_values = np.ones(len(near))
    for j, rows in enumerate(sample.rows):
        if len(near) > 1 and len(rows):
            n = min(len(rows), max(1, round(sample.weights[rows].sum())))
            p_values[j] = _at_least(round(near[j] * n), n, FEW)
    return p_values


def _at_least(count: int, n: int, p: float) -> float:
    """How often as many of n are drawn, each with probability p: the upper tail of the binomial."""
    terms = [
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(c + 1)
            - math.lgamma(n - c + 1)
            + c * math.log(p)
            + (n - c) * math.log1p(-p)
        )
        for c in range(count)
    ]
    return max(0.0, 1.0 - math.fsum(terms))


def _apart(ta: Array, wa: Array, tb: Array, wb: Array) -> tuple[float, float]:
    """The distance of the means in sums of the standard deviations, and a lower bound of it.

    The error of the logarithm of that ratio, to first order: that of the difference of the means, and that of
    each standard deviation, by the sample's own fourth moment where it has one to speak of.
    """
    mean_a, sd_a, error_a, wobble_a = _moments(ta, wa)
    mean_b, sd_b, error_b, wobble_b = _moments(tb, wb)
    between, spread = mean_a + mean_b, sd_a + sd_b  # both are measured towards their own side
    if between <= 0:
        return 0.0, 0.0
    if spread == 0:
        return math.inf, math.inf
    off_sq = (error_a**2 + error_b**2) / between**2 + (wobble_a**2 + wobble_b**2) / spread**2
    return between / spread, between / spread * math.exp(-SURELY * math.sqrt(off_sq))


def _moments(t: Array, w: Array) -> tuple[float, float, float, float]:
    """Mean, standard deviation, and the standard error of each."""
    n = max(2.0, min(float(w.sum()), len(t)))
    share = w / w.sum()
    mean = float(share @ t)
    off_sq = (t - mean) ** 2
    sd = math.sqrt(float(share @ off_sq) * n / (n - 1))
    return mean, sd, sd / math.sqrt(n), sd / math.sqrt(2 * (n - 1))
