"""``VoronoiDisplay``: a region is where its center is the nearest, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path
from pictures import blobs

from globular import KMeans
from globular.plots import VoronoiDisplay
from globular.plots.voronoi import regions


def area(polygon):
    x, y = polygon.T if len(polygon) else (np.zeros(0), np.zeros(0))
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.booleans())
@settings(max_examples=60)
def test_a_region_is_where_its_center_is_the_nearest(seed, k, sliced):
    rng = np.random.default_rng(seed)
    centers = rng.integers(-3, 4, size=(k, 2)).astype(float) if seed % 3 else rng.normal(size=(k, 2))
    off = rng.random(k) * 3 if sliced else np.zeros(k)
    found = regions(centers, off, np.full(2, -4.0), np.full(2, 4.0))
    points = rng.uniform(-4, 4, size=(200, 2))
    cost = ((points[:, None] - centers) ** 2).sum(axis=2) + off
    nearest = cost.argmin(axis=1)
    margin = np.sort(cost, axis=1)[:, :2] @ [-1, 1] if k > 1 else np.ones(len(points))
    for j, polygon in enumerate(found):
        inside = (nearest == j) & (margin > 1e-9)
        if inside.any():
            assert Path(polygon).contains_points(points[inside], radius=1e-9).all()
        outside = (nearest != j) & (margin > 1e-9)
        if len(polygon) > 2 and outside.any():
            assert not Path(polygon).contains_points(points[outside], radius=-1e-9).any()
    assert sum(map(area, found)) == pytest.approx(64.0, rel=1e-9)  # no gap and no overlap
    assert all(area(polygon) >= -1e-9 for polygon in found)


def test_of_equal_centers_the_first_has_the_region():
    first, second, other = regions(
        np.array([[0.0, 0.0], [0.0, 0.0], [2.0, 0.0]]), np.zeros(3), np.full(2, -4.0), np.full(2, 4.0)
    )
    assert len(second) == 0
    assert area(first) == pytest.approx(40.0)
    assert area(other) == pytest.approx(24.0)


def test_every_point_of_the_plane_lies_in_the_region_of_its_label():
    X, _ = blobs(300, 2, 5, apart=3.0)
    model = KMeans(5, random_state=0).fit(X)
    display = VoronoiDisplay.from_estimator(model, X)
    for j, polygon in enumerate(display.data_["regions"]):
        assert Path(polygon).contains_points(X[model.labels_ == j], radius=1e-9).all()
    assert len(display.regions_.get_paths()) == 5


def test_for_more_features_it_is_the_cut_through_the_regions_of_the_whole_space():
    X, _ = blobs(300, 5, 6, apart=2.0)
    model = KMeans(6, random_state=0).fit(X)
    display = VoronoiDisplay.from_estimator(model, X)
    rng = np.random.default_rng(0)
    seen = rng.uniform(*display.ax_.get_xlim(), size=400), rng.uniform(*display.ax_.get_ylim(), size=400)
    on_plane = np.column_stack(seen)
    whole = display.plane.origin + on_plane @ display.plane.axes
    labels = model.predict(whole)
    assert len(set(labels.tolist())) > 1
    for j, polygon in enumerate(display.data_["regions"]):
        if (labels == j).any():
            assert Path(polygon).contains_points(on_plane[labels == j], radius=1e-9).all()
    assert "cut along the plane of two principal components" in display.ax_.get_title(loc="left")


def test_on_a_line_borders_lie_halfway():
    X = np.array([[0.0], [1.0], [9.0], [10.0]])
    display = VoronoiDisplay.from_labels(X, [0, 0, 1, 1])
    left, right = display.data_["regions"]
    assert left[:, 0].max() == right[:, 0].min() == 5.0
