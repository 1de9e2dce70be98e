"""``VoronoiDisplay``: the region of each center, and the straight borders between them.

A region is where one center is the nearest. On a plane through the space of the points it is a polygon: the
squared distance to a center is that within the plane plus the square of the center's own distance from it, so
the border between two centers is a straight line still (a power diagram; Aurenhammer 1987). The polygons are
cut out one half-plane at a time, exactly, not painted pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from globular.palette import palette
from globular.plots.clustering import Clustering, counted
from globular.plots.on_a_plane import OnAPlaneDisplay
from globular.problem import Array


class VoronoiDisplay(OnAPlaneDisplay):
    """Where each center is the nearest one, under the points.

    For more than two features it is an exact slice: the plane of two principal components (or of two features
    that are asked for, the others at their means) cuts the regions of the whole space, and the points are
    projected on it, so that a point may be seen in the region of another cluster than its own.

    Attributes
    ----------
    data_ : dict
        ``regions``, a list of k polygons (m, 2) float64 in counter-clockwise order, empty where a center's
        region does not meet the plane within sight; ``points`` (n, 2), ``centers`` (k, 2) as seen; ``labels``
        (n,) int64; ``sizes`` (k,) int64.

    Examples
    --------
    >>> from globular import KMeans
    >>> from globular.plots import VoronoiDisplay
    >>> X = [[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]]
    >>> VoronoiDisplay.from_estimator(KMeans(2, random_state=0).fit(X), X).describe()
    'The regions of 2 centers, each where that center is the nearest, under 4 points.'
    """

    def __init__(self, clustering: Clustering, features: Sequence[int | str] | None = None) -> None:
        super().__init__(clustering, features)
        plane, centers = self.plane, self.data_["centers"]
        on_axis = centers * [1.0, 0.0] if plane.is_line else centers
        off = plane.off(clustering.centers) if plane.is_projection else np.zeros(len(centers))
        low, high = self._limits
        self.data_["regions"] = regions(on_axis, off, low - (high - low), high + (high - low))

    def describe(self) -> str:
        """Return one sentence that says what the picture shows."""
        c = self.clustering
        seen = f", {self.plane.note}" if self.plane.note else ""
        return (
            f"The region{'s' * (c.k != 1)} of {counted(c.k, c.center_or_mean)}, each where that "
            f"{c.center_or_mean} is the nearest, under {counted(c.n, 'point')}{seen}."
        )

    def _title(self) -> str:
        head = f"Regions of {counted(self.clustering.k, self.clustering.center_or_mean)}"
        note = self.plane.note.replace("on the plane", "cut along the plane", 1)
        return "\n".join(filter(None, [head, note.replace("seen on", "cut along", 1)]))

    def _table(self) -> dict[str, Any]:
        found = self.data_["regions"]
        corners = np.concatenate([np.empty((0, 2)), *found])
        names = np.repeat(np.array(self.clustering.names, dtype=object), [len(r) for r in found])
        return {"cluster": names, "x": corners[:, 0], "y": corners[:, 1]}

    def _draw_under(self, axes: Axes) -> None:
        found = self.data_["regions"]
        self.regions_ = PolyCollection(
            [r for r in found if len(r)],
            facecolors=[lighter(palette().color(j)) for j, r in enumerate(found) if len(r)],
            edgecolors="black",
            linewidths=0.6,
            zorder=1,
        )
        axes.add_collection(self.regions_, autolim=False)


def lighter(color: str, share: float = 0.25) -> tuple[float, float, float]:
    """Return a colour with white mixed in, of which `share` is left."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - share + share * value for value in to_rgb(color))
    return red, green, blue


def regions(centers: Array, off_sq: Array, low: Array, high: Array) -> list[Array]:
    """Return for each center (k, 2) the polygon of a box in which it is the nearest; the rest is empty.

    off_sq (k,) are squared distances to be added to those in the plane; low and high (2,) are the box. Of
    equal centers the first has the region. O(k² log k) to sort the borders by how near they are, of which few
    are cut along.
    """
    box = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
    there = np.flatnonzero(np.isfinite(centers).all(axis=1))
    return [_region(j, there, centers, off_sq, box) if j in there else box[:0] for j in range(len(centers))]


def _region(j: int, there: Array, centers: Array, off_sq: Array, box: Array) -> Array:
    """Cut a box, (m, 2), along the borders of center j with those that are there, nearest border first."""
    others = there[there != j]
    normals = centers[others] - centers[j]
    lengths = np.sqrt(np.einsum("ij,ij->i", normals, normals))
    # |x - c|² + off <= |x - o|² + off_o, with x measured from c: x·normal <= reach
    reaches = (lengths**2 + off_sq[others] - off_sq[j]) / 2
    here = lengths == 0
    if np.any(here & ((reaches < 0) | ((reaches == 0) & (others < j)))):
        return box[:0]
    normals, lengths, reaches = normals[~here], lengths[~here], reaches[~here]
    polygon, away = box, reaches / lengths
    for i in np.argsort(away, kind="stable").tolist():
        corners = polygon - centers[j]
        if not len(polygon) or away[i] > np.sqrt((corners * corners).sum(axis=1).max()):
            break  # no corner is as far as this border, nor as any that follows
        polygon = _cut(polygon, corners @ normals[i] - reaches[i])
    return polygon


def _cut(polygon: Array, beyond: Array) -> Array:
    """Keep the part of a convex polygon (m, 2) where `beyond`, linear, is not positive.

    Sutherland & Hodgman (1974).
    """
    if (beyond <= 0).all():
        return polygon
    kept: list[Array] = []
    for i in range(len(polygon)):
        a, b = beyond[i - 1], beyond[i]
        if (a <= 0) != (b <= 0):
            kept.append(polygon[i - 1] + (polygon[i] - polygon[i - 1]) * (a / (a - b)))
        if b <= 0:
            kept.append(polygon[i])
    return np.array(kept).reshape(-1, 2)
