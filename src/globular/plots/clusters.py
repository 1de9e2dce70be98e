"""``ClustersDisplay``: the points of each cluster, and its center."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from globular.plots.clustering import Clustering, counted
from globular.plots.on_a_plane import OnAPlaneDisplay


class ClustersDisplay(OnAPlaneDisplay):
    """A scatter of the clusters with their centers.

    One feature is drawn along a line; of more than two, the plane of the first two principal components is
    shown and the share of the variance on it is said; more than 20,000 points are drawn by density.

    Attributes
    ----------
    data_ : dict
        ``points`` (n, 2) and ``centers`` (k, 2) float64 as seen, ``labels`` (n,) int64 (-1: noise), ``sizes``
        (k,) int64, ``share`` of the variance that is seen (NaN if two features were picked).

    Examples
    --------
    >>> from globular import KMeans
    >>> from globular.plots import ClustersDisplay
    >>> X = [[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]]
    >>> display = ClustersDisplay.from_estimator(KMeans(2, random_state=0).fit(X), X)
    >>> display.describe()
    '4 points in 2 clusters of 2 to 2 points, each with its center.'
    """

    def __init__(self, clustering: Clustering, features: Sequence[int | str] | None = None) -> None:
        super().__init__(clustering, features)
        self.data_["share"] = np.nan if self.plane.share is None else self.plane.share

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        c, sizes = self.clustering, self.data_["sizes"]
        noise = f", {counted(c.n_noise, 'point')} of noise" if c.n_noise else ""
        seen = f", {self.plane.note}" if self.plane.note else ""
        if c.k == 0:
            return f"{counted(c.n, 'point')} in no cluster{seen}."
        return (
            f"{c.title} of {sizes.min():,} to {sizes.max():,} points{noise}, each with its {c.center_or_mean}"
            f"{seen}."
        )

    def _title(self) -> str:
        return "\n".join(filter(None, [self.clustering.title, self.plane.note]))

    def _table(self) -> dict[str, Any]:
        names = np.array([*self.clustering.names, "noise"], dtype=object)
        points = self.data_["points"]
        return {"x": points[:, 0], "y": points[:, 1], "cluster": names[self.data_["labels"]]}
