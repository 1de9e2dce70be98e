"""``ClustersDisplay``: the points of each cluster, and its center."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from globular.plots.cloud import draw_points, limits_of
from globular.plots.clustering import Clustering, counted
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.marks import BESIDE_A_NUMBER, draw_centers, hide_overlapping, legend_of, shortened
from globular.plots.plane import plane_of

LONGEST = 40  # characters of a feature's name


class ClustersDisplay(Display):
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
        self.clustering = clustering
        self.plane = plane_of(clustering.points, clustering.features, features)
        self.data_ = {
            "points": self.plane.coordinates(clustering.points),
            "centers": self.plane.of_centers(clustering.centers),
            "labels": clustering.labels,
            "sizes": clustering.sizes,
            "share": np.nan if self.plane.share is None else self.plane.share,
        }

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        *,
        features: Sequence[int | str] | None = None,
        feature_names: Sequence[str] | None = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw the clusters that a fitted clusterer finds in X.

        X (n, d); features: two of them to look at, by number or name; feature_names (d,), by default the
        columns of a frame; ax, title: see :meth:`plot`. Raises DataError, ParameterError.
        """
        clustering = Clustering.of_estimator(model, X, feature_names)
        return cls(clustering, features).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        centers: npt.ArrayLike | None = None,
        *,
        features: Sequence[int | str] | None = None,
        feature_names: Sequence[str] | None = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw X by labels alone; centers (k, d) are by default the clusters' means. A label -1 is noise."""
        clustering = Clustering.of_labels(X, labels, centers, feature_names)
        return cls(clustering, features).plot(ax, title=title)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        c, sizes = self.clustering, self.data_["sizes"]
        noise = f", {counted(c.n_noise, 'point')} of noise" if c.n_noise else ""
        seen = f", {self.plane.note}" if self.plane.note else ""
        what = "center" if c.centers_are == "centers" else "mean"
        if c.k == 0:
            return f"{counted(c.n, 'point')} in no cluster{seen}."
        return f"{c.title} of {sizes.min():,} to {sizes.max():,} points{noise}, each with its {what}{seen}."

    def _grid(self) -> Grid:
        return Grid(height=2.6 if self.plane.is_line else 4.4)

    def _title(self) -> str:
        return "\n".join(filter(None, [self.clustering.title, self.plane.note]))

    def _table(self) -> dict[str, Any]:
        names = np.array([*self.clustering.names, "noise"], dtype=object)
        points = self.data_["points"]
        return {"x": points[:, 0], "y": points[:, 1], "cluster": names[self.data_["labels"]]}

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        draw_frame(axes, self.plane.labels, self.data_["points"], self.data_["centers"], self.plane.is_line)
        self.artists_ = draw_points(axes, self.data_["points"], self.data_["labels"])
        self.centers_, self.numbers_ = draw_centers(axes, self.data_["centers"], self.clustering.names)
        legend_of(axes, self.clustering.names, self.data_["sizes"], n_noise=self.clustering.n_noise)

    def _settle(self) -> None:
        if self.clustering.k > 1:
            hide_overlapping(self.numbers_, BESIDE_A_NUMBER)


def draw_frame(
    axes: Axes, labels: tuple[str, str], points: npt.NDArray[Any], centers: npt.NDArray[Any], is_line: bool
) -> None:
    """Set limits and labels; a unit is as long in x as in y where the features' ranges are comparable."""
    low, high = limits_of(points, centers[np.isfinite(centers).all(axis=1)])
    if is_line:
        low[1], high[1] = 0.0, 1.0
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_xlabel(shortened(labels[0], LONGEST))
    axes.set_ylabel(shortened(labels[1], LONGEST))
