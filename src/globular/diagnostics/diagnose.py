"""Is k-means the right model here? What can be measured says so, in sentences with numbers and a remedy.

k-means draws straight borders halfway between means. That is right for round clusters of like size,
and wrong where a column outweighs all others by its unit, where there are no clusters or another number of
them, where clusters are curved, or where they are stretched or of very different size. No single number
tells: on handwritten digits clusters are more stretched than where stretching leads k-means
astray. So each finding asks two things at least: whether another model fits better, and whether it would put
rows elsewhere. What is compared is measured on rows that a model has not seen, or on data without clusters
that were drawn for it, and counts only beyond its own error.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from globular import em
from globular.diagnostics import measures
from globular.diagnostics.alone import ONE_THREAD
from globular.diagnostics.diagnosis import Diagnosis, Finding
from globular.diagnostics.look import Look, surely
from globular.diagnostics.null import Null, compared, fresh
from globular.diagnostics.number import FEWEST_ROWS, number
from globular.errors import ModelMismatchError, ParameterError
from globular.points import Array, rows_of
from globular.problem import Problem
from globular.seeding import Draws
from globular.shortage import memory_for

FIRST_ROWS = 2000  # to look at, or 50 a cluster if these are more
ROWS_A_CLUSTER = 50
MOST_ROWS = 5000  # where the first show no structure: a thin place between two needs many
ROWS_STREAM = 2**24
POOR = 0.03  # of the cost: other starts of k-means save as much

# A column is in a unit of its own if it is so many times as wide as the others, also within clusters.
UNEQUAL = 10.0
FEW_COLUMNS = 10  # up to so many the narrowest is compared with the widest, beyond the middle one
# Of the rows; balls of different sizes have one number more a cluster than k-means.
ELSEWHERE = {"spherical": 0.02, "diag": 0.05, "full": 0.05}
BETTER = 3.0  # standard errors
HALF_THE_TIES = 0.5  # of those that k-means cuts: no more may a mixture cut that is to be believed alone


def diagnose(model: Any, X: Any, *, random_state: int = 0, n_threads: int | None = None) -> Diagnosis:
    """Say whether k-means is the right model for X: findings with numbers, and what to do instead.

    model: anything with ``cluster_centers_`` (k, d), such as a fitted :class:`globular.KMeans`, or the
    centers themselves; X (n, d) numbers, dense or sparse. Up to 2000 rows are looked at, drawn by
    ``random_state`` (an int), or 50 a cluster if that is more; up to 5000 where these show no structure. Six
    questions: are the columns' units alike; are clusters curved; are they stretched, or of very different
    size; are there more or fewer; did the fit come to rest too soon; is there structure at all. The same
    seed says the same, whatever the number of threads.

    What it costs: 10 starts of k-means on the rows looked at where clusters are clear, 22 at most where they
    are not, one more in each cluster; a graph of neighbours and its cut; mixtures of 30 steps at most; and
    all of it again where 5000 rows are looked at. Measured in processor time, beside a fit of
    ``KMeans(k, n_init=10)``: 15 ms for 300 rows of 2 features (a fit: 1.3 ms), 22 ms for 1000 that form moons
    and 20 ms for 5000 (1.7, 4.1), 45 ms for 2000 rows of 8 in 8 clusters (6), 155 ms for the 1797 digits
    (29), 55 ms for 20,000 rows of 16 (66), 35 ms for 100,000 of 2 (99), and 110 ms for 5000 of 2 that have no
    clusters (6). So it is a dozen fits to few rows, and less than one to many. While it works, the process's
    BLAS and the calling thread's OpenMP have one thread.

    Raises DataError, ParameterError and ModelMismatchError.

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
    with memory_for("diagnose the clusters of", problem.points), ONE_THREAD:
        for most in (max(FIRST_ROWS, min(ROWS_A_CLUSTER * len(centers), MOST_ROWS)), MOST_ROWS):
            rows = _sample(problem.n, most, seed)
            points = rows_of(problem.points, rows)
            labels = em.assign(points, centers, n_threads=n_threads)
            used, labels = np.unique(labels, return_inverse=True)
            findings = _findings(points, labels, used, seed, n_threads)
            found = Diagnosis(tuple(sorted(findings, key=lambda f: f.fine)), problem.n, len(rows))
            if len(rows) >= min(problem.n, MOST_ROWS) or "structure" not in found.flags:
                break
    return found


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
    own = fresh(points, k, seed, n_threads)
    null = compared(points, own, k, seed, n_threads)
    clustered = null.clustered(n)
    saved = -math.expm1(own.log_cost - measures.log_cost(points, labels, k))
    first = [scales]
    if clustered and saved > POOR and own.k == k:
        starts = Finding(
            "starts",
            False,
            f"k-means came to rest too soon: two other starts find a cost that is {saved:.0%} lower. The "
            "rest is said of what they find.",
            "Make more starts (n_init), then ask again.",
            {"saved": saved},
        )
        labels = em.assign(points, own.centers, n_threads=n_threads)
        used, labels = np.unique(labels, return_inverse=True)
        first = [scales, starts]
    look = Look(points, labels, k, used, seed, n_threads)
    curved, stretched = _curved(look), _stretched(look, clustered)
    bent = not curved.fine or not stretched.fine
    findings = [curved, stretched, _structure(null, k, bent, clustered)]
    if clustered and not bent:
        findings.append(number(look))
    # Ellipsoids that k-means cuts through look curved too, while ellipsoids do not fit what is curved.
    if not stretched.fine and look.ellipsoids_follow:
        findings[:2] = stretched, curved
    return [*first, *findings]


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


def _curved(look: Look) -> Finding:
    near = look.near
    crossing = f"Nearest neighbours cross clusters {near.crossing:.1%} of the time"
    if not look.curved:
        return Finding("curved", True, f"{crossing}: no curved piece is cut through.", "", near._asdict())
    a, b = look.crossed()
    return Finding(
        "curved",
        False,
        f"{crossing}. Where it is thin, the graph of neighbours falls into as many parts for "
        f"{_share(near.best_cut, near.cut)} of the ties, and {near.moved:.0%} of the rows lie elsewhere: "
        f"clusters {a} and {b} are parts of one curved piece.",
        f"Try SpectralClustering(affinity='{look.kind}').",
        near._asdict(),
    )


def _share(best: float, cut: float) -> str:
    return f"1/{cut / best:.0f}" if best > cut / 1000 else "less than 1/1000"


def _structure(null: Null, k: int, bent: bool, clustered: bool) -> Finding:
    numbers = null._asdict()
    least = max(null.box, null.hill)
    words = (
        f"The cost of {k} clusters is {np.expm1(least):+.0%} against data without clusters, "
        f"and {null.near:.0%} of the rows lie near a border (there: {min(null.near_box, null.near_hill):.0%})"
    )
    if clustered:
        return Finding("structure", True, f"{words}: there is structure.", "", numbers)
    if bent:
        return Finding("structure", True, f"{words}; what structure there is, is not round.", "", numbers)
    return Finding(
        "structure",
        False,
        f"{words}: k-means cuts through what is one piece.",
        "Do not read these clusters as groups; choose_k says whether another number shows some.",
        numbers,
    )


FORM_WORDS = {
    "spherical": "balls of different sizes",
    "diag": "ellipsoids along the axes",
    "full": "ellipsoids",
}


def _stretched(look: Look, clustered: bool) -> Finding:
    longest = float(measures.elongation(look.points, look.labels, look.k).max())
    found = look.mixture
    if found is None:
        text = (
            "There are too few rows for the clusters' shapes: whether they are stretched was not looked at."
        )
        return Finding("stretched", True, text, "", {"elongation": longest})
    numbers = {name: float(value) for name, value in found._asdict().items() if name != "form"}
    numbers |= {"elongation": longest, "cut": look.mixture_cut}
    text = (
        f"A mixture of {FORM_WORDS[found.form]} gains {found.gain:.2f} a row in log likelihood on rows it "
        f"has not seen and puts {found.moved:.0%} of the rows elsewhere"
    )
    # A number more a cluster cannot follow noise where there are clusters; covariances can.
    follows = look.mixture_cut <= HALF_THE_TIES * look.near.cut or (clustered and found.form == "spherical")
    wrong = (
        follows
        and found.gain > BETTER * found.gain_error
        and surely(found.moved, len(look.points)) > ELSEWHERE[found.form]
        and found.moved > found.unsure
    )
    if not wrong:
        return Finding("stretched", True, f"{text}.", "", numbers)
    how = (
        "of different size"
        if found.form == "spherical"
        else f"stretched (up to {longest:.1f} times the mean variance)"
    )
    return Finding(
        "stretched",
        False,
        f"{text}: clusters are {how}.",
        f"Try sklearn.mixture.GaussianMixture(covariance_type={found.form!r})."
        if found.start == 0
        else f"Try SpectralClustering(affinity='{look.kind}'), or a GaussianMixture begun at its labels "
        f"(covariance_type={found.form!r}).",
        numbers,
    )
