"""Displays that are tables, grids, histograms and trees: what stands where, and what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from pictures import blobs
from sklearn.datasets import load_digits, load_iris
from sklearn.preprocessing import StandardScaler

from globular import KMeans, compare, confusion_table
from globular.errors import DataError, ParameterError
from globular.palette import palette
from globular.plots import (
    CentersAsImagesDisplay,
    CentersHeatmapDisplay,
    ChooseKDisplay,
    ClusterTreeDisplay,
    ColorCloudDisplay,
    ComparisonDisplay,
    ConfusionDisplay,
    RestartsDisplay,
)
from globular.selection.agreement import adjusted_rand


def cells(texts):
    """Texts by their place: (row, column)."""
    return {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in texts}


@pytest.mark.parametrize("method", ["hungarian", "mode"])
def test_confusion_counts_stand_in_their_cells_and_what_is_right_is_framed(method):
    rng = np.random.default_rng(0)
    y, labels = rng.integers(0, 3, 200), rng.integers(0, 5, 200)
    display = ConfusionDisplay.from_labels(y, labels, method=method)
    table = confusion_table(y, labels, method)
    assert cells(display.numbers_) == {
        place: str(count) for place, count in np.ndenumerate(table.counts) if count
    }
    np.testing.assert_allclose(
        display.image_.get_array(), table.counts / table.counts.sum(axis=1, keepdims=True)
    )
    framed = {(round(p.get_y() + 0.5), round(p.get_x() + 0.5)) for p in display.frames_}
    assert framed == {(i, j) for j, i in enumerate(table.stands_for.tolist()) if i >= 0}
    assert sum(int(table.counts[place]) for place in framed) == table.n_right
    assert [t.get_text() for t in display.ax_.get_xticklabels()] == [str(c) for c in table.clusters]
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["0", "1", "2"]
    assert f"{100 * table.accuracy:.1f} % right" in display.ax_.get_title(loc="left")
    assert display.to_frame()["count"].sum() == 200


def test_numbers_are_light_on_dark_and_dark_on_light():
    display = ConfusionDisplay.from_labels([0] * 9 + [1] * 10, [0] * 9 + [1] * 9 + [0])
    colors = {text.get_text(): text.get_color() for text in display.numbers_}
    assert colors["9"] == "white"
    assert colors["1"] != "white"


def test_centers_are_images_in_rows_each_with_its_number_and_size():
    digits = load_digits()
    model = KMeans(10, random_state=0).fit(digits.data)
    display = CentersAsImagesDisplay.from_estimator(model, digits.data)
    assert len(display.artists_) == 10
    sizes = np.bincount(model.labels_)
    places = set()
    for j, (image, number) in enumerate(zip(display.artists_, display.numbers_, strict=True)):
        np.testing.assert_array_equal(image.get_array(), model.cluster_centers_[j].reshape(8, 8))
        assert image.get_clim() == (model.cluster_centers_.min(), model.cluster_centers_.max())
        assert number.get_text() == f"{j}: {sizes[j]:,}"
        left, right, low, high = image.get_extent()
        assert left < number.get_position()[0] < right
        assert number.get_position()[1] < high < low  # above it
        places.add((left, high))
    assert len(places) == 10


@pytest.mark.parametrize(
    ("d", "shape", "form"),
    [
        (64, None, (8, 8)),
        (12, None, (2, 2, 3)),
        (7, None, (1, 7)),
        (6, (2, 3), (2, 3)),
        (27, (3, 3, 3), (3, 3, 3)),
    ],
)
def test_the_shape_of_an_image_is_a_square_a_strip_or_what_one_says(d, shape, form):
    display = CentersAsImagesDisplay.from_centers(np.arange(2.0 * d).reshape(2, d), shape=shape)
    assert display.data_["images"].shape == (2, *form)
    with pytest.raises(ParameterError, match=f"does not hold {d} features"):
        CentersAsImagesDisplay.from_centers(np.zeros((2, d)), shape=(5, 31))


def test_a_clusterer_without_centers_needs_points_for_their_images():
    class Labels:
        labels_ = np.array([0, 0, 1])

    X = np.array([[0.0, 2.0], [2.0, 4.0], [9.0, 9.0]])
    display = CentersAsImagesDisplay.from_estimator(Labels(), X)
    np.testing.assert_array_equal(display.data_["images"].reshape(2, 2), [[1.0, 3.0], [9.0, 9.0]])
    with pytest.raises(ParameterError, match="Labels has no centers: pass X"):
        CentersAsImagesDisplay.from_estimator(Labels())


def test_a_heatmap_shows_deviations_by_colour_and_the_units_by_number():
    iris = load_iris(as_frame=True).data
    model = KMeans(3, random_state=0).fit(iris)
    display = CentersHeatmapDisplay.from_estimator(model, iris)
    scaler = StandardScaler().fit(iris.to_numpy())
    np.testing.assert_allclose(display.data_["scores"], scaler.transform(model.cluster_centers_), rtol=1e-9)
    np.testing.assert_array_equal(display.image_.get_array(), display.data_["scores"])
    assert cells(display.numbers_)[0, 2] == f"{model.cluster_centers_[0, 2]:.3g}"
    assert len(display.numbers_) == 12
    assert [t.get_text() for t in display.ax_.get_xticklabels()] == list(iris.columns)
    sizes = np.bincount(model.labels_)
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == [
        f"{j} ({n})" for j, n in enumerate(sizes)
    ]
    low, high = display.image_.get_clim()
    assert low == -high


def test_the_heatmaps_colours_are_dark_to_light_in_grey_too():
    from globular.plots.centers_heatmap import COLORS

    grey = np.array(COLORS(np.linspace(0, 1, 50)))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(grey) > 0).all()


def test_a_feature_that_does_not_vary_is_in_the_middle():
    display = CentersHeatmapDisplay.from_labels([[1.0, 5.0], [3.0, 5.0]], [0, 1])
    np.testing.assert_array_equal(display.data_["scores"], [[-1.0, 0.0], [1.0, 0.0]])


def test_restarts_pile_up_at_their_costs():
    display = RestartsDisplay.from_costs([212.0, 530.0, 212.0, 212.0000001, 530.0, 212.0], own=530.0)
    assert display.data_["n_best"] == 4
    assert display.n_enough == math.ceil(math.log(0.01) / math.log(2 / 6))
    assert sum(bar.get_height() for bar in display.best_) == 4
    assert sum(bar.get_height() for bar in display.bars_) == 2
    for bars, cost in ((display.best_, 212.0), (display.bars_, 530.0)):
        (bar,) = [bar for bar in bars if bar.get_height()]
        assert bar.get_x() - 1 < cost < bar.get_x() + bar.get_width() + 1
    assert display.own_.get_xdata()[0] == 530.0
    with pytest.raises(DataError, match="costs must be finite"):
        RestartsDisplay.from_costs([1.0, math.nan])


def test_restarts_run_from_the_seed_and_mark_the_cost_there_is():
    X, _ = blobs(80, 2, 6, apart=2.0)
    model = KMeans(6, random_state=0, tol=0).fit(X)
    one = RestartsDisplay.from_estimator(model, X, n_restarts=20, seed=3)
    two = RestartsDisplay.from_data(X, 6, n_restarts=20, seed=3)
    np.testing.assert_array_equal(one.data_["costs"], two.data_["costs"])
    assert len(np.unique(one.data_["costs"])) > 1
    assert one.data_["own"] == pytest.approx(model.inertia_, rel=1e-9)
    assert math.isnan(two.data_["own"])
    labels = RestartsDisplay.from_labels(X, model.labels_, n_restarts=20, seed=3)
    assert labels.data_["own"] == pytest.approx(model.inertia_, rel=1e-9)
    with pytest.raises(ParameterError, match="n_restarts=0"):
        RestartsDisplay.from_data(X, 2, n_restarts=0)


def test_colours_lie_in_the_red_green_and_the_red_blue_plane():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, size=(10, 12, 3)).astype(np.uint8)
    labels = rng.integers(0, 4, size=(10, 12))
    display = ColorCloudDisplay.from_labels(image, labels)
    pixels = image.reshape(-1, 3) / 255
    centers = np.array([pixels[labels.ravel() == j].mean(axis=0) for j in range(4)])
    np.testing.assert_allclose(display.data_["centers"], centers, atol=1e-12)
    for axes, drawn, discs, (x, y) in zip(
        display.axes_, display.artists_, display.centers_, [(0, 1), (0, 2)], strict=True
    ):
        np.testing.assert_allclose(drawn.get_offsets(), pixels[:, [x, y]], atol=1e-12)
        np.testing.assert_allclose(drawn.get_facecolor()[:, :3], pixels, atol=1e-6)
        np.testing.assert_allclose(discs.get_facecolor()[:, :3], centers, atol=1e-6)
        assert axes.get_xlabel() == "red"
    assert [axes.get_ylabel() for axes in display.axes_] == ["green", "blue"]
    reduced = ColorCloudDisplay.from_labels(image, labels, reduced=True)
    np.testing.assert_allclose(reduced.artists_[0].get_facecolor()[:, :3], centers[labels.ravel()], atol=1e-6)


@pytest.mark.parametrize("unit", [1.0, 255.0])
def test_a_picture_may_be_in_either_unit_as_its_model_is(unit):
    rng = np.random.default_rng(0)
    image = rng.random((20, 20, 3)) * unit
    model = KMeans(3, random_state=0).fit(image.reshape(-1, 3))
    display = ColorCloudDisplay.from_estimator(model, image)
    np.testing.assert_allclose(display.data_["centers"], model.cluster_centers_ / unit, rtol=1e-12)
    assert display.data_["shares"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (4,)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(DataError, match=r"a picture has shape \(height, width, 3\)"):
        ColorCloudDisplay.from_image(np.zeros(shape))


def test_a_tree_has_a_node_for_each_cluster_and_a_line_for_the_points_they_share():
    above, below = [0, 0, 0, 0, 1, 1], [2, 2, 0, 0, 1, 1]
    display = ClusterTreeDisplay.from_labels([below, above])
    assert display.data_["ks"].tolist() == [2, 3]
    np.testing.assert_array_equal(display.data_["shared"][0], [[2, 0, 2], [0, 2, 0]])
    assert [len(nodes.get_offsets()) for nodes in display.nodes_] == [2, 3]
    ends = {tuple(map(tuple, segment)) for segment in display.lines_[0].get_segments()}
    first, second = (nodes.get_offsets() for nodes in display.nodes_)
    assert ends == {
        (tuple(first[0]), tuple(second[0])),
        (tuple(first[0]), tuple(second[2])),
        (tuple(first[1]), tuple(second[1])),
    }
    assert set(display.lines_[0].get_linewidths()) == {14.0 * 2 / 6}
    areas = display.nodes_[0].get_sizes()
    assert areas[0] - areas[1] == pytest.approx(600 * 2 / 6)
    assert display.to_frame().to_dict("list") == {
        "k": [2, 2, 2],
        "cluster": ["0", "0", "1"],
        "next_k": [3, 3, 3],
        "next_cluster": ["0", "2", "1"],
        "points": [2, 2, 2],
    }


def test_a_cluster_that_stays_whole_keeps_its_colour_and_no_lines_cross_in_a_tree():
    rng = np.random.default_rng(0)
    last = rng.integers(0, 8, 400)
    rows = [last // 4, last // 2, last]
    shuffled = [rng.permutation(8)[row] for row in rows]
    display = ClusterTreeDisplay.from_labels(shuffled)
    for shared, above, below in zip(
        display.data_["shared"], display.data_["places"], display.data_["places"][1:], strict=False
    ):
        parents = shared.argmax(axis=0)
        order = np.argsort(below)
        assert (np.diff(above[parents[order]]) >= 0).all()
    drawn = [to_rgba(palette().color(j)) for j in range(8)]
    assert [tuple(c) for c in display.nodes_[-1].get_facecolor()] == drawn
    for i, shared in enumerate(display.data_["shared"]):
        colors, next_colors = display.data_["colors"][i], display.data_["colors"][i + 1]
        for node, color in enumerate(colors):
            assert color in next_colors[shared[node] > 0]


def test_a_models_tree_ends_in_its_own_clusters():
    X, _ = blobs(100, 2, 5)
    model = KMeans(5, random_state=0).fit(X)
    display = ClusterTreeDisplay.from_estimator(model, X)
    assert display.data_["ks"].tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(display.data_["sizes"][-1], np.bincount(model.labels_))
    some = ClusterTreeDisplay.from_clusters(X, model.labels_, [2, 3])
    assert some.data_["ks"].tolist() == [2, 3, 5]
    many = ClusterTreeDisplay.from_labels([np.arange(100) // 2, np.arange(100)])
    assert many.numbers_ == []  # 50 and 100 nodes a row: no room for numbers


def test_models_that_agree_have_the_same_colours_in_a_comparison():
    X, labels = blobs(60, 2, 3)
    names = np.array(["z", "x", "y"])[labels]
    noisy = np.where(np.arange(60) < 6, -1, labels)
    display = ComparisonDisplay.from_labels(X, {"one": labels, "other": names, "noisy": noisy})
    np.testing.assert_array_equal(display.data_["labels"][1], labels)
    np.testing.assert_array_equal(display.data_["labels"][2], noisy)
    assert display.data_["n_clusters"].tolist() == [3, 3, 3]
    assert display.data_["noise"].tolist() == [0, 0, 0.1]
    assert [axes.get_title(loc="left") for axes in display.axes_] == [
        "one\n3 clusters",
        "other\n3 clusters",
        "noisy\n3 clusters, 10 % noise",
        "agreement\n(adjusted Rand index)",
    ]
    assert cells(display.numbers_) == {
        (1, 0): "1.00",
        (2, 0): f"{adjusted_rand(labels, noisy):.2f}",
        (2, 1): f"{adjusted_rand(labels, noisy):.2f}",
    }
    assert [text.get_text() for text in display.names_] == ["one", "other", "noisy"]


def test_a_comparison_that_was_made_is_drawn_with_its_verdict():
    X, _ = blobs(60, 2, 3)
    made = compare(X, 3, models=["HDBSCAN"], random_state=0)
    display = ComparisonDisplay.from_comparison(made, X)
    assert display.data_["models"].tolist() == ["k-means", "HDBSCAN"]
    np.testing.assert_allclose(display.data_["agreement"], made.agreement)
    assert made.verdict in display.figure_.get_suptitle()


def test_criteria_are_drawn_over_k_with_the_best_the_pick_and_the_models_own():
    X, _ = blobs(90, 2, 3)
    model = KMeans(4, random_state=0).fit(X)
    display = ChooseKDisplay.from_estimator(model, X, range(1, 6), random_state=0)
    assert display.choice.k == 3
    names = [column for column, _, _ in display.panels]
    assert names[:2] == ["cost", "silhouette"]
    for axes, column in zip(display.axes_, names, strict=True):
        line = display.lines_[column]
        values = display.choice.table[column]
        there = np.isfinite(values)
        np.testing.assert_array_equal(line.get_xdata(), display.choice.table["k"][there])
        np.testing.assert_array_equal(line.get_ydata(), values[there])
        stars = [other for other in axes.lines if other.get_marker() == "*"]
        best = display.choice.best_by.get(column)
        assert [star.get_xdata()[0] for star in stars] == ([] if best is None else [best])
        (band,) = axes.patches
        box = band.get_path().get_extents(band.get_patch_transform())
        assert (box.x0 + box.x1) / 2 == pytest.approx(3)
        assert any(list(other.get_xdata()) == [4, 4] for other in axes.lines)
    assert display.choice.verdict in display.figure_.get_suptitle()
