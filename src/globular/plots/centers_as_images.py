"""``CentersAsImagesDisplay``: what each center looks like, where a point is a picture.

The k-means chapter of VanderPlas' *Python Data Science Handbook* clusters the 8 x 8 digits of scikit-learn
and shows the ten centers as images: they are digits, though nobody said what a digit is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from globular.errors import DataError, ParameterError
from globular.plots.clustering import Clustering, centers_of, counted
from globular.plots.display import AxesLike, Display, Grid
from globular.plots.marks import hide_overlapping, shortened
from globular.plots.style import FAINT
from globular.problem import Array

CHANNELS = (3, 4)
GAP, CAPTION = 0.08, 0.24  # inches between two images, and over one for its number


class CentersAsImagesDisplay(Display):
    """Every center as an image, with its number and how many points it stands for.

    All images share one scale of brightness. Without `shape` the features are taken for a square, grey or
    RGB, else for a strip of one row.

    Attributes
    ----------
    data_ : dict
        ``images`` (k, height, width) or (k, height, width, channels) float64, ``sizes`` (k,) int64 (0 where
        no points were given).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from globular import KMeans
    >>> from globular.plots import CentersAsImagesDisplay
    >>> X = load_digits().data
    >>> display = CentersAsImagesDisplay.from_estimator(KMeans(10, random_state=0).fit(X), X)
    >>> display.describe()
    'The 10 centers as images of 8 x 8 pixels.'
    """

    def __init__(
        self,
        centers: Array,
        shape: Sequence[int] | None = None,
        *,
        sizes: Array | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        array = np.asarray(centers, dtype=np.float64)
        if array.ndim != 2 or 0 in array.shape:
            raise DataError(f"centers has shape {array.shape}, but must be (k, d), one image a row")
        form = _form(array.shape[1], shape)
        self.names = tuple(map(str, range(len(array)))) if names is None else tuple(names)
        self.data_ = {
            "images": array.reshape(len(array), *form),
            "sizes": np.zeros(len(array), dtype=np.int64) if sizes is None else sizes,
        }

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any = None,
        *,
        shape: Sequence[int] | None = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw the centers of a fitted clusterer.

        X (n, d): points to count, and to take the means of if the model has no centers; shape of an image:
        (height, width) or (height, width, channels). Raises DataError, ParameterError.
        """
        if X is not None:
            return cls._of(Clustering.of_estimator(model, X), shape).plot(ax, title=title)
        centers = centers_of(model)
        if centers is None:
            raise ParameterError(
                f"{type(model).__name__} has no centers: pass X, to draw the clusters' means"
            )
        return cls(centers, shape).plot(ax, title=title)

    @classmethod
    def from_labels(
        cls,
        X: Any,
        labels: npt.ArrayLike,
        centers: npt.ArrayLike | None = None,
        *,
        shape: Sequence[int] | None = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw the mean of every cluster that labels make of X (n, d), or centers (k, d)."""
        return cls._of(Clustering.of_labels(X, labels, centers), shape).plot(ax, title=title)

    @classmethod
    def from_centers(
        cls,
        centers: npt.ArrayLike,
        *,
        shape: Sequence[int] | None = None,
        ax: AxesLike | None = None,
        title: str | None = None,
    ) -> Self:
        """Draw centers (k, d)."""
        return cls(np.asarray(centers, dtype=np.float64), shape).plot(ax, title=title)

    @classmethod
    def _of(cls, clustering: Clustering, shape: Sequence[int] | None) -> Self:
        return cls(clustering.centers, shape, sizes=clustering.sizes, names=clustering.names)

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        images = self.data_["images"]
        height, width = images.shape[1:3]
        many = f"The {len(images)} centers as images" if len(images) > 1 else "The center as an image"
        return f"{many} of {height} x {width} pixels."

    @property
    def _layout(self) -> tuple[int, float, float]:
        """Columns of images, the width of one in inches, and its height in widths."""
        k, height, width = self.data_["images"].shape[:3]
        narrow = min(max(height / width, 0.2), 4.0)
        columns = k if k <= 5 else _columns(k, math.sqrt(2.0 * k * narrow))
        return columns, float(np.clip(9.0 / columns, 0.55, 1.3)), narrow

    def _grid(self) -> Grid:
        columns, side, narrow = self._layout
        rows = -(-len(self.names) // columns)
        return Grid(
            width=max((side + GAP) * columns + 0.2, 2.6), height=(side * narrow + CAPTION) * rows + 0.45
        )

    def _title(self) -> str:
        n = int(self.data_["sizes"].sum())
        return f"{counted(len(self.names), 'center')}" + (f" of {counted(n, 'point')}" if n else "")

    def _table(self) -> dict[str, Any]:
        images, sizes = self.data_["images"], self.data_["sizes"]
        flat = images.reshape(len(images), -1)
        columns = {f"pixel {p}": flat[:, p] for p in range(flat.shape[1])}
        return {"cluster": np.array(self.names, dtype=object), "size": sizes, **columns}

    def _draw(self, panels: list[Axes]) -> None:
        (axes,) = panels
        images, sizes = self.data_["images"], self.data_["sizes"]
        columns, side, narrow = self._layout
        low, high = float(np.nanmin(images)), float(np.nanmax(images))
        unit = high - low or 1.0
        across, down = 1 + GAP / side, narrow + CAPTION / side  # from one image to the next, in widths
        font = 8.0 if side > 0.8 else 6.5
        self.artists_, self.numbers_ = [], []
        for j, (image, size, name) in enumerate(zip(images, sizes.tolist(), self.names, strict=True)):
            x, y = across * (j % columns), down * (j // columns)
            in_color = image.ndim == 3 and image.shape[2] in CHANNELS
            self.artists_.append(
                axes.imshow(
                    np.clip((image - low) / unit, 0, 1) if in_color else image,
                    extent=(x, x + 1, y + narrow, y),
                    cmap="gray_r",
                    vmin=low,
                    vmax=high,
                    interpolation="nearest",
                )
            )
            axes.add_patch(Rectangle((x, y), 1, narrow, fill=False, edgecolor=FAINT, linewidth=0.6))
            caption = f"{shortened(name, 8)}: {size:,}" if sizes.any() else shortened(name, 12)
            at = (x + 0.5, y - 0.04 / side)
            self.numbers_.append(axes.text(*at, caption, ha="center", va="bottom", fontsize=font))
        rows = -(-len(images) // columns)
        axes.set_xlim(-0.02, across * columns - GAP / side + 0.02)
        axes.set_ylim(down * rows - CAPTION / side + 0.02, -CAPTION / side)
        axes.set_aspect("equal")
        axes.set_anchor("NW")
        axes.set_axis_off()

    def _settle(self) -> None:
        hide_overlapping(self.numbers_)


def _columns(k: int, about: float) -> int:
    """Return a number of columns near `about` that leaves few places empty in the last row of k."""
    tried = range(max(1, math.floor(0.7 * about)), min(k, math.ceil(1.4 * about)) + 1)
    return min(tried, key=lambda c: (-k % c > 1, abs(c - about)))


def _form(d: int, shape: Sequence[int] | None) -> tuple[int, ...]:
    if shape is not None:
        form = tuple(int(s) for s in shape)
        if len(form) not in (2, 3) or math.prod(form) != d or min(form) < 1:
            raise ParameterError(
                f"shape={tuple(shape)!r} does not hold {d} features; pass (height, width) or (height, width, "
                f"channels) with a product of {d}"
            )
        return form
    side = math.isqrt(d)
    if side * side == d:
        return (side, side)
    if d % 3 == 0 and math.isqrt(d // 3) ** 2 == d // 3:
        return (math.isqrt(d // 3), math.isqrt(d // 3), 3)
    return (1, d)
