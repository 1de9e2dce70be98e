"""What pictures of clusters on a plane share: the points, the centers with their numbers, and the legend.

What lies under the points is each picture's own: nothing (``clusters``), or the regions of the centers
(``voronoi``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from globular.plots.cloud import Box, draw_points, limits_of
from globular.plots.clustering import Clustering
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.marks import BESIDE_A_NUMBER, draw_centers, hide_overlapping, legend_of, shortened
from globular.plots.plane import plane_of

LONGEST = 40  # characters of a feature's name


class OnAPlaneDisplay(Display):
    """Clusters and their centers as seen on a plane, see ``plane``.

    Attributes
    ----------
    data_ : dict
        ``points`` (n, 2) and ``centers`` (k, 2) float64 as seen, ``labels`` (n,) int64 (-1: noise), ``sizes``
        (k,) int64.
    """

    def __init__(self, clustering: Clustering, features: Sequence[int | str] | None = None) -> None:
        self.clustering = clustering
        self.plane = plane_of(clustering.points, clustering.features, features)
        self.data_ = {
            "points": self.plane.coordinates(clustering.points),
            "centers": self.plane.of_centers(clustering.centers),
            "labels": clustering.labels,
            "sizes": clustering.sizes,
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
        """Draw what a fitted clusterer finds in X: clusters, and its centers or, if it has none, their means.

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

    @property
    def _limits(self) -> Box:
        """What is in sight: the points and the centers."""
        centers = self.data_["centers"]
        low, high = limits_of(self.data_["points"], centers[np.isfinite(centers).all(axis=1)])
        if self.plane.is_line:
            low[1], high[1] = 0.0, 1.0
        return low, high

    def _grid(self) -> Grid:
        return Grid(height=2.6 if self.plane.is_line else 4.4)

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        low, high = self._limits
        if self.plane.is_line:
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        axes.set_xlabel(shortened(self.plane.labels[0], LONGEST))
        axes.set_ylabel(shortened(self.plane.labels[1], LONGEST))
        self._draw_under(axes)
        data, names = self.data_, self.clustering.names
        self.artists_ = draw_points(axes, data["points"], data["labels"])
        self.centers_, self.numbers_ = draw_centers(axes, data["centers"], names)
        legend_of(axes, names, data["sizes"], n_noise=self.clustering.n_noise)

    def _draw_under(self, axes: Axes) -> None:
        """Draw what lies under the points."""

    def _settle(self) -> None:
        if self.clustering.k > 1:
            hide_overlapping(self.numbers_, BESIDE_A_NUMBER)
