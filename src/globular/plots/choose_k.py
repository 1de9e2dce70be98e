"""``ChooseKDisplay``: what speaks for which number of clusters, side by side.

One small panel for each criterion that ``choose_k`` looked at, over k, and the verdict above. The cost has no
best value and gets no mark: it always falls, and its elbow is in the eye of the beholder (Schubert 2023).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, MaxNLocator

from globular.palette import palette
from globular.plots.clustering import Clustering
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.style import FAINT, RULE
from globular.problem import Array
from globular.selection.choice import KChoice
from globular.selection.choose import DEFAULT_RANGE, choose_k
from globular.selection.seed import RandomState
from globular.selection.stability import STABLE

PANELS = (
    ("cost", "cost", "always falls: no verdict"),
    ("silhouette", "silhouette", "more is better"),
    ("gap", "gap", "more is better"),
    ("stability", "stability", "of the least stable cluster"),
    ("calinski_harabasz", "Calinski–Harabasz", "more is better"),
    ("davies_bouldin", "Davies–Bouldin", "less is better"),
    ("bic", "BIC", "less is better"),
)


class ChooseKDisplay(Display):
    """The criteria over k, what is best by each, and the number of clusters that was picked.

    Attributes
    ----------
    data_ : dict
        The table of the :class:`globular.KChoice`, column by column, (m,) each.
    choice : KChoice
        The choice itself: ``choice.k``, ``choice.verdict``.

    Examples
    --------
    >>> import numpy as np
    >>> from globular.plots import ChooseKDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = np.vstack([rng.normal(size=(50, 2)) + [0, 10 * j] for j in range(3)])
    >>> ChooseKDisplay.from_data(X, range(1, 7), random_state=0).describe()
    'Criteria over k from 1 to 6; 3: best on six of six criteria, every cluster stable.'
    """

    def __init__(self, choice: KChoice, own: int | None = None) -> None:
        self.choice, self.own = choice, own
        self.data_ = {name: np.asarray(column) for name, column in choice.table.items()}

    @classmethod
    def from_choice(cls, choice: KChoice, *, ax: AxesLike | None = None, title: str | None = None) -> Self:
        """Draw what :func:`globular.choose_k` returned."""
        return cls(choice).plot(ax, title=title)

    @classmethod
    def from_data(
        cls,
        X: Any,
        k_range: Iterable[int] = DEFAULT_RANGE,
        *,
        random_state: RandomState = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Call :func:`globular.choose_k` and draw what it found; the work is its own, see there."""
        return cls(choose_k(X, k_range, random_state=random_state)).plot(ax, title=title)

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        k_range: Iterable[int] = DEFAULT_RANGE,
        *,
        random_state: RandomState = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Like `from_data`, with the number of clusters that a fitted clusterer has marked beside."""
        own = Clustering.of_estimator(model, X).k
        return cls(choose_k(X, k_range, random_state=random_state), own).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        k_range: Iterable[int] = DEFAULT_RANGE,
        *,
        random_state: RandomState = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Like `from_data`, with the number of clusters that labels have marked beside."""
        own = Clustering.of_labels(X, labels).k
        return cls(choose_k(X, k_range, random_state=random_state), own).plot(ax, title=title)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        ks = self.data_["k"]
        return f"Criteria over k from {ks[0]} to {ks[-1]}; {self.choice.verdict.rstrip('.')}."

    @property
    def panels(self) -> list[tuple[str, str, str]]:
        """(column, name, what is better) of the criteria that have a value somewhere."""
        shown = [p for p in PANELS if p[0] in self.data_ and np.isfinite(self.data_[p[0]]).any()]
        return shown or [PANELS[0]]

    def _grid(self) -> Grid:
        n = len(self.panels)
        columns = min(n, 4)
        rows = -(-n // columns)
        return Grid(n, columns, width=max(2.35 * columns, 3.4), height=2.0 * rows + 0.5)

    def _title(self) -> str:
        signs = ["★ best by the criterion"] if self.choice.best_by else []
        signs += ["grey: the pick"] if self.choice.k is not None else []
        signs += ["dashed: the clusters there are"] if self.own is not None else []
        return f"How many clusters? {self.choice.verdict}\n{'; '.join(signs)}".rstrip()

    def _table(self) -> dict[str, Any]:
        return dict(self.data_)

    def _draw(self, panels: list[Axes]) -> None:
        ks = self.data_["k"]
        self.lines_ = {}
        for axes, (column, name, better) in zip(panels, self.panels, strict=True):
            values = self.data_[column]
            if self.choice.k is not None:
                axes.axvspan(self.choice.k - 0.4, self.choice.k + 0.4, color=RULE, zorder=0, linewidth=0)
            if self.own is not None:
                axes.axvline(self.own, color=FAINT, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
            there = np.isfinite(values)
            errors = self.data_.get(f"{column}_error")
            if errors is not None and np.nanmax(errors, initial=0.0) > 0:
                axes.errorbar(
                    ks[there],
                    values[there],
                    yerr=np.nan_to_num(errors[there]),
                    fmt="none",
                    ecolor=FAINT,
                    capsize=2,
                )
            (self.lines_[column],) = axes.plot(
                ks[there],
                values[there],
                color=palette().color(0),
                marker="o",
                markersize=3.2,
                linewidth=1.2,
                linestyle="-" if _has_no_hole(there) else "",  # nothing was looked at between
            )
            best = self.choice.best_by.get(column)
            if best is not None and best in ks:
                axes.plot(
                    [best],
                    values[ks == best],
                    marker="*",
                    markersize=11,
                    color=palette().color(3),
                    markeredgecolor="black",
                    markeredgewidth=0.5,
                    linestyle="",
                    zorder=4,
                )
            if column == "stability":
                axes.axhline(STABLE, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.set_title(name, fontsize=9, pad=13)
            axes.text(0.0, 1.02, better, transform=axes.transAxes, fontsize=7, color=FAINT, va="bottom")
            axes.set_xlim(ks[0] - 0.6, ks[-1] + 0.6)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
            axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
            if there.any() and np.abs(values[there]).max() >= 1e4:
                axes.yaxis.set_major_formatter(EngFormatter(sep=""))  # 2.5M, where digits would take the room
            axes.tick_params(labelsize=7)
            axes.set_xlabel("k", fontsize=8, labelpad=1)


def _has_no_hole(there: Array) -> bool:
    """Whether values stand side by side, (m,) bool."""
    return bool(np.count_nonzero(np.diff(there.astype(np.int8), prepend=0) > 0) <= 1)
