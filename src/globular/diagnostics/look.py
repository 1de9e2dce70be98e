"""What several questions look at, made once: the graph of nearest neighbours, its own cut, and a mixture."""

from __future__ import annotations

import math

import numpy as np

from globular.diagnostics import measures
from globular.diagnostics.mixtures import Mixture, mixture
from globular.points import Array, hashes

N_NEIGHBORS = 10
# Where nothing is curved the graph's own cut is at most 4 times as thin; of moons that touch, 14 times.
THINNER = 7.0
CUT_THROUGH = 0.002  # of the ties of a cluster leave: below, no piece was cut
ELSEWHERE_CURVED = 0.1  # of the rows, less two standard errors


class Look:
    """Rows in k clusters; `used` are the clusters' numbers in the model."""

    def __init__(
        self, points: Array, labels: Array, k: int, used: Array, seed: int, n_threads: int | None
    ) -> None:
        self.points, self.labels, self.k, self.used = points, labels, k, used
        self.seed, self.n_threads = seed, n_threads
        # Of the same rows several times, the graph would know only those.
        _, first, of_row = np.unique(hashes(points, 1), return_index=True, return_inverse=True)
        if len(first) < 2 * N_NEIGHBORS:
            first = of_row = np.arange(len(points))
        of_row = of_row.reshape(-1)
        self.places = first
        self.near, cut, self.graph = measures.neighbours(
            points[first], labels[first], k, min(N_NEIGHBORS, len(first) - 1), seed
        )
        elsewhere = self.near.cut > CUT_THROUGH and surely(self.near.moved, len(first)) > ELSEWHERE_CURVED
        self.curved = elsewhere and self.near.cut > THINNER * self.near.best_cut
        others = cut[of_row]
        self.starts = [labels]
        if np.bincount(others, minlength=k).min() >= 4:
            self.starts.append(others)
        self.mixture: Mixture | None = None
        self.mixture_cut = math.inf
        found = mixture(points, self.starts if elsewhere else self.starts[:1], k, seed)
        if found is not None:
            self.mixture, predict = found
            self.mixture_cut = measures.normalised_cut(self.graph, predict(points[first]), k)

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


def surely(share: float, n: int) -> float:
    """Return a share of n rows less two standard errors."""
    return share - 2.0 * math.sqrt(share * (1.0 - share) / n)
