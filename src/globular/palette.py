"""The colours of clusters, the same in every picture that globular draws.

``palette.json`` holds twenty colours and seven marks. Any two colours are at least 9 apart (CIEDE2000) to
people who see all colours and under simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009),
the first eight 11; no two have one grey, but twenty greys are close. `tests/plots/test_palette.py` computes
this. Four are of Okabe & Ito's palette (2008), the others were found by search.

Seven and twenty have no common divisor, so colour and mark together tell 140 clusters apart; beyond
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
