"""What the tests of pictures share: points, clusterers, and how to look at what was drawn."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.text import Text


def blobs(n, d, k, *, seed=0, apart=10.0):
    """Return points (n, d) about k middles, and the middle of each (n,); every middle has a point."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(k, d)) * apart
    labels = np.arange(n) % k
    return middles[labels] + rng.normal(size=(n, d)), labels


def texts(figure):
    """Return the texts that are seen, each with its place in pixels: left, low, right, high."""
    figure.draw_without_rendering()
    unseen = {id(label) for axes in figure.findobj(Axes) for label in _labels_out_of_sight(axes)}
    found = []
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip() or id(text) in unseen:
            continue
        box = text.get_window_extent()
        if box.width > 0 and box.height > 0:
            found.append((text.get_text(), box.extents))
    return found


def _labels_out_of_sight(axes):
    """Labels that matplotlib keeps and does not draw: of ticks beyond the limits, of axes that are off."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        if not axes.axison:
            yield axis.label
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not axes.axison or not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


def overlapping(seen, tolerance=1.0):
    """Return pairs of texts that lie over each other by more than some pixels in both directions."""
    if not seen:
        return []
    names, boxes = [text for text, _ in seen], np.array([box for _, box in seen])
    low, high = boxes[:, :2], boxes[:, 2:]
    common = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    pairs = np.argwhere(np.triu((common > tolerance).all(axis=2), 1))
    return [(names[a], names[b]) for a, b in pairs.tolist()]


def cut_off(figure, seen, tolerance=1.0):
    """Return the texts that leave the figure."""
    _, _, right, high = figure.bbox.extents
    inside = [
        min(box[0], box[1]) >= -tolerance and max(box[2] - right, box[3] - high) <= tolerance
        for _, box in seen
    ]
    return [text for (text, _), fits in zip(seen, inside, strict=True) if not fits]


def legend_texts(axes):
    """Return what a legend says, line by line."""
    (legend,) = axes.findobj(Legend)
    return [text.get_text() for text in legend.get_texts()]


def rasters(axes):
    """Return the images on axes."""
    return axes.findobj(AxesImage)
