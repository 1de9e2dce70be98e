"""The colours of clusters, the same in every picture that globular draws.

``palette.json`` holds twenty colours that stay apart under the common kinds of colour blindness, and seven
marks. Seven and twenty have no common divisor, so colour and mark together tell 140 clusters apart; beyond
that the pairs begin anew. Colour is never all there is: clusters are numbered too, wherever there is room.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Palette:
    """What ``palette.json`` says."""

    colors: tuple[str, ...]  # '#rrggbb', sRGB
    noise: str  # of points that belong to no cluster
    marks: tuple[str, ...]  # names of shapes

    def color(self, j: int) -> str:
        """Return the colour of cluster j; that of noise for -1.

        >>> palette().color(0) == palette().color(20)
        True
        """
        return self.colors[j % len(self.colors)] if j >= 0 else self.noise

    def mark(self, j: int) -> str:
        """Return the name of the mark of cluster j.

        >>> palette().mark(0), palette().mark(7)
        ('circle', 'circle')
        """
        return self.marks[j % len(self.marks)] if j >= 0 else self.marks[0]


@cache
def palette() -> Palette:
    """Return the palette."""
    read = json.loads(files("globular").joinpath("palette.json").read_text(encoding="utf-8"))
    return Palette(tuple(read["colors"]), read["noise"], tuple(read["marks"]))
