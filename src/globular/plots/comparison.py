"""``ComparisonDisplay``: several clusterings of the same points, and how far they agree.

A panel for each model, in which clusters have the colour of those in the first that they share most points
with, and a table of how alike the models are, two by two: the adjusted Rand index (Hubert & Arabie 1985), 1
for the same clusters and about 0 for labels at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from globular.diagnostics.matching import confusion_table
from globular.errors import DataError
from globular.plots.cloud import draw_points, limits_of, raster_of
from globular.plots.clustering import NOISE, checked_points, coded, counted, labels_of
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.marks import shortened, without_frame
from globular.plots.plane import plane_of
from globular.plots.style import INK
from globular.problem import Array
from globular.selection.agreement import adjusted_rand
from globular.selection.compare import Comparison

COLUMNS = 4


class ComparisonDisplay(Display):
    """What each of several models makes of the same points, and a table of their agreement.

    Attributes
    ----------
    data_ : dict
        ``points`` (n, 2) float64 as seen; ``models`` (m,) str; ``labels`` (m, n) int64, numbered so that
        clusters which share most points with one of the first model have its number, -1 for noise;
        ``agreement`` (m, m) float64; ``n_clusters`` (m,) and ``noise`` (m,), share of the points.

    Examples
    --------
    >>> from globular.plots import ComparisonDisplay
    >>> X = [[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]]
    >>> display = ComparisonDisplay.from_labels(X, {"by hand": [0, 0, 1, 1], "other": ["b", "b", "a", "a"]})
    >>> display.describe()
    '4 points clustered by 2 models: by hand 2, other 2 clusters; agreement (adjusted Rand index) 1.00 to
    1.00.'
    """

    def __init__(self, X: Any, labelings: Mapping[str, npt.ArrayLike], verdict: str = "") -> None:
        if not labelings:
            raise DataError("there must be labels of at least one model")
        points = checked_points(X)
        self.verdict = verdict
        self.plane = plane_of(points, None)
        found = [coded(np.asarray(labels), len(points))[0] for labels in labelings.values()]
        labels = [found[0], *(_renumbered(found[0], other) for other in found[1:])]
        self.data_ = {
            "points": self.plane.coordinates(points),
            "models": np.array(list(labelings), dtype=object),
            "labels": np.array(labels),
            "agreement": np.array([[adjusted_rand(a, b) for b in labels] for a in labels]),
            "n_clusters": np.array([len(np.unique(a[a != NOISE])) for a in labels]),
            "noise": np.array([float(np.mean(a == NOISE)) for a in labels]),
        }

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, X: Any, *, ax: AxesLike | None = None, title: str | None = None
    ) -> Self:
        """Draw what :func:`globular.compare` found in X (n, d): the models that came to an end."""
        labelings = {m.name: m.labels for m in comparison.models if m.labels is not None}
        return cls(X, labelings, comparison.verdict).plot(ax, title=title)

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        *,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw fitted clusterers of X (n, d): one, several in a list, or a mapping of names to them."""
        if isinstance(model, Mapping):
            named = dict(model)
        else:
            several = list(model) if isinstance(model, Sequence) else [model]
            named = dict(zip(_names(several), several, strict=True))
        return cls(X, {name: labels_of(one, X) for name, one in named.items()}).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labelings: Mapping[str, npt.ArrayLike] | npt.ArrayLike,
        *,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw labels (n,) of X (n, d), a mapping of names to several."""
        named = labelings if isinstance(labelings, Mapping) else {"labels": labelings}
        return cls(X, named).plot(ax, title=title)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        data = self.data_
        m = len(data["models"])
        each = ", ".join(f"{name} {k}" for name, k in zip(data["models"], data["n_clusters"], strict=True))
        text = f"{counted(len(data['points']), 'point')} clustered by {counted(m, 'model')}: {each} clusters"
        if m == 1:
            return f"{text}."
        pairs = data["agreement"][np.triu_indices(m, 1)]
        return f"{text}; agreement (adjusted Rand index) {pairs.min():.2f} to {pairs.max():.2f}."

    def _grid(self) -> Grid:
        m = len(self.data_["models"])
        n = m + (m > 1)
        columns = 3 if n in (5, 6) else min(n, COLUMNS)
        return Grid(n, columns, width=max(2.3 * columns, 3.4), height=2.3 * -(-n // columns) + 0.5)

    def _title(self) -> str:
        m, n = len(self.data_["models"]), len(self.data_["points"])
        head = self.verdict or f"{counted(n, 'point')} by {counted(m, 'model')}"
        return "\n".join(filter(None, [head, self.plane.note]))

    def _table(self) -> dict[str, Any]:
        data = self.data_
        agreement = {
            f"agreement with {name}": data["agreement"][:, i] for i, name in enumerate(data["models"])
        }
        columns = {name: data[name] for name in ("n_clusters", "noise")}
        return {"model": data["models"], **columns, **agreement}

    def _draw(self, panels: list[Axes]) -> None:
        data = self.data_
        low, high = limits_of(data["points"])
        if self.plane.is_line:
            low[1], high[1] = 0.0, 1.0
        m, raster = len(data["models"]), raster_of(data["points"])
        for i, axes in enumerate(panels[:m]):
            size = {"s": 6} if len(data["points"]) > 200 else {}
            draw_points(axes, data["points"], data["labels"][i], raster=raster, **size)
            axes.set_xlim(low[0], high[0])
            axes.set_ylim(low[1], high[1])
            without_frame(axes)
            noise = f", {100 * data['noise'][i]:.0f} % noise" if data["noise"][i] else ""
            k = counted(int(data["n_clusters"][i]), "cluster")
            axes.set_title(f"{data['models'][i]}\n{k}{noise}", fontsize=8.5, pad=3)
        if m > 1:
            self._draw_agreement(panels[m])

    def _draw_agreement(self, axes: Axes) -> None:
        agreement, m = self.data_["agreement"], len(self.data_["models"])
        below = np.where(np.tri(m, k=-1, dtype=bool), agreement, np.nan)
        self.image_ = axes.imshow(below, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
        self.numbers_ = [
            axes.text(
                j,
                i,
                f"{agreement[i, j]:.2f}",
                ha="center",
                va="center",
                fontsize=7 if m <= 5 else 5.5,
                color="white" if agreement[i, j] > 0.75 else INK,
            )
            for i in range(m)
            for j in range(i)
        ]
        # A name on the diagonal ends its row and heads its column.
        self.names_ = [
            axes.text(i - 0.4, i, shortened(name, 20), ha="left", va="center", fontsize=6.5)
            for i, name in enumerate(self.data_["models"])
        ]
        axes.set_xlim(-0.5, m - 0.5 + 0.45 * m)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.set_title("agreement\n(adjusted Rand index)", fontsize=8.5, pad=3)


def _names(models: Sequence[Any]) -> list[str]:
    names = [type(model).__name__ for model in models]
    return [
        f"{name} {names[:i].count(name) + 1}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


def _renumbered(first: Array, other: Array) -> Array:
    """Number the clusters of `other` by those of `first` that they are matched with; the rest come after."""
    inside = other != NOISE
    if not inside.any() or not (first != NOISE).any():
        return other
    table = confusion_table(first[inside], other[inside])
    beyond = int(first.max()) + 1
    new = np.full(int(other.max()) + 2, NOISE)
    for cluster, place in zip(table.clusters.tolist(), table.stands_for.tolist(), strict=True):
        if place >= 0 and table.classes[place] >= 0:
            new[cluster] = table.classes[place]
        else:
            new[cluster] = beyond
            beyond += 1
    return new[other]
