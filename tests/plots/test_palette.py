"""The colours of clusters stay apart, for all eyes, and in grey.

Colour blindness is simulated by the matrices of Machado, Oliveira & Fernandes, "A physiologically-based model
for simulation of color vision deficiency" (2009), severity 1.0, applied to linear RGB; differences are those
of CIEDE2000 (Sharma, Wu & Dalal 2005).
"""

from __future__ import annotations

import itertools
from math import gcd

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from globular.palette import palette
from globular.plots.cloud import SHAPES

VIEWS = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    scaled = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(scaled > 216 / 24389, np.cbrt(scaled), (24389 / 27 * scaled + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one, two):
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, (1 + g) * a1)) % 360, np.degrees(np.arctan2(b2, (1 + g) * a2)) % 360
    dh = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    mean_l, mean_cp = (l1 + l2) / 2, (c1 + c2) / 2
    if c1 * c2 == 0:
        h = h1 + h2
    elif abs(h1 - h2) <= 180:
        h = (h1 + h2) / 2
    else:
        h = ((h1 + h2 + 360) / 2) if h1 + h2 < 360 else (h1 + h2 - 360) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_cp, 1 + 0.015 * mean_cp * t
    turn = (
        -2
        * np.sqrt(mean_cp**7 / (mean_cp**7 + 25.0**7))
        * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    )
    dl, dc = (l2 - l1) / s_l, (c2 - c1) / s_c
    return np.sqrt(dl**2 + dc**2 + (hue / s_h) ** 2 + turn * dc * (hue / s_h))


def test_the_difference_is_that_of_the_published_pairs():
    # Sharma, Wu & Dalal (2005), table 1, pairs 1, 7, 17 and 25.
    pairs = [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for one, two, difference in pairs:
        assert ciede2000(one, two) == pytest.approx(difference, abs=1e-4)


def closest(colors, view):
    seen = [lab(view @ linear(color)) for color in colors]
    return min(ciede2000(a, b) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("view", VIEWS)
def test_twenty_colours_are_apart_to_all_eyes(view):
    colors = palette().colors
    assert len(set(colors)) == 20
    assert closest(colors, VIEWS[view]) > 8.9
    assert closest(colors[:8], VIEWS[view]) > 11.0


@pytest.mark.parametrize("view", VIEWS)
def test_every_colour_is_seen_on_white_and_is_not_noise(view):
    for color in palette().colors:
        assert ciede2000(lab(VIEWS[view] @ linear(color)), lab(np.ones(3))) > 13
        assert closest([color, palette().noise], VIEWS[view]) > 6.5


def test_no_two_colours_have_one_grey_and_the_first_eight_are_well_apart():
    greys = sorted(lab(np.full(3, TO_XYZ[1] @ linear(color)))[0] for color in palette().colors)
    assert np.diff(greys).min() > 1.8
    first = sorted(lab(np.full(3, TO_XYZ[1] @ linear(color)))[0] for color in palette().colors[:8])
    assert np.diff(first).min() > 2.8


def test_colour_and_mark_together_tell_140_clusters_apart():
    colors, marks = palette().colors, palette().marks
    assert gcd(len(colors), len(marks)) == 1
    pairs = {(palette().color(j), palette().mark(j)) for j in range(140)}
    assert len(pairs) == 140
    assert set(marks) == set(SHAPES)
    assert len(set(SHAPES.values())) == len(SHAPES)


def test_noise_has_a_colour_of_its_own():
    assert palette().color(-1) == palette().noise
    assert palette().noise not in palette().colors
