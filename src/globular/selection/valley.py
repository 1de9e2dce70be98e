"""Is there a valley between two clusters, or does k-means cut through one?

The points of two clusters are projected on the line through their means. If they are two, the projection has a
valley; if they are halves of one, it has none. Two questions are asked of it:

* Hartigan's dip test: how far is it from any distribution with one mode? It knows nothing of shapes, and needs
  points: five beside a hundred cannot make it sure.
* How far apart are the means, in units of the spreads? Halves of a uniform stretch, cut anywhere, have means
  √3 times the sum of their standard deviations apart, and halves of what is denser in the middle less: being
  surely farther apart is evidence also for a few points.

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
from globular.problem import Array
from globular.seeding import Draws
from globular.selection.dip_table import dip_p_value
from globular.selection.labelling import Labelling
from globular.selection.silhouette import sample_by_cluster

SURE = 0.005  # how often a single cluster may be taken for two, in each of the two questions
SURELY = 2.576  # standard errors
HALVES = math.sqrt(3)  # means of two parts of a uniform stretch, in sums of their standard deviations
FEWEST = 4  # points that can be a cluster
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

    @property
    def supported(self) -> bool:
        """Whether the two are surely two."""
        return self.p_value < SURE or self.least_apart > HALVES


def valleys(labelling: Labelling, draws: Draws) -> list[Valley]:
    """Look between all clusters that are near each other. O(n k d) once, O(n) a pair.

    Of a cluster with more than 2,000 points a sample is projected.
    """
    if labelling.k < 2:
        return []
    means, sizes = labelling.means(), labelling.sizes
    which = np.sort(np.concatenate([*_samples(labelling, draws)]))
    sample = Sample(labelling, which, means)
    return [_between(sample, a, b, sizes) for a, b in _neighbours(sample.apart_sq)]


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
        table = _native.transform(getattr(points, "native", points), means, labelling.problem.n_threads)
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
    ta, wa = _projected(sample, a, b, sizes)
    tb, wb = _projected(sample, b, a, sizes)
    if min(sizes[a], sizes[b]) < FEWEST or min(len(ta), len(tb)) < 2:
        return Valley(a, b, 1.0, 0.0, 0.0)
    # Each cluster weighs as it does, whatever was drawn of it.
    wa, wb = wa * (sizes[a] / wa.sum()), wb * (sizes[b] / wb.sum())
    n = min(len(ta) / sizes[a], len(tb) / sizes[b], 1.0) * (sizes[a] + sizes[b])
    values, weights = np.concatenate([ta, -tb]), np.concatenate([wa, wb])
    order = np.argsort(values, kind="stable")
    dip = _native.dip(values[order], weights[order])
    apart, least = _apart(ta, wa, tb, wb)
    return Valley(a, b, dip_p_value(dip, n), apart, least)


def _projected(sample: Sample, own: int, other: int, sizes: Array) -> tuple[Array, Array]:
    """How far each sampled point of `own` lies from the middle of the line to `other`, towards its mean.

    Its mean without the point itself lies c (mean - x) further from the point.
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
