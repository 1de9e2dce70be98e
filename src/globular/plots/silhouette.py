"""``SilhouetteDisplay``: how well each point sits in its cluster.

The silhouette of a point is near 1 well inside of its cluster, near 0 between two, and below 0 in the wrong
one (Rousseeuw 1987). Each cluster is a band of its points' values, sorted, as high as the cluster is large.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from globular.errors import DataError
from globular.palette import palette
from globular.plots.clustering import Clustering, counted
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.marks import hide_overlapping
from globular.plots.style import FAINT, INK
from globular.seeding import Draws
from globular.selection.silhouette import sample_by_cluster, silhouette_samples

SAMPLE = 5000
GAP = 0.012  # of the height, between two bands


class SilhouetteDisplay(Display):
    """The silhouettes of all points, cluster by cluster, the largest first.

    Of more than `sample_size` points as many are drawn from every cluster and compared among each other,
    which leaves the mean distances to the clusters unbiased; the height of a band is still the size of its
    cluster, and the mean weighs the clusters as they are. How many were looked at is said in the picture.

    Attributes
    ----------
    data_ : dict
        ``silhouettes`` (m,) float64 and ``labels`` (m,) int64 of the rows looked at, ``rows`` (m,) int64;
        ``sizes`` (k,) int64 and ``means`` (k,) float64 (NaN: no point) of the clusters; ``mean`` float;
        ``negative`` float, the share of points with a value below 0.

    Examples
    --------
    >>> from globular.plots import SilhouetteDisplay
    >>> display = SilhouetteDisplay.from_labels([[0.0], [1.0], [9.0], [10.0]], [0, 0, 1, 1])
    >>> display.describe()
    'Silhouettes of 4 points in 2 clusters: 0.89 on average, from 0.89 to 0.89 by cluster, 0 % below zero.'
    """

    def __init__(self, clustering: Clustering, sample_size: int | None = SAMPLE, seed: int = 0) -> None:
        inside = np.flatnonzero(clustering.labels >= 0)
        sizes = clustering.sizes
        if np.count_nonzero(sizes) < 2:
            raise DataError(
                f"a silhouette compares a point's cluster with the others, but there is "
                f"{counted(int(np.count_nonzero(sizes)), 'cluster')} with points; pass two or more"
            )
        self.clustering = clustering
        labels = clustering.labels[inside]
        if sample_size is not None and len(inside) > sample_size:
            chosen = sample_by_cluster(labels, clustering.k, sample_size, Draws(seed, 0))
            inside, labels = inside[chosen], labels[chosen]
        found = silhouette_samples(clustering.points[inside], labels)
        drawn = np.bincount(labels, minlength=clustering.k)
        share = np.divide(sizes, sizes.sum() * drawn, out=np.zeros(len(sizes)), where=drawn > 0)
        totals = np.bincount(labels, found, clustering.k)
        means = np.divide(totals, drawn, out=np.full(len(sizes), np.nan), where=drawn > 0)
        self.data_ = {
            "silhouettes": found,
            "labels": labels,
            "rows": inside,
            "sizes": sizes,
            "means": means,
            "mean": float(totals @ share),
            "negative": float(share[labels] @ (found < 0)),
        }

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        *,
        sample_size: int | None = SAMPLE,
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw the silhouettes of the clusters that a fitted clusterer finds in X.

        X (n, d); sample_size: points looked at, None for all, which costs O(n²·d); seed of the sample. Raises
        DataError (fewer than two clusters too), ParameterError.
        """
        return cls(Clustering.of_estimator(model, X), sample_size, seed).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        *,
        sample_size: int | None = SAMPLE,
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw the silhouettes of X under given labels; those of noise (-1) are left out."""
        return cls(Clustering.of_labels(X, labels), sample_size, seed).plot(ax, title=title)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        data = self.data_
        low, high = np.nanmin(data["means"]), np.nanmax(data["means"])
        return (
            f"Silhouettes of {self._looked_at} in {counted(self.clustering.k, 'cluster')}: "
            f"{data['mean']:.2f} on average, from {low:.2f} to {high:.2f} by cluster, "
            f"{100 * data['negative']:.0f} % below zero."
        )

    @property
    def _looked_at(self) -> str:
        m, n = len(self.data_["rows"]), int(self.data_["sizes"].sum())
        return counted(n, "point") if m == n else f"{m:,} of {counted(n, 'point')}"

    def _grid(self) -> Grid:
        return Grid(height=float(np.clip(2.4 + 0.16 * self.clustering.k, 3.2, 7.0)))

    def _title(self) -> str:
        data = self.data_
        return (
            f"Silhouettes by cluster: {data['mean']:.3f} on average, {100 * data['negative']:.1f} % of the "
            f"points below zero\n{self._looked_at}"
        )

    def _table(self) -> dict[str, Any]:
        names = np.array(self.clustering.names, dtype=object)
        data = self.data_
        return {"row": data["rows"], "cluster": names[data["labels"]], "silhouette": data["silhouettes"]}

    def bands(self) -> list[tuple[int, float, float]]:
        """Return (cluster, top, bottom) of each band from the top of the picture, 0, to its end, 1."""
        sizes = self.data_["sizes"]
        order = [j for j in np.argsort(-sizes, kind="stable").tolist() if sizes[j]]
        gap = GAP if len(order) <= 30 else GAP / 4
        room = 1.0 - gap * (len(order) - 1)
        # A band has the height of its cluster's share, but none is too thin to be seen.
        heights = np.maximum(sizes[order] / sizes.sum(), 0.002)
        heights *= room / heights.sum()
        tops = np.concatenate([[0.0], np.cumsum(heights + gap)[:-1]])
        return [(j, float(t), float(t + h)) for j, t, h in zip(order, tops, heights, strict=True)]

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        data = self.data_
        self.bands_, self.numbers_ = [], []
        least = min(0.0, float(data["silhouettes"].min()))
        for j, top, bottom in self.bands():
            values = np.sort(data["silhouettes"][data["labels"] == j])[::-1]
            heights = np.linspace(top, bottom, len(values) + 1)
            self.bands_.append(
                axes.fill_betweenx(
                    heights,
                    0.0,
                    np.append(values, values[-1]),
                    step="post",
                    facecolor=palette().color(j),
                    linewidth=0.0,
                )
            )
            self.numbers_.append(_name_of(axes, self.clustering.names[j], (top + bottom) / 2))
        self.mean_ = axes.axvline(data["mean"], color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
        axes.axvline(0.0, color=FAINT, linewidth=0.8)
        axes.set_xlim(least - 0.02 * (1 - least), 1.0)
        axes.set_ylim(1.0, 0.0)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("silhouette (dashed: mean)")

    def _settle(self) -> None:
        hide_overlapping(self.numbers_)


def _name_of(axes: Axes, name: str, height: float) -> Any:
    return axes.annotate(
        name if len(name) <= 12 else name[:11] + "…",
        (0.0, height),
        xycoords=("axes fraction", "data"),
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=8,
        annotation_clip=False,
    )
