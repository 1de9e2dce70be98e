"""Centers with their numbers, and the legend that says which cluster is which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from globular.palette import palette
from globular.plots.cloud import shape
from globular.plots.style import FAINT, INK
from globular.problem import Array

MOST_IN_LEGEND = 20


def draw_centers(
    axes: Axes, seen: Array, names: Sequence[str], *, small: bool = False
) -> tuple[Any, list[Text]]:
    """Draw centers at (k, 2), each a white disc with its name; return the discs and the names.

    Black on white reads on any colour, and without any. A center that is not there (NaN) is left out.
    """
    there = np.isfinite(seen).all(axis=1)
    k = int(there.sum())
    area, font = (70.0, 5.5) if small else (170.0, 8.0)
    if k > 20:
        area, font = (45.0, 4.5) if small else (90.0, 6.0)
    discs = axes.scatter(
        seen[there, 0], seen[there, 1], s=area, facecolor="white", edgecolor="black", linewidths=1.0, zorder=4
    )
    texts = [
        axes.text(x, y, name, ha="center", va="center_baseline", fontsize=font, color="black", zorder=5)
        for (x, y), name in zip(seen[there], np.array(names, dtype=object)[there], strict=True)
    ]
    return discs, texts


def hide_overlapping(texts: Iterable[Text], margin: float = 0.0) -> int:
    """Hide every text that would lie over one before it; return how many were hidden.

    All must be on one figure, which is laid out for this once.
    """
    listed = [text for text in texts if text.get_text()]
    if len(listed) < 2:
        return 0
    figure = listed[0].get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    boxes = np.array([text.get_window_extent().extents for text in listed])
    boxes += [-margin, -margin, margin, margin]
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


def legend_of(axes: Axes, names: Sequence[str], sizes: Array, *, n_noise: int = 0, title: str = "") -> None:
    """Say at the right which colour and mark is which cluster, and how many points it has."""
    if not 1 <= len(names) <= MOST_IN_LEGEND:
        return
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=shape(j),
            color=palette().color(j),
            markersize=5.5,
            label=_entry(name, n),
        )
        for j, (name, n) in enumerate(zip(names, sizes.tolist(), strict=True))
    ]
    if n_noise:
        handles.append(
            Line2D([], [], linestyle="", marker=".", color=palette().noise, label=_entry("noise", n_noise))
        )
    axes.legend(
        handles=handles,
        title=title or "cluster: points",
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.3,
        handletextpad=0.2,
        labelspacing=0.35 if len(handles) > 12 else 0.5,
        alignment="left",
        labelcolor=INK,
    )


def _entry(name: str, n: int) -> str:
    shown = name if len(name) <= 18 else name[:17] + "…"
    return f"{shown}: {n:,}"


def without_frame(axes: Axes) -> None:
    """Take away ticks and make the frame faint, for panels whose axes need no numbers."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(FAINT)
        spine.set_linewidth(0.6)
