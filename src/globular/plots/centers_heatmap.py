"""``CentersHeatmapDisplay``: what makes each cluster what it is.

A table of clusters by features. The colour of a cell says how many standard deviations the cluster's center
lies above or below the mean of all points, so that features in different units compare; the number in it is
the center in the feature's own unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from globular.errors import DataError
from globular.plots.clustering import Clustering, counted
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.plane import spread_of
from globular.plots.style import INK

MOST_WITH_NUMBERS = (25, 16)  # clusters, features
MOST_NAMES = 40
LONGEST = 22
# Dark blue below the mean, light amber above: in grey it is dark to light, without a turn in the middle.
COLORS = LinearSegmentedColormap.from_list(
    "below and above", ["#14305C", "#5C7FB0", "#BFC0C4", "#F0C987", "#FFE9B0"]
)
FARTHEST = 3.0  # standard deviations at which the colour is full


class CentersHeatmapDisplay(Display):
    """Centers by features: colour in standard deviations from the mean, numbers in the features' units.

    Attributes
    ----------
    data_ : dict
        ``centers`` (k, d) float64 in the features' units; ``scores`` (k, d) float64, (center - mean) /
        standard deviation of all points, 0 for a feature that does not vary; ``sizes`` (k,) int64.

    Examples
    --------
    >>> from globular.plots import CentersHeatmapDisplay
    >>> X = [[0.0, 5.0], [0.0, 7.0], [9.0, 5.0], [9.0, 7.0]]
    >>> display = CentersHeatmapDisplay.from_labels(X, [0, 0, 1, 1], feature_names=["width", "height"])
    >>> display.describe()
    '2 clusters by 2 features; farthest from the mean is cluster 0 in width, 1.0 standard deviations below.'
    """

    def __init__(self, clustering: Clustering) -> None:
        if clustering.k == 0:
            raise DataError("all points are noise: there is no cluster whose center could be shown")
        self.clustering = clustering
        d = clustering.d
        self.features = clustering.features or tuple(f"feature {f}" for f in range(d))
        mean, deviation = spread_of(clustering.points)
        away = clustering.centers - mean
        scores = np.divide(away, deviation, out=np.zeros_like(away), where=deviation > 0)
        self.data_ = {"centers": clustering.centers, "scores": scores, "sizes": clustering.sizes}

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        *,
        feature_names: Sequence[str] | None = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw the centers of a fitted clusterer; its clusters' means if it has no centers.

        X (n, d); feature_names (d,), by default the columns of a frame. Raises DataError, ParameterError.
        """
        return cls(Clustering.of_estimator(model, X, feature_names)).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        centers: npt.ArrayLike | None = None,
        *,
        feature_names: Sequence[str] | None = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw centers (k, d), by default the means of the clusters that labels make of X (n, d)."""
        return cls(Clustering.of_labels(X, labels, centers, feature_names)).plot(ax, title=title)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        scores = np.nan_to_num(self.data_["scores"])
        j, f = np.unravel_index(np.abs(scores).argmax(), scores.shape)
        side = "above" if scores[j, f] >= 0 else "below"
        return (
            f"{counted(self.clustering.k, 'cluster')} by {counted(self.clustering.d, 'feature')}; farthest "
            f"from the mean is cluster {self.clustering.names[j]} in {self.features[f]}, "
            f"{abs(scores[j, f]):.1f} standard deviations {side}."
        )

    def _grid(self) -> Grid:
        k, d = self.data_["scores"].shape
        wide = 0.62 if self._has_numbers else 0.2
        return Grid(
            width=float(np.clip(2.8 + wide * d, 4.2, 9.5)), height=float(np.clip(1.7 + 0.3 * k, 2.6, 7.5))
        )

    @property
    def _has_numbers(self) -> bool:
        k, d = self.data_["scores"].shape
        return bool(k <= MOST_WITH_NUMBERS[0] and d <= MOST_WITH_NUMBERS[1])

    def _title(self) -> str:
        c = self.clustering
        return f"{counted(c.k, c.center_or_mean)} of {counted(c.n, 'point')}"

    def _table(self) -> dict[str, Any]:
        k, d = self.data_["scores"].shape
        return {
            "cluster": np.repeat(np.array(self.clustering.names, dtype=object), d),
            "feature": np.tile(np.array(self.features, dtype=object), k),
            "center": self.data_["centers"].ravel(),
            "score": self.data_["scores"].ravel(),
        }

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        scores, centers = self.data_["scores"], self.data_["centers"]
        d = scores.shape[1]
        full = float(np.clip(np.nanmax(np.abs(scores), initial=0.0), 1.0, FARTHEST))
        self.image_ = axes.imshow(scores, cmap=COLORS, vmin=-full, vmax=full, aspect="auto")
        self.numbers_ = []
        if self._has_numbers:
            font = 7.5 if d <= 12 else 6.0
            for j, f in np.argwhere(np.isfinite(scores)).tolist():
                color = "white" if scores[j, f] < -0.25 * full else INK
                self.numbers_.append(
                    axes.text(
                        f, j, written(centers[j, f]), ha="center", va="center", fontsize=font, color=color
                    )
                )
        _name(axes.set_xticks, self.features)
        names = [
            f"{name} ({n:,})"
            for name, n in zip(self.clustering.names, self.data_["sizes"].tolist(), strict=True)
        ]
        _name(axes.set_yticks, names)
        if max(len(name) for name in self.features) > 4 and d > 3:
            axes.tick_params(axis="x", labelrotation=90 if d > 16 else 40)
            if d <= 16:
                for label in axes.get_xticklabels():
                    label.set_horizontalalignment("right")
                    label.set_rotation_mode("anchor")
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0)
        axes.set_ylabel("cluster (points)")
        bar = axes.figure.colorbar(self.image_, ax=axes, fraction=0.05, pad=0.02)
        bar.set_label("standard deviations\nfrom the mean", fontsize=8)
        bar.outline.set_visible(False)


def written(value: float) -> str:
    """Return a number in about three digits, without an exponent where it needs none.

    >>> written(0.12345), written(3582.4), written(12.0), written(4.5e-7)
    ('0.123', '3,582', '12', '4.5e-07')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _name(set_ticks: Any, names: Sequence[str]) -> None:
    step = -(-len(names) // MOST_NAMES)
    shown = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names[::step]]
    set_ticks(np.arange(0, len(names), step), shown)
