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
from globular.diagnostics.alone import ONE_BLAS_THREAD
from globular.diagnostics.diagnosis import Diagnosis, Finding
from globular.diagnostics.mixtures import AS_GOOD, Mixture, best_likelihood, mixture
from globular.errors import ModelMismatchError, ParameterError
from globular.points import Array, rows_of
from globular.problem import Problem
from globular.seeding import Draws
from globular.selection.valley import FEW, SURE, Borders, Valley
from globular.shortage import memory_for

MOST_ROWS = 5000  # to look at
MIXTURE_ROWS = 2000
N_NEIGHBORS = 10
ROWS_STREAM = 2**24
POOR = 0.03  # of the cost: other starts of k-means save as much
FEWEST_ROWS = 10  # for each cluster, to say anything about its shape

# A column is in a unit of its own if it is so many times as wide as the others, also within clusters.
UNEQUAL = 10.0
FEW_COLUMNS = 10  # up to so many the narrowest is compared with the widest, beyond the middle one
NO_BETTER = 0.02  # log of the cost, against data without clusters; or three standard errors if that is more
# Where nothing is curved the graph's own cut is at most 4 times as thin; of moons that touch, 14 times.
THINNER = 7.0
NO_THINNER = 3.0  # times: then the graph knows no other cut into as many; of halves of one, twice
CUT_THROUGH = 0.002  # of the ties of a cluster leave: below, no piece was cut
ELSEWHERE_CURVED = 0.1  # of the rows, less two standard errors
# The same for mixtures: balls of different sizes have one number more a cluster than k-means.
ELSEWHERE = {"spherical": 0.02, "diag": 0.05, "full": 0.05}
THIN = 0.002  # share of the ties, between two that are apart
FAR_APART = 2.0  # sums of standard deviations, surely; halves of a handwritten digit's cluster: 1.8
BETTER = 3.0  # standard errors
HALF_THE_TIES = 0.5  # of those that k-means cuts: no more may a mixture cut that is to be believed alone


def diagnose(model: Any, X: Any, *, random_state: int = 0, n_threads: int | None = None) -> Diagnosis:
    """Say whether k-means is the right model for X: findings with numbers, and what to do instead.

    model: anything with ``cluster_centers_`` (k, d), such as a fitted :class:`globular.KMeans`, or the
    centers themselves; X (n, d) numbers, dense or sparse. Up to 5000 rows are looked at, drawn by
    ``random_state`` (an int). Six questions: are the columns' units alike; are clusters curved; are they
    stretched, or of very different size; are there more or fewer; did the fit come to rest too soon; is
    there structure at all. The same seed says the same, whatever the number of threads. Eleven small
    fits, some mixtures and a graph of neighbours take more than one fit to few rows does, and no more for
    many rows than for 5000: measured, 0.04 to 0.1 s of processor time up to 1000 rows of few features,
    0.13 s for 100,000 rows of 2 in 4 clusters (as long as their fit from ten starts), 0.4 s where 5000
    rows have no clusters, 0.7 s for the 1797 digits. While it works, the process's BLAS has one thread.
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
    with memory_for("diagnose the clusters of", problem.points), ONE_BLAS_THREAD:
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
    own = measures.fresh(points, k, seed, n_threads)
    null = measures.null(points, own, k, seed, n_threads)
    clustered = null.clustered(n, NO_BETTER)
    saved = -math.expm1(own.log_cost - measures.log_cost(points, labels, k))
    first = [scales]
    if clustered and saved > POOR and len(np.unique(own.labels)) == k:
        starts = Finding(
            "starts",
            False,
            f"k-means came to rest too soon: three other starts find a cost that is {saved:.0%} lower. The "
            "rest is said of what they find.",
            "Make more starts (n_init), then ask again.",
            {"saved": saved},
        )
        first, labels, used = [scales, starts], own.labels, np.arange(k)
    look = _Look(points, labels, k, used, seed, n_threads)
    curved, stretched = _curved(look), _stretched(look, clustered)
    bent = not curved.fine or not stretched.fine
    findings = [curved, stretched, _structure(null, k, bent, clustered)]
    if clustered and not bent:
        findings.append(_number(look))
    # Ellipsoids that k-means cuts through look curved too, while ellipsoids do not fit what is curved.
    if not stretched.fine and look.ellipsoids_follow:
        findings[:2] = stretched, curved
    return [*first, *findings]


class _Look:
    """What several questions look at: the graph of neighbours, its own cut, and a mixture."""

    def __init__(
        self, points: Array, labels: Array, k: int, used: Array, seed: int, n_threads: int | None
    ) -> None:
        self.points, self.labels, self.k, self.used = points, labels, k, used
        self.seed, self.n_threads = seed, n_threads
        # Of the same rows several times, the graph would know only those.
        _, first, of_row = np.unique(points, axis=0, return_index=True, return_inverse=True)
        if len(first) < 2 * N_NEIGHBORS:
            first = of_row = np.arange(len(points))
        of_row = of_row.reshape(-1)
        self.places = first
        self.near, cut, self.graph = measures.neighbours(
            points[first], labels[first], k, min(N_NEIGHBORS, len(first) - 1), seed
        )
        elsewhere = self.near.cut > CUT_THROUGH and _surely(self.near.moved, len(first)) > ELSEWHERE_CURVED
        self.curved = elsewhere and self.near.cut > THINNER * self.near.best_cut
        self.mixed = _sample(len(points), MIXTURE_ROWS, seed)
        others = cut[of_row[self.mixed]]
        self.starts = [labels[self.mixed]]
        if np.bincount(others, minlength=k).min() >= 4:
            self.starts.append(others)
        self.mixture: Mixture | None = None
        self.mixture_cut = math.inf
        found = mixture(points[self.mixed], self.starts if elsewhere else self.starts[:1], k, seed)
        if found is not None:
            self.mixture, model = found
            self.mixture_cut = measures.normalised_cut(self.graph, model.predict(points[first]), k)

    @property
    def kind(self) -> str:
        """The graph of neighbours to cut: where clusters are apart, the one that scikit-learn has as well."""
        return "nearest_neighbors" if self.near.n_pieces >= self.k else "dense_neighbors"

    @property
    def ellipsoids_follow(self) -> bool:
        """Whether the mixture, begun at the clusters, cuts where the graph is thin."""
        by_itself = self.mixture is not None and self.mixture.start == 0
        return by_itself and self.near.cut > THINNER * self.mixture_cut

    def crossed(self) -> tuple[int, int]:
        """Return the two clusters between which most ties lie, by their number in the model."""
        ties = self.graph.tocoo()
        labels = self.labels[self.places]
        pair = labels[ties.row] * self.k + labels[ties.col]
        weight = np.bincount(pair, ties.data, self.k**2).reshape(self.k, self.k)
        np.fill_diagonal(weight, 0.0)
        a, b = divmod(int(np.argmax(weight + weight.T)), self.k)
        return int(self.used[min(a, b)]), int(self.used[max(a, b)])


def _surely(share: float, n: int) -> float:
    """Return a share of n rows less two standard errors."""
    return share - 2.0 * math.sqrt(share * (1.0 - share) / n)


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


def _curved(look: _Look) -> Finding:
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


def _structure(null: measures.Null, k: int, bent: bool, clustered: bool) -> Finding:
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


def _stretched(look: _Look, clustered: bool) -> Finding:
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
        and _surely(found.moved, len(look.mixed)) > ELSEWHERE[found.form]
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


def _number(look: _Look) -> Finding:
    """Say whether clusters are halves of one, or two in one."""
    between = measures.between(look.points[look.places], look.labels[look.places], look.k, look.seed)
    halves = [f"{look.used[v.a]} and {look.used[v.b]}" for v in between.valleys if v.refuted]
    split = _split(look)
    names = ", ".join(str(look.used[j]) for j in split)
    several = "s" if len(split) > 1 else ""
    merged = _merged(between, look.k)
    m = int(merged.max()) + 1
    if split:
        more = look.k + len(split)
        return Finding(
            "number",
            False,
            f"There is a valley within cluster{several} {names}: more than {look.k} groups.",
            f"Try n_clusters={more} or more; choose_k says how many.",
            {"n_clusters": float(more)},
        )
    thinnest = look.near.cut < NO_THINNER * look.near.best_cut
    if 1 < m < look.k and thinnest and _fewer_will_do(look, merged, m):
        return Finding(
            "number",
            False,
            f"There is no valley between clusters {', '.join(halves)}: {m} clusters explain unseen rows as "
            f"well as {look.k}.",
            f"Try n_clusters={m}; choose_k says how many.",
            {"n_clusters": float(m)},
        )
    text = f"No cluster falls in two, and no two of the {look.k} are surely one."
    return Finding("number", True, text, "", {"n_clusters": float(look.k)})


def _merged(between: Borders, k: int) -> Array:
    """Return the group of each cluster, (k,), where those without a valley between them are one."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = [(v.a, v.b) for v in between.valleys if v.refuted]
    a, b = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    _, group = connected_components(coo_matrix((np.ones(len(a)), (a, b)), shape=(k, k)), directed=False)
    found: Array = group
    return found


def _fewer_will_do(look: _Look, merged: Array, m: int) -> bool:
    """Whether a mixture of m, begun at merged clusters, makes unseen rows surely as likely as one of k."""
    points, starts = look.points[look.mixed], look.starts
    if np.bincount(starts[0], minlength=look.k).min() < 4:
        return False
    fewer = best_likelihood(points, [merged[starts[0]]], m, look.seed)
    gain = fewer - best_likelihood(points, starts, look.k, look.seed)
    return float(gain.mean()) - 2.0 * float(gain.std()) / math.sqrt(len(gain)) > -AS_GOOD


def _split(look: _Look) -> list[int]:
    """Return the clusters that fall in two with a valley between."""
    found = []
    labels = look.labels[look.places]
    for j in range(look.k):
        rows = np.flatnonzero(labels == j)
        inside = look.points[look.places[rows]]
        if len(inside) < 2 * FEWEST_ROWS:
            continue
        problem = Problem.checked(inside, n_threads=look.n_threads)
        halves = em.fit(problem, 2, n_init=3, seed=look.seed, progress=measures.Quiet())
        if (halves.sizes < FEWEST_ROWS / 2).any():
            continue
        if measures.normalised_cut(look.graph[rows][:, rows], halves.labels, 2) > THIN:
            continue  # bent into the shape of a C, perhaps
        borders = measures.between(inside, halves.labels, 2, look.seed)
        if all(_deep(valley, look.k) for valley in borders.valleys) and (borders.near < FEW).all():
            found.append(j)
    return found


def _deep(valley: Valley, k: int) -> bool:
    return valley.p_value < SURE / k and valley.least_apart > FAR_APART
