"""Landmarks: a few points that stand for all, where a table of all pairs would be too large.

They are centers of k-means, so that every point has one nearby. Two forms are built on them. Nyström's: a
kernel is known by its values between points and landmarks, and turned into m features whose inner
products are the kernel (exactly so, if every point is a landmark). And the graph of points and
landmarks: each point is tied to its r nearest landmarks, so two points are as near as the landmarks they
share; the spectrum of that graph comes from a table of m by m.

Williams & Seeger (2001); Wang, Gittens & Mahoney (2019); Chen & Cai (2011); Huang et al. (2020), U-SPEC.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from globular import em
from globular.errors import GlobularWarning
from globular.features.graph import DENSITY_RANGE
from globular.minibatch import Rows
from globular.points import Array
from globular.problem import Problem
from globular.progress import Progress
from globular.seeding import Draws
from globular.seeding.plus_plus import PlusPlus

N_LANDMARKS = 1000
ROWS_EACH = 20  # points to fit a landmark to
STEPS = 10  # of k-means: landmarks need to be spread, not optimal
N_TIES = 5  # landmarks that a point is tied to
NOISE = 1e-10  # eigenvalues below this share of the largest are rounding
LANDMARK_STREAM = 2**21


def choose_landmarks(problem: Problem, count: int, seed: int, n_threads: int | None = None) -> Array:
    """Return `count` centers of k-means on a sample of the points, (m, d) float64, m <= count.

    O(20 m² d). Fewer if there are not as many distinct points in the sample.
    """
    n_rows = ROWS_EACH * count
    rows = Rows(problem, Draws(seed, LANDMARK_STREAM))  # a row twice does no harm
    problem = rows.draw(n_rows) if rows.n > n_rows else rows.problem
    count = min(count, problem.n)
    found = em.fit(
        problem,
        count,
        seeding=PlusPlus(trials=1),
        max_iter=STEPS,
        seed=seed,
        n_threads=n_threads,
        progress=_Silent(),
    )
    centers: Array = found.centers[found.sizes > 0].astype(np.float64)
    return centers


def nystroem_map(among: Array, n_features: int | None = None) -> Array:
    """Return the matrix that turns kernel values to the landmarks into features.

    among (m, m), the kernel between landmarks; returns (m, s), s <= `n_features`: with K (n, m) the kernel
    of points to landmarks, the rows of K @ result have the kernel for inner products, up to what s
    leaves out. Directions without weight are dropped; for a kernel that is not positive, that makes it
    so. O(m³).
    """
    values, vectors = np.linalg.eigh((among + among.T) / 2)
    order = np.argsort(-values, kind="stable")[:n_features]
    order = order[values[order] > NOISE * max(float(values.max()), 0.0)]
    if len(order) == 0:
        return np.zeros((len(among), 1))
    result: Array = vectors[:, order] / np.sqrt(values[order])
    return result


def ties(
    points: Any,
    landmarks: Array,
    n_ties: int = N_TIES,
    n_jobs: int | None = None,
    *,
    by_density: bool = False,
) -> Any:
    """Tie each point to its nearest landmarks; return the weights as a CSR matrix (n, m), rows of sum 1.

    A tie weighs exp(-d²/2s²), s the mean distance to the last landmark that a point is tied to. With
    `by_density` a row sums to the density there instead, 1 at the median, as far as the landmarks know it.
    O(n log m) in few dimensions, O(n m d) in many.
    """
    from scipy.sparse import csr_matrix
    from sklearn.neighbors import NearestNeighbors

    n_ties = min(n_ties, len(landmarks))
    distances, nearest = NearestNeighbors(n_neighbors=n_ties, n_jobs=n_jobs).fit(landmarks).kneighbors(points)
    width = float(distances[:, -1].mean()) or 1.0
    # Measured from the nearest one, so that no row is all zeros far away.
    weights = np.exp((distances[:, :1] ** 2 - distances**2) / (2 * width**2))
    weights /= weights.sum(axis=1, keepdims=True)
    if by_density:
        weights *= _density(distances[:, -1], landmarks.shape[1])[:, None]
    starts = np.arange(0, weights.size + 1, n_ties)
    return csr_matrix((weights.ravel(), nearest.ravel(), starts), shape=(len(nearest), len(landmarks)))


def _density(away: Array, d: int) -> Array:
    """Return what stands for (s/r)² of neighbours, (n,), from the distance to the last landmark.

    Where points are p times as dense, centers of k-means are p^(d/(d + 2)) times (Zador 1982; Graf &
    Luschgy 2000), so that a landmark is p^(-1/(d + 2)) times as far, but a neighbour p^(-1/d) times.
    """
    middle = float(np.median(away)) or 1.0
    ratio = np.divide(middle, away, out=np.full(len(away), np.inf), where=away > 0)
    density: Array = np.clip(ratio ** ((d + 2) / d), 1 / DENSITY_RANGE, DENSITY_RANGE) ** 2
    return density


class _Silent(Progress):
    """Says nothing: landmarks that coincide are dropped."""

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        return None
