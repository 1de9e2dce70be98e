"""``ConfusionDisplay``: clusters against known classes, matched first.

The number of a cluster means nothing; which class each stands for is found by ``globular.confusion_table``,
one-to-one so that most rows are right, or by each cluster's most frequent class as the *Python Data Science
Handbook* does. There may be more clusters than classes, or fewer.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from globular.diagnostics.matching import Method, confusion_table
from globular.plots.clustering import counted, labels_of
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.style import INK

MOST_CELLS_WITH_NUMBERS = 625
LONGEST = 14


class ConfusionDisplay(Display):
    """A table of classes by clusters, shaded by the share of the class; what counts as right is framed.

    Attributes
    ----------
    data_ : dict
        ``counts`` (n_classes, n_clusters) int64; ``classes`` (n_classes,) and ``clusters`` (n_clusters,), the
        values in the order drawn; ``stands_for`` (n_clusters,) int64, the index of each cluster's class, -1
        for none; ``accuracy`` float.

    Examples
    --------
    >>> from globular.plots import ConfusionDisplay
    >>> display = ConfusionDisplay.from_labels(["a", "a", "b", "b", "b"], [1, 1, 0, 0, 1])
    >>> display.describe()
    '2 classes against 2 clusters, matched one-to-one: 4 of 5 rows are right, 80.0 %.'
    """

    def __init__(self, y_true: npt.ArrayLike, labels: npt.ArrayLike, method: Method = "hungarian") -> None:
        self.table = table = confusion_table(y_true, labels, method)
        self.data_ = {
            "counts": table.counts,
            "classes": table.classes,
            "clusters": table.clusters,
            "stands_for": table.stands_for,
            "accuracy": table.accuracy,
        }

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: npt.ArrayLike,
        *,
        method: Method = "hungarian",
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw the clusters that a fitted clusterer finds in X (n, d) against classes y (n,).

        method: 'hungarian' (one-to-one) or 'mode'. Raises DataError, ParameterError.
        """
        return cls(y, labels_of(model, X), method).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        y_true: npt.ArrayLike,
        labels: npt.ArrayLike,
        *,
        method: Method = "hungarian",
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw classes (n,) against labels (n,), both of any kind that sorts."""
        return cls(y_true, labels, method).plot(ax, title=title)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        table = self.table
        classes, clusters = len(table.classes), len(table.clusters)
        return (
            f"{classes} class{'es' * (classes != 1)} against {counted(clusters, 'cluster')}, {self._how}: "
            f"{table.n_right:,} of {counted(int(table.counts.sum()), 'row')} are right, "
            f"{100 * table.accuracy:.1f} %."
        )

    @property
    def _how(self) -> str:
        return (
            "matched one-to-one"
            if self.table.method == "hungarian"
            else "each cluster its most frequent class"
        )

    def _grid(self) -> Grid:
        rows, columns = self.data_["counts"].shape
        return Grid(
            width=float(np.clip(2.0 + 0.4 * columns, 3.6, 9.0)),
            height=float(np.clip(1.8 + 0.36 * rows, 3.0, 8.5)),
        )

    def _title(self) -> str:
        return f"{100 * self.table.accuracy:.1f} % right\n{self._how}"

    def _table(self) -> dict[str, Any]:
        counts, classes, clusters = (self.data_[name] for name in ("counts", "classes", "clusters"))
        return {
            "class": np.repeat(classes, len(clusters)),
            "cluster": np.tile(clusters, len(classes)),
            "count": counts.ravel(),
        }

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        counts, stands_for = self.data_["counts"], self.data_["stands_for"]
        rows, columns = counts.shape
        totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
        share = counts / totals
        self.image_ = axes.imshow(share, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
        self.numbers_ = []
        if counts.size <= MOST_CELLS_WITH_NUMBERS:
            widest = len(f"{int(counts.max())}")
            font = float(
                np.clip(min(8.5, 250 / max(columns, rows), 190 / columns / max(widest, 1) * 2.2), 3.5, 8.5)
            )
            for i in range(rows):
                for j in np.flatnonzero(counts[i]).tolist():
                    dark = share[i, j] > 0.6
                    self.numbers_.append(
                        axes.text(
                            j,
                            i,
                            str(counts[i, j]),
                            ha="center",
                            va="center",
                            fontsize=font,
                            color="white" if dark else INK,
                        )
                    )
        self.frames_ = [
            axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=1.4))
            for j, i in enumerate(stands_for.tolist())
            if i >= 0 and counts[i, j]
        ]
        _name(axes.set_xticks, self.data_["clusters"])
        _name(axes.set_yticks, self.data_["classes"])
        if max((len(str(name)) for name in self.data_["clusters"]), default=0) > 3:
            axes.tick_params(axis="x", labelrotation=90)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0)
        axes.set_xlabel("cluster")
        axes.set_ylabel("class")


def _name(set_ticks: Any, names: Any) -> None:
    """Name rows or columns; every second, third ... where there are many."""
    step = -(-len(names) // 40)
    shown = [str(name) for name in names[::step]]
    set_ticks(
        np.arange(0, len(names), step),
        [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in shown],
    )
