"""``ColorCloudDisplay``: the pixels of a picture in the space of colours.

The k-means chapter of VanderPlas' *Python Data Science Handbook* takes a photograph for points with three
features, red, green and blue, and draws them in two planes, red–green and red–blue; then again in the sixteen
colours that k-means leaves. The centers are the palette.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from globular.errors import DataError
from globular.plots.cloud import MOST_MARKS, Raster, mark_area
from globular.plots.clustering import Clustering, centers_of, counted, labels_of
from globular.plots.display import AxesLike, Display, Grid
from globular.problem import Array

BRIGHTEST = 1.5  # a float beyond is on the scale to 255; means and filters may pass 1 a little
PLANES = (("red", "green", 0, 1), ("red", "blue", 0, 2))


class ColorCloudDisplay(Display):
    """Red–green and red–blue planes of a picture's pixels, with the centers as discs of their own colour.

    Pixels have their own colours, or with ``reduced=True`` those of their centers. More than 20,000 are drawn
    by density.

    Attributes
    ----------
    data_ : dict
        ``colors`` (n, 3) float64 from 0 to 1, ``centers`` (k, 3) likewise, (0, 3) if there are none,
        ``shares`` (k,) float64 of the pixels, ``labels`` (n,) int64.

    Examples
    --------
    >>> import numpy as np
    >>> from globular.plots import ColorCloudDisplay
    >>> image = np.zeros((2, 2, 3), dtype=np.uint8)
    >>> image[0] = 255
    >>> ColorCloudDisplay.from_labels(image, [0, 0, 1, 1]).describe()
    '4 pixels in the red–green and red–blue planes, in 2 colours.'
    """

    def __init__(self, colors: Array, labels: Array | None, centers: Array, *, reduced: bool = False) -> None:
        self.reduced = reduced and len(centers) > 0
        n, k = len(colors), len(centers)
        placed = np.zeros(n, dtype=np.int64) if labels is None else labels
        self.data_ = {
            "colors": colors,
            "centers": np.clip(centers, 0.0, 1.0),
            "labels": placed,
            "shares": np.bincount(placed, minlength=k)[:k] / n,
        }

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        *,
        reduced: bool = False,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw a picture and the colours that a clusterer found in it.

        X: a picture (height, width, 3) or its pixels (n, 3), in the units that the model was fitted to: whole
        numbers from 0 to 255, or floats from 0 to 1. reduced: draw the pixels in their centers' colours.
        Raises DataError, ParameterError.
        """
        pixels = _pixels(X)
        clustering = Clustering.made(pixels, labels_of(model, pixels), centers_of(model, 3), None)
        return cls._of(clustering, _unit(pixels), reduced).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        centers: npt.ArrayLike | None = None,
        *,
        reduced: bool = False,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw a picture and the colours of given clusters of its pixels, by default their means.

        X (height, width, 3) or (n, 3); labels of the pixels, (height, width) or (n,).
        """
        pixels = _pixels(X)
        clustering = Clustering.of_labels(pixels, np.asarray(labels).ravel(), centers)
        return cls._of(clustering, _unit(pixels), reduced).plot(ax, title=title)

    @classmethod
    def from_image(cls, X: Any, *, ax: AxesLike | None = None, title: str | None = None) -> Self:
        """Draw a picture's pixels alone."""
        pixels = _pixels(X)
        return cls(pixels / _unit(pixels), None, np.empty((0, 3))).plot(ax, title=title)

    @classmethod
    def _of(cls, clustering: Clustering, unit: float, reduced: bool) -> Self:
        there = np.isfinite(clustering.centers).all(axis=1)
        if clustering.n_noise or not there.all():
            raise DataError("every pixel must have a cluster and every cluster a pixel, to have a colour")
        return cls(clustering.points / unit, clustering.labels, clustering.centers / unit, reduced=reduced)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        k = len(self.data_["centers"])
        into = f", in {k} colour{'s' * (k != 1)}" if k else ""
        return f"{counted(len(self.data_['colors']), 'pixel')} in the red–green and red–blue planes{into}."

    def _grid(self) -> Grid:
        return Grid(2, 2, width=7.6, height=4.3)

    def _title(self) -> str:
        k = len(self.data_["centers"])
        n = counted(len(self.data_["colors"]), "pixel")
        if not k:
            return f"{n} in their own colours"
        colours = f"{k} colour{'s' * (k != 1)}"
        return f"{n} reduced to {colours}" if self.reduced else f"{n} and the {colours} that stand for them"

    def _table(self) -> dict[str, Any]:
        centers = self.data_["centers"]
        return {
            "red": centers[:, 0],
            "green": centers[:, 1],
            "blue": centers[:, 2],
            "share": self.data_["shares"],
        }

    def _draw(self, panels: list[Axes]) -> None:
        colors, centers = self.data_["colors"], self.data_["centers"]
        shown = centers[self.data_["labels"]] if self.reduced else np.clip(colors, 0, 1)
        self.artists_, self.centers_ = [], []
        for axes, (name, other, x, y) in zip(panels, PLANES, strict=True):
            seen = colors[:, [x, y]]
            if len(seen) > MOST_MARKS:
                # 8-bit colours lie on a lattice: two values to a cell, or it would be seen.
                box = (np.full(2, -0.5 / 255), np.full(2, 255.5 / 255))
                raster = Raster(seen, box, grid=(128, 128))
                self.artists_.append(raster.draw(axes, shown, faintest=0.6, zorder=2))
            else:
                self.artists_.append(
                    axes.scatter(
                        seen[:, 0], seen[:, 1], c=shown, s=mark_area(len(seen)), linewidths=0.0, zorder=2
                    )
                )
            if len(centers):
                areas = 40 + 400 * np.sqrt(self.data_["shares"])
                self.centers_.append(
                    axes.scatter(
                        centers[:, x],
                        centers[:, y],
                        s=areas,
                        c=centers,
                        edgecolor="black",
                        linewidths=1.0,
                        zorder=4,
                    )
                )
                axes.scatter(
                    centers[:, x],
                    centers[:, y],
                    s=areas * 0.8,
                    facecolor="none",
                    edgecolor="white",
                    linewidths=0.8,
                    zorder=5,
                )
            axes.set_xlim(-0.04, 1.04)
            axes.set_ylim(-0.04, 1.04)
            axes.set_box_aspect(1.0)
            axes.set_xlabel(name)
            axes.set_ylabel(other)


def _pixels(X: Any) -> Array:
    """Return a picture's pixels, (n, 3) of its own dtype. Raises DataError."""
    array = np.asarray(X)
    if array.dtype.kind not in "uif" or array.ndim not in (2, 3) or array.shape[-1] != 3 or array.size == 0:
        raise DataError(
            f"X has shape {array.shape} and dtype {array.dtype}; a picture has shape (height, width, 3), its "
            "pixels (n, 3), red, green and blue"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise DataError(
            "X has values that are not finite; a colour is a number from 0 to 1, or from 0 to 255"
        )
    return array.reshape(-1, 3)


def _unit(pixels: Array) -> float:
    """Return what stands for full light: 255 for whole numbers and for floats far beyond 1, else 1."""
    return 255.0 if pixels.dtype.kind in "ui" or float(pixels.max()) > BRIGHTEST else 1.0
