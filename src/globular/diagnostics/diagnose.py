"""Is k-means the right model here? What can be measured says so, in sentences with numbers and a remedy.

k-means draws straight borders halfway between means. That is right for round clusters of like size,
and wrong where a column outweighs all others by its unit, where there are no clusters, where clusters are
curved, or where they are stretched. No single number tells: on handwritten digits clusters are more
stretched than where stretching leads k-means astray. So each finding asks two things at least: whether
another model fits better, and whether it would put rows elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from globular import em
from globular.diagnostics import measures
from globular.errors import ModelMismatchError, ParameterError
from globular.points import Array, rows_of
from globular.problem import Problem
from globular.seeding import Draws
from globular.shortage import memory_for

MOST_ROWS = 5000  # to look at
MIXTURE_ROWS = 2000
N_NEIGHBORS = 10
ROWS_STREAM = 2**24
FEWEST_ROWS = 10  # for each cluster, to say anything about its shape

# A column is in a unit of its own if it is so many times as wide as the others, also within clusters.
UNEQUAL = 10.0
FEW_COLUMNS = 10  # up to so many the narrowest is compared with the widest, beyond the middle one
# Spreads apart: halves of an even stretch are √3 = 1.73, bent ones less; cells of an even square up to 1.9.
STRETCH = 1.8
VALLEY = 1.95
NO_BETTER = 0.02  # log of the cost, against data without clusters; or three standard errors if that is more
THINNER = 2.5  # times as few neighbours parted; and where clusters are farther apart than a stretch's halves
FAR_THINNER = 10.0
ELSEWHERE_CURVED = 0.05  # of the rows
ELSEWHERE_STRETCHED = 0.1
GAIN = 0.1  # of the log likelihood, a row
AS_GOOD = 0.02
FAR_BETTER = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One question asked of a clustering, and what came out."""

    name: str  # 'scales', 'structure', 'curved', 'stretched', 'rows'
    fine: bool
    text: str  # a sentence with the numbers
    remedy: str  # what to do; empty if fine
    numbers: Mapping[str, float]  # by name, as far as they were measured

    def __str__(self) -> str:
        return f"{'fine' if self.fine else 'look'}  {self.text}" + (
            f"\n      {self.remedy}" if self.remedy else ""
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found, the gravest first."""

    findings: tuple[Finding, ...]
    n_rows: int  # rows of X
    n_looked_at: int  # of them looked at

    @property
    def fine(self) -> bool:
        """Whether nothing speaks against k-means."""
        return all(finding.fine for finding in self.findings)

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the findings that speak against it."""
        return tuple(finding.name for finding in self.findings if not finding.fine)

    def __str__(self) -> str:
        sample = "" if self.n_looked_at == self.n_rows else f" (a sample of {self.n_looked_at:,} rows)"
        head = (
            f"Nothing speaks against k-means here{sample}."
            if self.fine
            else f"k-means may be the wrong model here{sample}."
        )
        return "\n".join([head, *map(str, self.findings)])


def as_facts(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON takes it: what is infinite is null."""
    numbers = {name: value if np.isfinite(value) else None for name, value in finding.numbers.items()}
    return {
        "name": finding.name,
        "fine": finding.fine,
        "text": finding.text,
        "remedy": finding.remedy,
        "numbers": numbers,
    }


def diagnose(model: Any, X: Any, *, random_state: int = 0, n_threads: int | None = None) -> Diagnosis:
    """Say whether k-means is the right model for X: findings with numbers, and what to do instead.

    model: anything with ``cluster_centers_`` (k, d), such as a fitted :class:`globular.KMeans`, or the
    centers themselves; X (n, d) numbers, dense or sparse. Up to 5000 rows are looked at, drawn by
    ``random_state`` (an int). Four questions: are the columns' units alike; is there structure at all; are
    clusters curved; are they stretched. Fits of some mixtures and of a graph of neighbours: seconds at most,
    however large X is. Raises DataError, ParameterError and ModelMismatchError.

    >>> from globular import KMeans
    >>> from sklearn.datasets import make_moons
    >>> X, _ = make_moons(500, noise=0.05, random_state=0)
    >>> found = diagnose(KMeans(2, random_state=0).fit(X), X)
    >>> found.fine, found.flags[0]
    (False, 'curved')
    """
    problem = Problem.checked(X, n_threads=n_threads)
    centers = _centers(model, problem.d)
    if isinstance(random_state, bool) or not isinstance(random_state, int | np.integer) or random_state < 0:
        raise ParameterError(f"random_state={random_state!r}, but it must be an integer, 0 or more")
    seed = int(random_state)
    with memory_for("diagnose the clusters of", problem.points):
        rows = _sample(problem.n, MOST_ROWS, seed)
        points = rows_of(problem.points, rows)
        labels = em.assign(points, centers, n_threads=n_threads)
        used, labels = np.unique(labels, return_inverse=True)
        findings = _findings(points, labels, used, seed, n_threads)
    findings = sorted(findings, key=lambda finding: finding.fine)
    return Diagnosis(tuple(findings), problem.n, len(rows))


def _centers(model: Any, d: int) -> Array:
    centers: npt.ArrayLike | None = getattr(model, "cluster_centers_", None)
    if centers is None:
        if not isinstance(model, list | tuple | np.ndarray):
            raise ParameterError(
                f"model is {type(model).__name__} without cluster_centers_; pass a fitted KMeans, or centers"
            )
        centers = model
    array = np.asarray(centers, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != d:
        raise ModelMismatchError(
            f"the model's centers have shape {array.shape}, but X has {d} features; pass the X that "
            "it was fitted to"
        )
    return array


def _sample(n: int, most: int, seed: int) -> Array:
    if n <= most:
        return np.arange(n)
    return np.sort(np.argpartition(Draws(seed, ROWS_STREAM).uniforms(n), most)[:most])


def _findings(points: Array, labels: Array, used: Array, seed: int, n_threads: int | None) -> list[Finding]:
    k, n = len(used), len(points)
    scales = _scales(points, labels, k)
    if k == 1:
        only = Finding("structure", True, "There is one cluster, so no border to question.", "", {})
        return [scales, only]
    if n < FEWEST_ROWS * k:
        few = Finding(
            "rows",
            False,
            f"{n} rows for {k} clusters say little about their shapes.",
            f"Use at most {max(1, n // FEWEST_ROWS)} clusters, or more rows.",
            {"n_rows": float(n)},
        )
        return [scales, few]
    # Of the same rows several times, the graph would know only those.
    distinct = np.unique(points, axis=0, return_index=True)[1]
    keep = np.sort(distinct) if len(distinct) >= 2 * N_NEIGHBORS else np.arange(n)
    near = measures.neighbours(points[keep], labels[keep], k, N_NEIGHBORS, seed)
    apart, beside = measures.apart(points, labels, k)
    stretched = _stretched(points, labels, k, seed)
    curved = _curved(near, apart, beside, used)
    structure = _structure(points, k, apart, curved.fine, seed, n_threads)
    # Stretched clusters that k-means cuts through look curved too, while ellipsoids do not fit curved ones.
    first = not stretched.fine and stretched.numbers["gain"] > FAR_BETTER
    return [scales, stretched, curved, structure] if first else [scales, curved, structure, stretched]


def _scales(points: Array, labels: Array, k: int) -> Finding:
    overall, within = measures.spreads(points, labels, k)
    varied = np.flatnonzero((overall > 0) & (within > 0))
    if len(varied) < 2:
        return Finding("scales", True, "There is one column that varies, so no units to compare.", "", {})
    middle = np.min if len(varied) <= FEW_COLUMNS else np.median
    ratios = [float(s[varied].max() / middle(s[varied])) for s in (overall, within)]
    ratio = min(ratios)
    widest = int(varied[np.argmax(overall[varied])])
    share = float(overall[widest] ** 2 / (overall**2).sum())
    numbers = {"ratio": ratio, "widest_column": float(widest), "share_of_variance": share}
    if ratio >= UNEQUAL:
        return Finding(
            "scales",
            False,
            f"Column {widest} is {ratio:.0f} times as wide as others and makes {share:.1%} of all variance: "
            "its unit decides the clusters.",
            "Standardise the columns first (sklearn.preprocessing.StandardScaler, or --scale standard).",
            numbers,
        )
    return Finding("scales", True, f"The widest column is {ratio:.1f} times as wide as others.", "", numbers)


def _curved(near: measures.Neighbours, apart: Array, beside: Array, used: Array) -> Finding:
    numbers = dict(near._asdict(), least_apart=float(apart.min()))
    thinner = THINNER if apart.min() < STRETCH else FAR_THINNER
    thin = near.cut > thinner * near.best_cut and near.moved > ELSEWHERE_CURVED
    a = int(np.argmin(apart))
    pair = sorted([int(used[a]), int(used[beside[a]])])
    crossing = f"Nearest neighbours cross clusters {near.crossing:.1%} of the time"
    if thin and apart.min() < VALLEY:
        return Finding(
            "curved",
            False,
            f"{crossing}. As many clusters, cut where the graph of neighbours is thin, would part "
            f"{_share(near.best_cut, near.cut)} as many of them, and put {near.moved:.0%} of the rows "
            "elsewhere. "
            f"Between clusters {pair[0]} and {pair[1]} there is no valley: they are parts of one curved "
            "piece.",
            "Try SpectralClustering(affinity='nearest_neighbors').",
            numbers,
        )
    return Finding("curved", True, f"{crossing}: no curved piece is cut through.", "", numbers)


def _share(best: float, cut: float) -> str:
    return f"1/{cut / best:.0f}" if best > cut / 1000 else "less than 1/1000"


def _structure(
    points: Array,
    k: int,
    apart: Array,
    not_curved: bool,
    seed: int,
    n_threads: int | None,
) -> Finding:
    null = measures.null(points, k, seed, n_threads)
    numbers = dict(null._asdict(), most_apart=float(apart.max()))
    better = -max(null.box, null.normal)
    words = f"The cost is {np.expm1(max(null.box, null.normal)):+.0%} against data without clusters"
    most = f"clusters lie up to {apart.max():.1f} spreads apart (halves of an even stretch: 1.7)"
    clustered = better > max(NO_BETTER, 3 * null.error) and apart.max() >= VALLEY
    if clustered:
        return Finding("structure", True, f"{words}, and {most}: there is structure.", "", numbers)
    if not not_curved:
        return Finding("structure", True, f"{words}; what structure there is, is curved.", "", numbers)
    return Finding(
        "structure",
        False,
        f"{words}, and {most}: k-means cuts through what is one piece.",
        "Do not read these clusters as groups; another number of clusters may show some.",
        numbers,
    )


def _stretched(points: Array, labels: Array, k: int, seed: int) -> Finding:
    rows = _sample(len(points), MIXTURE_ROWS, seed)
    found = measures.mixture(points[rows], labels[rows], k, seed)
    longest = measures.elongation(points, labels, k)
    numbers = {"elongation": float(longest.max())}
    if found is None:
        text = "There are too few rows for the clusters' covariances: stretching was not looked at."
        return Finding("stretched", True, text, "", numbers)
    numbers |= found._asdict()
    fits = f"A mixture of ellipsoids gains {found.gain:.2f} a row in log likelihood on rows it has not seen"
    elsewhere = f"puts {found.moved:.0%} of the rows elsewhere"
    better = found.gain > GAIN and found.gain_over_axes > -AS_GOOD
    if better and found.moved > ELSEWHERE_STRETCHED:
        return Finding(
            "stretched",
            False,
            f"{fits} and {elsewhere}: clusters are stretched (up to {longest.max():.1f} times the mean "
            "variance).",
            "Try sklearn.mixture.GaussianMixture(covariance_type='full').",
            numbers,
        )
    return Finding("stretched", True, f"{fits} and {elsewhere}.", "", numbers)
