"""``ClusterTreeDisplay``: how clusters split from k to k + 1.

A row of nodes for each number of clusters; the area of a node says how many points the cluster has. A line
goes from a cluster to one of the next row if they share points, and is as wide as these are many. Clusters
that are there stay whole from row to row; those that are cut out of noise are made of pieces of many. The
order within a row keeps lines from crossing where it can. Zappia & Oshlack, "Clustering trees" (2018).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from globular.em import check_size
from globular.errors import DataError, ParameterError
from globular.palette import palette
from globular.plots.clustering import Clustering, checked_points, coded, counted, sizes_of
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.marks import hide_overlapping, ink_on, shortened
from globular.problem import Array, Problem
from globular.selection.choice import KChoice
from globular.selection.path import Path

MOST_ROWS = 8
FAINTEST = 0.02  # of a cluster's points: lines of fewer are not drawn
MOST_NAMED = 30  # nodes of a row, for which there is room to be named
SWEEPS = 4
WIDEST = 14.0  # points, of the line of all points


class ClusterTreeDisplay(Display):
    """A tree of clusterings, from few clusters at the top to many at the bottom.

    Attributes
    ----------
    data_ : dict
        ``ks`` (m,) int64; ``sizes``, a list of m arrays (k,) int64; ``shared``, a list of m - 1 arrays (k,
        k') int64, points that a cluster shares with one of the next row; ``places``, a list of m arrays (k,)
        float64 from 0 to 1, where each node stands.

    Examples
    --------
    >>> from globular.plots import ClusterTreeDisplay
    >>> display = ClusterTreeDisplay.from_labels({1: [0, 0, 0, 0], 2: [0, 0, 1, 1]})
    >>> display.describe()
    'How 4 points split into 1, 2 clusters: 2 of 2 clusters have all their points from one cluster above.'
    """

    def __init__(
        self,
        labelings: Mapping[int, npt.ArrayLike] | Sequence[npt.ArrayLike],
        last: Sequence[str] | None = None,
    ) -> None:
        given = list(labelings.values()) if isinstance(labelings, Mapping) else list(labelings)
        if not given:
            raise DataError("there must be at least one array of labels")
        arrays = [np.asarray(labels) for labels in given]
        found = [coded(labels, len(arrays[0])) for labels in arrays]
        if last is not None:  # its numbers are places in these names, of which some may have no point
            found[-1] = (arrays[-1].astype(np.int64), tuple(last))
        found.sort(key=lambda pair: len(pair[1]))
        self.n = len(arrays[0])
        self.names = [names for _, names in found]
        codes = [labels for labels, _ in found]
        ks = [len(names) for names in self.names]
        sizes = [sizes_of(labels, k) for labels, k in zip(codes, ks, strict=True)]
        shared = [_shared(codes[i], codes[i + 1], ks[i], ks[i + 1]) for i in range(len(ks) - 1)]
        self.data_ = {
            "ks": np.array(ks),
            "sizes": sizes,
            "shared": shared,
            "places": _places(sizes, shared),
            "colors": _colors(sizes, shared),
        }

    @classmethod
    def from_labels(
        cls,
        labelings: Mapping[int, npt.ArrayLike] | Sequence[npt.ArrayLike],
        *,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw several labelings of the same points, (n,) each; rows go by their number of clusters."""
        return cls(labelings).plot(ax, title=title)

    @classmethod
    def from_choice(cls, choice: KChoice, *, ax: AxesLike | None = None, title: str | None = None) -> Self:
        """Draw the fits that :func:`globular.choose_k` made on its way."""
        if not choice.results:
            raise DataError("this KChoice has no fits in .results; pass one that choose_k returned")
        return cls({k: result.labels for k, result in choice.results.items()}).plot(ax, title=title)

    @classmethod
    def from_data(
        cls,
        X: Any,
        k_range: Iterable[int] = range(1, 7),
        *,
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Fit k-means to X (n, d) for every k of a range and draw how the clusters split."""
        return cls(_fitted(checked_points(X), k_range, seed)).plot(ax, title=title)

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        k_range: Iterable[int] | None = None,
        *,
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw how a fitted clusterer's clusters come about: k-means with fewer above, its own below.

        k_range: the numbers of clusters above; by default up to seven, from 1 to below the model's. Raises
        DataError, ParameterError.
        """
        return cls._grown(Clustering.of_estimator(model, X), k_range, seed).plot(ax, title=title)

    @classmethod
    def from_clusters(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        k_range: Iterable[int] | None = None,
        *,
        seed: int = 0,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw how given clusters of X (n, d) come about: like `from_estimator`, from their labels (n,)."""
        return cls._grown(Clustering.of_labels(X, labels), k_range, seed).plot(ax, title=title)

    @classmethod
    def _grown(cls, clustering: Clustering, k_range: Iterable[int] | None, seed: int) -> Self:
        below = [k for k in (k_range if k_range is not None else _steps(clustering.k)) if k < clustering.k]
        above = _fitted(clustering.points, below, seed) if below else {}
        return cls([*above.values(), clustering.labels], last=clustering.names)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        ks = ", ".join(map(str, self.data_["ks"]))
        text = (
            f"How {counted(self.n, 'point')} split into {ks} cluster{'s' * (int(self.data_['ks'][-1]) != 1)}"
        )
        if not self.data_["shared"]:
            return f"{text}."
        last = self.data_["shared"][-1]
        whole = int(np.count_nonzero((last > 0).sum(axis=0) == 1))
        of_all = f"{whole} of {counted(last.shape[1], 'cluster')}"
        return f"{text}: {of_all} have all their points from one cluster above."

    def _grid(self) -> Grid:
        ks = self.data_["ks"]
        return Grid(
            width=float(np.clip(3.5 + 0.3 * int(ks.max()), 4.5, 9.5)),
            height=float(np.clip(1.2 + 0.75 * len(ks), 2.4, 7.0)),
        )

    def _title(self) -> str:
        ks = self.data_["ks"]
        return (
            f"{counted(self.n, 'point')} in {ks[0]} to {ks[-1]} clusters"
            if len(ks) > 1
            else counted(self.n, "point")
        )

    def _table(self) -> dict[str, Any]:
        rows = [
            (
                int(self.data_["ks"][i]),
                self.names[i][a],
                int(self.data_["ks"][i + 1]),
                self.names[i + 1][b],
                int(n),
            )
            for i, shared in enumerate(self.data_["shared"])
            for (a, b), n in np.ndenumerate(shared)
            if n
        ]
        columns = ("k", "cluster", "next_k", "next_cluster", "points")
        return {name: [row[c] for row in rows] for c, name in enumerate(columns)}

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        ks, sizes, places = self.data_["ks"], self.data_["sizes"], self.data_["places"]
        self.lines_, self.nodes_, self.numbers_ = [], [], []
        for i, shared in enumerate(self.data_["shared"]):
            a, b = np.nonzero(shared > FAINTEST * np.maximum(sizes[i + 1], 1))
            counts = shared[a, b]
            segments = np.stack(
                [
                    np.column_stack([places[i][a], np.full(len(a), i)]),
                    np.column_stack([places[i + 1][b], np.full(len(b), i + 1)]),
                ],
                axis=1,
            )
            incoming = counts / np.maximum(sizes[i + 1][b], 1)
            colors = np.zeros((len(a), 4))
            colors[:, 3] = 0.15 + 0.45 * incoming
            lines = LineCollection(
                list(segments), linewidths=np.maximum(WIDEST * counts / self.n, 0.5), colors=colors, zorder=1
            )
            self.lines_.append(axes.add_collection(lines, autolim=False))
        for i, (row, at, names) in enumerate(zip(sizes, places, self.names, strict=True)):
            named = len(row) <= MOST_NAMED
            shades = [palette().color(j) for j in self.data_["colors"][i]]
            self.nodes_.append(
                axes.scatter(
                    at,
                    np.full(len(at), i),
                    s=(170 if named else 20) + 600 * row / self.n,
                    c=shades,
                    edgecolor="white",
                    linewidths=0.8,
                    zorder=3,
                )
            )
            for x, name, color in zip(at, names, shades, strict=True):
                if named:
                    self.numbers_.append(
                        axes.text(
                            x,
                            i,
                            shortened(name, 6),
                            ha="center",
                            va="center_baseline",
                            fontsize=7,
                            color=ink_on(color),
                            zorder=4,
                        )
                    )
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(len(ks) - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks(np.arange(len(ks)), [str(k) for k in ks])
        axes.set_ylabel("number of clusters")
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    def _settle(self) -> None:
        hide_overlapping(self.numbers_)


def _shared(above: Array, below: Array, k_above: int, k_below: int) -> Array:
    """Return how many points each pair of clusters shares, (k_above, k_below) int64; noise does not count."""
    both = (above >= 0) & (below >= 0)
    cells = above[both] * k_below + below[both]
    return np.bincount(cells, minlength=k_above * k_below).reshape(k_above, k_below)


def _places(sizes: Sequence[Array], shared: Sequence[Array]) -> list[Array]:
    """Stand every node near those that it shares points with. Sugiyama's barycenters (1981), up and down."""
    places = [(np.arange(len(row)) + 0.5) / len(row) for row in sizes]
    for _ in range(SWEEPS):
        for i, row in enumerate(shared):
            places[i + 1] = _ranked(places[i] @ row, row.sum(axis=0))
        for i in range(len(shared) - 1, -1, -1):
            places[i] = _ranked(shared[i] @ places[i + 1], shared[i].sum(axis=1))
    for i, row in enumerate(shared):
        places[i + 1] = _ranked(places[i] @ row, row.sum(axis=0))
    return places


def _ranked(totals: Array, weights: Array) -> Array:
    """Return places from 0 to 1, evenly spread, in the order of totals / weights."""
    middle = np.divide(totals, weights, out=np.full(len(totals), 0.5), where=weights > 0)
    places = np.empty(len(totals))
    places[np.argsort(middle, kind="stable")] = (np.arange(len(totals)) + 0.5) / len(totals)
    return places


def _colors(sizes: Sequence[Array], shared: Sequence[Array]) -> list[Array]:
    """Return numbers of colours: those of the last row are its own, and each node above has a child's.

    Nodes and children are matched one-to-one so that most points keep their colour.
    """
    from scipy.optimize import linear_sum_assignment

    colors = [np.arange(len(sizes[-1]))]
    for row in reversed(shared):
        above, below = linear_sum_assignment(row, maximize=True)
        kept = np.arange(len(row))
        kept[above] = colors[0][below]
        colors.insert(0, kept)
    return colors


def _steps(k: int) -> list[int]:
    """Numbers of clusters below k: all of them, or about evenly by ratio where there are many."""
    if k <= MOST_ROWS:
        return list(range(1, k))
    return sorted({round(x) for x in np.geomspace(1, k, MOST_ROWS)[:-1].tolist()})


def _fitted(points: Array, k_range: Iterable[int], seed: int) -> dict[int, Array]:
    ks = sorted(set(k_range))
    if not ks or ks[0] < 1:
        raise ParameterError(f"k_range={k_range!r}, but it must be whole numbers of at least 1: range(1, 7)")
    problem = Problem.checked(points)
    check_size(problem, ks[-1])
    results = Path(problem, seed).fit(ks)
    return {k: results[k].labels for k in ks}
