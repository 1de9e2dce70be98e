"""Centers with their numbers, and the legend that says which cluster is which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from globular.palette import palette
from globular.plots.cloud import shape
from globular.plots.style import FAINT, INK
from globular.problem import Array

MOST_IN_LEGEND = 20
BESIDE_A_NUMBER = 4.0  # points that the disc of a center reaches beyond its number, or nearly
ENTRY_HEIGHT = 0.165  # inches


def draw_centers(
    axes: Axes, seen: Array, names: Sequence[str], *, small: bool = False
) -> tuple[Any, list[Text]]:
    """Draw centers at (k, 2), each a white disc with its name; return the discs and the names.

    Black on white reads on any colour, and without any. A center that is not there (NaN) is left out; on a
    small panel more than twenty have no names.
    """
    there = np.isfinite(seen).all(axis=1)
    many = len(seen) > MOST_IN_LEGEND
    area, font = (12.0 if many else 70.0, 5.5) if small else (90.0 if many else 170.0, 6.0 if many else 8.0)
    at = seen[there]
    # From the last to the first, so that discs that meet cover those whose numbers are hidden.
    discs = axes.scatter(
        at[::-1, 0], at[::-1, 1], s=area, facecolor="white", edgecolor="black", linewidths=1.0, zorder=4
    )
    texts = [
        axes.text(
            x,
            y,
            shortened(name, 6),
            ha="center",
            va="center_baseline",
            fontsize=font,
            color="black",
            zorder=5,
        )
        for (x, y), name in zip(at, np.array(names, dtype=object)[there], strict=True)
        if not (small and many)
    ]
    return discs, texts


def figure_of(artist: Artist) -> Figure:
    """Return the figure that an artist is on; of a part of a figure, the whole."""
    figure: Any = artist.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    assert isinstance(figure, Figure)
    return figure


def shortened(text: str, longest: int) -> str:
    """Return a text of at most so many characters.

    >>> shortened("a long name", 6)
    'a lon…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def ink_on(color: str) -> str:
    """Return black or white, whichever is read better on a colour, by relative luminance (WCAG 2.2).

    >>> ink_on("#FFFFFF"), ink_on("#000080")
    ('black', 'white')
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def hide_overlapping(texts: Iterable[Text], margin: float = 0.0) -> int:
    """Hide every text that would lie over one before it; return how many were hidden.

    margin: points (of 1/72 inch) to be left free between two texts. All must be on one figure, which is laid
    out for this once.
    """
    listed = [text for text in texts if text.get_text()]
    if len(listed) < 2:
        return 0
    figure = figure_of(listed[0])
    figure.draw_without_rendering()
    boxes = np.array([text.get_window_extent().extents for text in listed])
    boxes += np.array([-0.5, -0.5, 0.5, 0.5]) * margin * figure.dpi / 72
    kept: list[int] = []
    for i, (left, low, right, high) in enumerate(boxes):
        others = boxes[kept]
        apart = (
            (others[:, 0] >= right) | (others[:, 2] <= left) | (others[:, 1] >= high) | (others[:, 3] <= low)
            if kept
            else np.array([True])
        )
        if apart.all():
            kept.append(i)
        listed[i].set_visible(bool(apart.all()))
    return len(listed) - len(kept)


def legend_of(axes: Axes, names: Sequence[str], sizes: Array, *, n_noise: int = 0) -> None:
    """Say at the right which colour and mark is which cluster, and how many points it has.

    Where the figure is not laid out anew, so that nothing makes room at the right, it goes inside. With more
    clusters than a reader can match, or more than there is room for, there is none: numbers must do.
    """
    figure = figure_of(axes)
    n = len(names) + (n_noise > 0)
    rows = int((figure.get_figheight() * axes.get_position().height - 0.2) / ENTRY_HEIGHT)
    if not 1 <= len(names) <= MOST_IN_LEGEND or n > 3 * rows:
        return
    handles = [
        Line2D([], [], linestyle="", marker=shape(j), color=palette().color(j), label=_entry(name, size))
        for j, (name, size) in enumerate(zip(names, sizes.tolist(), strict=True))
    ]
    if n_noise:
        noise = _entry("noise", n_noise)
        handles.append(Line2D([], [], linestyle="", marker=".", color=palette().noise, label=noise))
    for handle in handles:
        handle.set_markersize(5.5)
    outside = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    inside = {"loc": "upper right", "frameon": True, "framealpha": 0.85}
    axes.legend(
        handles=handles,
        title="cluster: points",
        ncols=-(-n // max(rows, 1)),
        borderaxespad=0.3,
        handletextpad=0.2,
        columnspacing=0.8,
        labelspacing=0.35,
        alignment="left",
        labelcolor=INK,
        **(inside if figure.get_layout_engine() is None else outside),
    )


def _entry(name: str, n: int) -> str:
    return f"{shortened(name, 18)}: {n:,}"


def without_frame(axes: Axes) -> None:
    """Take away ticks and make the frame faint, for panels whose axes need no numbers."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(FAINT)
        spine.set_linewidth(0.6)
