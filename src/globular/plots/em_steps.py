"""``EMStepsDisplay``: k-means at work, half step by half step, as the chapter draws it.

The k-means chapter of VanderPlas' *Python Data Science Handbook* explains expectation–maximization by a strip
of pictures: first centers; E, every point takes the colour of its nearest center; M, every center moves to
the mean of its points; and again, until nothing moves. Here is that strip for any points and any start, with
the cost in every panel, and the same as an animation.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib import pyplot as plt
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch

from globular.centers import as_array
from globular.em import em_steps
from globular.engines.memory import MemoryEngine
from globular.errors import OutputError, ParameterError
from globular.plots.cloud import draw_points, limits_of, raster_of
from globular.plots.clustering import NOISE, Clustering, checked_points, counted
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.marks import BESIDE_A_NUMBER, draw_centers, hide_overlapping, without_frame
from globular.plots.plane import plane_of
from globular.plots.style import FAINT, INK, styled
from globular.problem import Array, Problem
from globular.seeding import Draws
from globular.seeding.plus_plus import PlusPlus
from globular.step import HalfStep

MOST_PANELS = 8
COLUMNS = 4


class EMStepsDisplay(Display):
    """A strip of the start, the E- and M-steps, and the end; M-steps with an arrow from old to new centers.

    A run of more half steps than there are panels shows the first ones and the last.

    Attributes
    ----------
    data_ : dict
        ``points`` (n, 2) float64 as seen; of the m half steps that were made: ``t`` (m,) int64, ``kind`` (m,)
        str 'E' or 'M', ``cost`` (m,) float64 (data units²), ``n_changed`` (m,) int64, ``labels`` (m, n)
        int32, ``before`` and ``centers`` (m, k, 2) as seen.
    shown_ : tuple of int
        Which half steps have a panel, after the panel of the start.

    Examples
    --------
    >>> from globular.plots import EMStepsDisplay
    >>> display = EMStepsDisplay.from_data([[0.0], [1.0], [5.0]], [[0.0], [1.0]])
    >>> display.describe()
    'k-means on 3 points from 2 first centers: after 3 E-steps no center moves; the cost fell from 16 to 0.5.'
    """

    def __init__(
        self, X: Any, centers: npt.ArrayLike, *, max_iter: int = 300, panels: int = MOST_PANELS
    ) -> None:
        if panels < 2:
            raise ParameterError(f"panels={panels!r}, but it must be at least 2: the start and the end")
        points = checked_points(X)
        names = getattr(X, "columns", None)
        self.plane = plane_of(points, None if names is None else tuple(map(str, names)))
        self.halves = tuple(em_steps(points, centers, max_iter=max_iter))
        halves, self.k = self.halves, len(self.halves[0].centers)
        shown = list(range(len(halves)))
        self.shown_ = tuple(shown if len(shown) < panels else [*shown[: panels - 2], shown[-1]])
        self.data_ = {
            "points": self.plane.coordinates(points),
            "t": np.array([h.t for h in halves]),
            "kind": np.array([h.kind for h in halves]),
            "cost": np.array([h.cost for h in halves]),
            "n_changed": np.array([len(h.changed) for h in halves]),
            "labels": np.array([h.labels for h in halves]),
            "before": np.array([self._seen(h.before) for h in halves]),
            "centers": np.array([self._seen(h.centers) for h in halves]),
        }

        low, high = limits_of(
            self.data_["points"], self.data_["centers"].reshape(-1, 2), self.data_["before"][0]
        )
        if self.plane.is_line:
            low[1], high[1] = 0.0, 1.0
        self._limits, self._raster = (low, high), raster_of(self.data_["points"])

    def _seen(self, centers: Array) -> Array:
        seen = self.plane.coordinates(centers)
        if self.plane.is_line:  # one above the other, so that arrows along the line stay apart
            seen[:, 1] = (np.arange(len(seen)) + 1) / (len(seen) + 1)
        return seen

    @classmethod
    def from_data(
        cls,
        X: Any,
        centers: npt.ArrayLike | int,
        *,
        seed: int = 0,
        max_iter: int = 300,
        panels: int = MOST_PANELS,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw k-means on X (n, d) from first centers (k, d), or from as many as k-means++ picks.

        centers: an array, or a whole number with `seed` for the draws; max_iter: most E-steps; panels: most
        panels in the strip. Raises DataError, ParameterError.
        """
        start = _drawn(X, int(centers), seed) if isinstance(centers, int | np.integer) else centers
        return cls(X, start, max_iter=max_iter, panels=panels).plot(ax, title=title)

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        *,
        centers: npt.ArrayLike | None = None,
        seed: int = 0,
        max_iter: int = 300,
        panels: int = MOST_PANELS,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw k-means on X with as many clusters as a fitted clusterer has.

        It starts from `centers`, else from the model's own ``init`` if that is an array, else from k-means++
        draws of `seed`: a fitted model no longer knows which first centers it drew.
        """
        start = centers
        init = getattr(model, "init", None)
        if start is None and init is not None and not isinstance(init, str) and not callable(init):
            start = init
        if start is None:
            start = _drawn(X, Clustering.of_estimator(model, X).k, seed)
        return cls(X, start, max_iter=max_iter, panels=panels).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        *,
        max_iter: int = 300,
        panels: int = MOST_PANELS,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw k-means on X from the means of the clusters that labels make: what it would do with them."""
        centers = Clustering.of_labels(X, labels).centers
        return cls(X, centers, max_iter=max_iter, panels=panels).plot(ax, title=title)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        data, last = self.data_, self.halves[-1]
        still = np.array_equal(last.before, last.centers)
        n, k = counted(len(data["points"]), "point"), counted(self.k, "first center")
        end = "no center moves" if still else "centers still move"
        return (
            f"k-means on {n} from {k}: after {counted(last.t, 'E-step')} {end}; "
            f"the cost fell from {data['cost'][0]:.4g} to {data['cost'][-1]:.4g}."
        )

    def _grid(self) -> Grid:
        n = len(self.shown_) + 1
        columns = n if n <= COLUMNS + 1 else COLUMNS
        rows = -(-n // columns)
        return Grid(
            n,
            columns,
            width=max(2.35 * columns, 3.0),
            height=(1.5 if self.plane.is_line else 2.2) * rows + 0.4,
        )

    def _title(self) -> str:
        last = self.halves[-1]
        still = np.array_equal(last.before, last.centers)
        end = f"no center moves in step {last.t}" if still else f"stopped after step {last.t}"
        head = f"Expectation–maximization: {end}, cost {self.data_['cost'][-1]:.4g}"
        return "\n".join(filter(None, [head, self.plane.note]))

    def _table(self) -> dict[str, Any]:
        return {name: self.data_[name] for name in ("t", "kind", "cost", "n_changed")}

    def _draw(self, panels: list[Axes]) -> None:
        self.numbers_: list[Any] = []
        self.arrows_: list[Any] = []
        for i, axes in enumerate(panels):
            self._panel(axes, None if i == 0 else self.shown_[i - 1])
        columns = self._grid().columns
        for i in range(1, len(panels)):
            if i % columns:
                kind = self.halves[self.shown_[i - 1]].kind
                skipped = i > 1 and self.shown_[i - 1] - self.shown_[i - 2] > 1
                self.arrows_.append(_between(panels[i - 1], panels[i], "…" if skipped else kind))

    def _panel(self, axes: Axes, which: int | None, *, small: bool = True) -> None:
        data = self.data_
        low, high = self._limits
        half = None if which is None else self.halves[which]
        labels = np.full(len(data["points"]), NOISE) if half is None else half.labels
        centers = data["before"][0] if which is None else data["centers"][which]
        size = {"s": 16 if len(labels) < 100 else 8} if small and len(labels) < 5000 else {}
        draw_points(axes, data["points"], labels, raster=self._raster, **size)
        if half is not None and which is not None and half.kind == "M":
            self._draw_moves(axes, data["before"][which], centers)
        names = [str(j) for j in range(self.k)]
        self.numbers_.append(draw_centers(axes, centers, names, small=small)[1])
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        without_frame(axes)
        axes.set_title(self._caption(which, half), fontsize=8.5, pad=4)

    def _caption(self, which: int | None, half: HalfStep | None) -> str:
        if half is None:
            return "start"
        last = which == len(self.halves) - 1
        if last and np.array_equal(half.before, half.centers):
            return f"end: cost {half.cost:.4g}"
        return f"{half.t}. {half.kind}-step: cost {half.cost:.4g}"

    def _draw_moves(self, axes: Axes, before: Array, after: Array) -> None:
        for j, (old, new) in enumerate(zip(before, after, strict=True)):
            if np.array_equal(old, new):
                continue
            axes.plot(*old, marker="o", markersize=4, color="white", markeredgecolor=FAINT, zorder=3)
            axes.annotate(
                "",
                xy=tuple(new),
                xytext=tuple(old),
                arrowprops=dict(arrowstyle="-|>", color=INK, linewidth=1.2, shrinkA=2, shrinkB=4),
                zorder=3.5,
                gid=f"move {j}",
            )

    def _settle(self) -> None:
        if self.k > 1:
            hide_overlapping((text for texts in self.numbers_ for text in texts), BESIDE_A_NUMBER)

    def animate(self, path: str | os.PathLike[str] | None = None, *, fps: float = 1.5, dpi: int = 110) -> Any:
        """Make an animation with a frame for the start and one for every half step.

        path: a .gif or .png (animated PNG) to write, whole or not at all, and to return; None returns
        matplotlib's animation, which has ``to_jshtml`` for notebooks. fps: frames a second. Raises
        OutputError, ParameterError.
        """
        if path is not None and Path(path).suffix.lower() not in (".gif", ".png", ".apng"):
            raise ParameterError(f"{path} must end in .gif, or in .png or .apng for an animated PNG")
        with styled():
            figure = plt.figure(figsize=(5.0, 3.0 if self.plane.is_line else 4.2), dpi=dpi)
            axes = figure.add_axes((0.03, 0.03, 0.94, 0.87))
        kept = self.__dict__.get("numbers_")

        def frame(i: int) -> list[Any]:
            with styled():
                axes.clear()
                self.numbers_ = []
                self._panel(axes, None if i == 0 else i - 1, small=False)
                self._settle()
            return []

        n_frames = len(self.halves) + 1
        if path is None:
            return FuncAnimation(
                figure, frame, frames=n_frames, init_func=lambda: [], interval=1000 / fps, repeat=True
            )
        try:
            _write(figure, frame, n_frames, Path(path), fps, dpi)
        finally:
            plt.close(figure)
            self.numbers_ = kept or []
        return Path(path)


def _write(
    figure: Figure, frame: Callable[[int], Any], n_frames: int, path: Path, fps: float, dpi: int
) -> None:
    """Write beside, then rename. (matplotlib's own way finishes a file that was interrupted.)"""
    draft = path.with_name(f".globular.{secrets.token_hex(4)}{path.suffix}")
    writer = PillowWriter(fps=fps)  # type: ignore[arg-type]
    try:
        writer.setup(figure, draft, dpi=dpi)
        for i in range(n_frames):
            frame(i)
            writer.grab_frame()
        writer.finish()
        os.replace(draft, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def _drawn(X: Any, k: int, seed: int) -> Array:
    """First centers by k-means++."""
    problem = Problem.checked(X)
    return as_array(PlusPlus()(MemoryEngine(problem), k, Draws(seed, 0)))


def _between(left: Axes, right: Axes, text: str) -> ConnectionPatch:
    """An arrow from one panel to the next, with what is done on the way."""
    arrow = ConnectionPatch(
        (1.0, 0.5),
        (0.0, 0.5),
        "axes fraction",
        "axes fraction",
        axesA=left,
        axesB=right,
        arrowstyle="-|>",
        mutation_scale=8,
        color=INK,
        linewidth=1.0,
        shrinkA=1,
        shrinkB=1,
    )
    arrow.set_in_layout(False)
    left.figure.add_artist(arrow)
    right.annotate(
        text,
        (0.0, 0.5),
        xycoords="axes fraction",
        xytext=(-9, 4),
        textcoords="offset points",
        ha="center",
        fontsize=7.5,
        fontweight="bold",
        annotation_clip=False,
    )
    return arrow
