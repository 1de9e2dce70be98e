"""Are there other numbers of clusters? A valley within one says more; none between two, perhaps fewer."""

from __future__ import annotations

import math

import numpy as np

from globular import em
from globular.diagnostics import measures
from globular.diagnostics.diagnosis import Finding
from globular.diagnostics.look import Look
from globular.diagnostics.mixtures import AS_GOOD, best_likelihood
from globular.diagnostics.quiet import Quiet
from globular.points import Array
from globular.problem import Problem
from globular.seeding.given import Given
from globular.selection.valley import FEW, SURE, Valley

FEWEST_ROWS = 10  # for each cluster, to say anything about its shape
NO_THINNER = 3.0  # times: then the graph knows no other cut into as many; of halves of one, twice
THIN = 0.002  # share of the ties, between two that are apart
FAR_APART = 2.0  # sums of standard deviations, surely; halves of a handwritten digit's cluster: 1.8
TURNS = 8  # of the power method


def number(look: Look) -> Finding:
    """Say whether clusters are halves of one, or two in one."""
    halves = measures.halves(look.points[look.places], look.labels[look.places], look.k, look.seed)
    split = _split(look)
    names = ", ".join(str(look.used[j]) for j in split)
    several = "s" if len(split) > 1 else ""
    merged = _merged(halves, look.k)
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
        pairs = ", ".join(f"{look.used[a]} and {look.used[b]}" for a, b in halves)
        return Finding(
            "number",
            False,
            f"There is no valley between clusters {pairs}: {m} clusters explain unseen rows as "
            f"well as {look.k}.",
            f"Try n_clusters={m}; choose_k says how many.",
            {"n_clusters": float(m)},
        )
    text = f"No cluster falls in two, and no two of the {look.k} are surely one."
    return Finding("number", True, text, "", {"n_clusters": float(look.k)})


def _merged(halves: list[tuple[int, int]], k: int) -> Array:
    """Return the group of each cluster, (k,), where those without a valley between them are one."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    a, b = np.array(halves, dtype=np.int64).reshape(-1, 2).T
    _, group = connected_components(coo_matrix((np.ones(len(a)), (a, b)), shape=(k, k)), directed=False)
    found: Array = group
    return found


def _fewer_will_do(look: Look, merged: Array, m: int) -> bool:
    """Whether a mixture of m, begun at merged clusters, makes unseen rows surely as likely as one of k."""
    points, starts = look.points, look.starts
    if np.bincount(starts[0], minlength=look.k).min() < 4:
        return False
    fewer = best_likelihood(points, [merged[starts[0]]], m, look.seed)
    gain = fewer - best_likelihood(points, starts, look.k, look.seed)
    return float(gain.mean()) - 2.0 * float(gain.std()) / math.sqrt(len(gain)) > -AS_GOOD


def _split(look: Look) -> list[int]:
    """Return the clusters that fall in two with a valley between."""
    found = []
    labels = look.labels[look.places]
    for j in range(look.k):
        rows = np.flatnonzero(labels == j)
        inside = look.points[look.places[rows]]
        if len(inside) < 2 * FEWEST_ROWS:
            continue
        halves = _halves(inside, look.n_threads)
        if np.bincount(halves, minlength=2).min() < FEWEST_ROWS / 2:
            continue
        if measures.normalised_cut(look.graph[rows][:, rows], halves, 2) > THIN:
            continue  # bent into the shape of a C, perhaps
        borders = measures.between(inside, halves, 2, look.seed)
        if all(_deep(valley, look.k) for valley in borders.valleys) and (borders.near < FEW).all():
            found.append(j)
    return found


def _halves(points: Array, n_threads: int | None) -> Array:
    """Cut points in two by k-means, begun at the sides of their middle along their longest axis: labels (n,).

    Two that lie apart lie so along it; so a few turns of the power method and one start do.
    """
    off = points - points.mean(axis=0)
    off /= max(float(np.abs(off).max()), np.finfo(float).tiny)
    axis: Array = off[np.argmax((off * off).sum(axis=1))]
    for _ in range(TURNS):
        axis = (off @ axis) @ off
        axis = axis / max(float(np.abs(axis).max()), np.finfo(float).tiny)
    side: Array = (off @ axis > 0).astype(np.int64)
    if side.min() == side.max():
        return side
    begin = Given(measures.means_of(points, side, 2))
    problem = Problem.checked(points, n_threads=n_threads)
    return em.fit(problem, 2, seeding=begin, n_threads=n_threads, progress=Quiet()).labels


def _deep(valley: Valley, k: int) -> bool:
    return valley.p_value < SURE / k and valley.least_apart > FAR_APART
