"""``RestartsDisplay``: where k-means ends, over and over: the first caveat as a picture.

k-means finds a local optimum, and which one depends on the first centers. Run from many starts, the final
costs pile up at a few values. The picture shows how often each was reached, and so how many starts it takes
to miss the best of them with small odds: with a share p of the starts there, R starts all miss with (1 -
p)^R.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from globular.em import fit
from globular.errors import DataError, ParameterError
from globular.palette import palette
from globular.plots.clustering import Clustering, checked_points, counted
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.style import INK
from globular.problem import Array, Problem

RESTARTS = 50
SAME = 1e-6  # costs that differ by less, relatively, are one optimum
MISSED = 0.01
BINS = 40


class RestartsDisplay(Display):
    """The final costs of many starts, how often each was reached, and where the model's own cost lies.

    Attributes
    ----------
    data_ : dict
        ``costs`` (r,) float64, in data units², ascending; ``best`` float; ``n_best`` int, starts that ended
        within a millionth of the best; ``own`` float, the cost of the model or labels, NaN if there is none.

    Examples
    --------
    >>> from globular.plots import RestartsDisplay
    >>> display = RestartsDisplay.from_costs([4.0, 1.0, 1.0, 4.0, 1.0])
    >>> display.describe()
    'Final costs of 5 starts, from 1 to 4: 3 reached the lowest; about 6 starts miss it with odds below 1 %.'
    """

    def __init__(self, costs: npt.ArrayLike, own: float = math.nan, *, own_is: str = "model") -> None:
        array = np.sort(np.asarray(costs, dtype=np.float64).ravel())
        if len(array) == 0 or not np.isfinite(array).all():
            raise DataError("costs must be finite numbers, one a start, and at least one")
        self.own_is = own_is
        self.data_ = {
            "costs": array,
            "best": float(array[0]),
            "n_best": int(np.count_nonzero(array <= array[0] + SAME * abs(array[0]))),
            "own": float(own),
        }

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        *,
        n_restarts: int = RESTARTS,
        init: str | None = None,
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Run k-means on X (n, d) from many starts, with as many clusters as a fitted clusterer has.

        init: 'k-means++' or 'random'; by default the model's own, or 'k-means++' if it has another. The cost
        of the model's own clusters is marked. Raises DataError, ParameterError.
        """
        clustering = Clustering.of_estimator(model, X)
        named = getattr(model, "init", None)
        chosen = init or (
            named if isinstance(named, str) and named in ("k-means++", "random") else "k-means++"
        )
        costs = costs_of(clustering.points, clustering.k, n_restarts, chosen, seed)
        return cls(costs, _cost(clustering), own_is="model").plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        *,
        n_restarts: int = RESTARTS,
        init: str = "k-means++",
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Run k-means on X from many starts, with as many clusters as labels have; their cost is marked."""
        clustering = Clustering.of_labels(X, labels)
        costs = costs_of(clustering.points, clustering.k, n_restarts, init, seed)
        return cls(costs, _cost(clustering), own_is="labels").plot(ax, title=title)

    @classmethod
    def from_data(
        cls,
        X: Any,
        n_clusters: int,
        *,
        n_restarts: int = RESTARTS,
        init: str = "k-means++",
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Run k-means on X (n, d) from many starts and draw where they end."""
        return cls(costs_of(checked_points(X), n_clusters, n_restarts, init, seed)).plot(ax, title=title)

    @classmethod
    def from_costs(
        cls,
        costs: npt.ArrayLike,
        own: float = math.nan,
        *,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw final costs (r,) that are known already, of any program; `own` is marked if given."""
        return cls(costs, own).plot(ax, title=title)

    @property
    def n_enough(self) -> int | None:
        """Starts after which the best seen here is missed with odds below 1 %; None if all reached it."""
        share = self.data_["n_best"] / len(self.data_["costs"])
        return None if share == 1.0 else math.ceil(math.log(MISSED) / math.log1p(-share))

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        costs, n_best = self.data_["costs"], self.data_["n_best"]
        r = len(costs)
        if self.n_enough is None:
            return f"Final costs of {counted(r, 'start')}: all end at {costs[0]:.6g}."
        return (
            f"Final costs of {counted(r, 'start')}, from {costs[0]:.6g} to {costs[-1]:.6g}: {n_best:,} "
            f"reached the lowest; about {counted(self.n_enough, 'start')} miss it with odds below 1 %."
        )

    def _grid(self) -> Grid:
        return Grid(height=3.2)

    def _title(self) -> str:
        r, n_best = len(self.data_["costs"]), self.data_["n_best"]
        if self.n_enough is None:
            return f"{counted(r, 'start')}: all end at the same cost"
        return (
            f"{counted(r, 'start')}: {n_best:,} reached the lowest cost seen\n"
            f"by this estimate {counted(self.n_enough, 'start')} miss it with odds below 1 %"
        )

    def _table(self) -> dict[str, Any]:
        return {"cost": self.data_["costs"]}

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        costs, own = self.data_["costs"], self.data_["own"]
        low, high = float(costs[0]), float(np.nanmax([costs[-1], own]))
        if high - low <= SAME * abs(high):
            half = 0.05 * abs(high) or 1.0
            low, high = low - half, high + half
        edges = np.linspace(low, high, BINS + 1)
        counts, _ = np.histogram(np.clip(costs, low, high), edges)
        width = edges[1] - edges[0]
        best = costs <= costs[0] + SAME * abs(costs[0])
        in_best, _ = np.histogram(np.clip(costs[best], low, high), edges)
        middles = edges[:-1] + width / 2
        rest = counts - in_best
        others = "other starts" if rest.any() else "_none"  # matplotlib leaves out what begins with _
        self.bars_ = axes.bar(middles, rest, width=0.9 * width, color=palette().noise, label=others)
        self.best_ = axes.bar(
            middles,
            in_best,
            bottom=rest,
            width=0.9 * width,
            color=palette().color(0),
            hatch="////",
            edgecolor="white",
            linewidth=0.0,
            label="lowest cost",
        )
        if math.isfinite(own):
            self.own_ = axes.axvline(
                own, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label=f"the {self.own_is}"
            )
        axes.ticklabel_format(axis="x", useOffset=False)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.set_xlabel("final cost (squared distances, summed)")
        axes.set_ylabel("starts")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def costs_of(points: Array, k: int, n_restarts: int, init: str, seed: int) -> Array:
    """Return the final costs of as many starts, (n_restarts,) float64. Raises ParameterError."""
    if isinstance(n_restarts, bool) or n_restarts < 1:
        raise ParameterError(f"n_restarts={n_restarts!r}, but it must be a whole number of at least 1")
    result = fit(Problem.checked(points), k, seeding=init, n_init=n_restarts, tol=0.0, seed=seed)
    return np.array(result.costs)


def _cost(clustering: Clustering) -> float:
    """The points' squared distances to the centers of their clusters, added up; NaN if some have none."""
    if clustering.n_noise:
        return math.nan
    total = 0.0
    for first in range(0, clustering.n, 1 << 16):
        block = slice(first, first + (1 << 16))
        away = clustering.points[block] - clustering.centers[clustering.labels[block]]
        total += float(np.einsum("ij,ij->", away, away))
    return total
