"""Many points on a page: marks as long as they can be told apart, and beyond that their density.

Up to 20,000 points each has a mark, in colour and shape of its cluster. Of more, a raster is drawn: the
colour of a cell is the mean of its points' colours, the more opaque the more points there are, on a
logarithmic scale, so that single points are still seen. It takes one pass over the points and is the same for
a million.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from globular.palette import palette
from globular.problem import Array

MOST_MARKS = 20_000
MOST_IN_VECTORS = 5000
CELLS = (480, 360)  # of a raster, along x and y

Box = tuple[Array, Array]  # least and largest coordinates, (2,) each
FAINTEST = 0.3  # opacity of a cell with one point

SHAPES = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "wedge": "v",
    "plus": "P",
    "pentagon": "p",
}


def shape(j: int) -> str:
    """Return matplotlib's marker for cluster j."""
    return SHAPES[palette().mark(j)]


def limits_of(*clouds: Array, margin: float = 0.05) -> tuple[Array, Array]:
    """Return the least and largest coordinates of clouds (n, 2), with a margin around."""
    lows = np.min([np.nanmin(c, axis=0) for c in clouds if len(c)], axis=0)
    highs = np.max([np.nanmax(c, axis=0) for c in clouds if len(c)], axis=0)
    size = highs - lows
    size = np.where(size > 0, size, np.maximum(np.abs(lows), 1.0) * 0.1)
    return lows - margin * size, highs + margin * size


def mark_area(n: int) -> float:
    """Return the area of a point's mark, points², so that n of them leave room.

    >>> mark_area(10) > mark_area(1000) > mark_area(20_000) > 0
    True
    """
    return float(np.clip(700.0 / np.sqrt(n + 100), 4.0, 36.0))


def draw_points(
    axes: Axes, seen: Array, labels: Array, *, raster: Raster | None = None, **how: Any
) -> list[Any]:
    """Draw points at (n, 2) in the colours of their labels (n,); return the artists, noise first.

    raster: that of the points, where it is known already.
    """
    raster = raster or raster_of(seen)
    if raster is not None:
        return [raster.draw(axes, _colors(labels), zorder=2)]
    drawn = []
    options: dict[str, Any] = {
        "s": mark_area(len(seen)),
        "linewidths": 0.0,
        "alpha": 0.85 if len(seen) < 2000 else 0.5,
        "zorder": 2,
        "rasterized": len(seen) > MOST_IN_VECTORS,  # an SVG of more is slow to open
        **how,
    }
    order = np.argsort(labels, kind="stable")
    codes, starts = np.unique(labels[order], return_index=True)
    for j, rows in zip(codes.tolist(), np.split(order, starts[1:]), strict=True):
        drawn.append(
            axes.scatter(
                seen[rows, 0],
                seen[rows, 1],
                color=palette().color(j),
                marker=shape(j) if j >= 0 else ".",
                **options,
            )
        )
    return drawn


def _colors(labels: Array) -> Array:
    """(n, 3) float32 colours of labels (n,); the last colour is that of noise."""
    table = [to_rgb(palette().color(j)) for j in range(int(labels.max(initial=-1)) + 1)]
    return np.array([*table, to_rgb(palette().noise)], dtype=np.float32)[labels]


class Raster:
    """The cells of a raster that points at (n, 2) fall into: found once, drawn in colours as often as asked.

    box: what the raster covers, by default the points; grid: its cells along x and y.
    """

    def __init__(self, seen: Array, box: Box | None = None, grid: tuple[int, int] = CELLS) -> None:
        self.low, self.high = limits_of(seen, margin=0.0) if box is None else box
        self.wide, self.tall = grid
        cells = ((seen - self.low) / (self.high - self.low) * grid).astype(np.int64)
        np.clip(cells, 0, [self.wide - 1, self.tall - 1], out=cells)
        self.cells = cells[:, 1] * self.wide + cells[:, 0]  # (n,)
        self.counts = np.bincount(self.cells, minlength=self.wide * self.tall)

    def draw(self, axes: Axes, colors: Array, *, faintest: float = FAINTEST, **how: Any) -> Any:
        """Draw the points in colours (n, 3); return the image. faintest: opacity of a cell with one point."""
        counts = self.counts
        image, full = np.zeros((len(counts), 4)), counts > 0
        for channel in range(3):
            total = np.bincount(self.cells, colors[:, channel], minlength=len(counts))
            image[full, channel] = total[full] / counts[full]
        np.clip(image, 0.0, 1.0, out=image)
        most = np.log(max(int(counts.max()), 2))
        image[full, 3] = faintest + (1 - faintest) * np.log(counts[full]) / most
        return axes.imshow(
            image.reshape(self.tall, self.wide, 4),
            extent=(self.low[0], self.high[0], self.low[1], self.high[1]),
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            **how,
        )


def raster_of(seen: Array) -> Raster | None:
    """Return the raster of points that are too many for marks; None for fewer."""
    return Raster(seen) if len(seen) > MOST_MARKS else None
