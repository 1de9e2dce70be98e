"""``ClustersDisplay``: each point in its place, colour and mark, each center with its number."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from pictures import blobs, cut_off, legend_texts, overlapping, rasters, texts
from sklearn.cluster import DBSCAN, AgglomerativeClustering
from sklearn.cluster import KMeans as TheirKMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from globular import KMeans
from globular.errors import DataError, ParameterError
from globular.palette import palette
from globular.plots import ClustersDisplay
from globular.plots.cloud import FAINTEST, MOST_MARKS


def test_points_have_their_place_colour_and_mark():
    X, labels = blobs(60, 2, 3)
    display = ClustersDisplay.from_labels(X, labels)
    assert len(display.artists_) == 3
    paths = set()
    for j, drawn in enumerate(display.artists_):
        np.testing.assert_array_equal(drawn.get_offsets(), X[labels == j])
        assert to_rgba(palette().color(j))[:3] == tuple(drawn.get_facecolor()[0][:3])
        paths.add(drawn.get_paths()[0].vertices.tobytes())
    assert len(paths) == 3


def test_centers_stand_where_the_model_has_them_each_with_its_number():
    X, _ = blobs(60, 2, 4)
    model = KMeans(4, random_state=0).fit(X)
    display = ClustersDisplay.from_estimator(model, X)
    np.testing.assert_array_equal(display.data_["centers"], model.cluster_centers_)
    at = {text.get_text(): text.get_position() for text in display.numbers_}
    assert at == {str(j): tuple(center) for j, center in enumerate(model.cluster_centers_)}
    drawn = {tuple(center) for center in display.centers_.get_offsets()}
    assert drawn == {tuple(center) for center in model.cluster_centers_}


def test_labels_alone_draw_what_the_estimator_draws():
    X, _ = blobs(60, 2, 4)
    model = KMeans(4, random_state=0, tol=0).fit(X)
    one, other = ClustersDisplay.from_estimator(model, X), ClustersDisplay.from_labels(X, model.labels_)
    np.testing.assert_array_equal(one.data_["labels"], other.data_["labels"])
    np.testing.assert_allclose(one.data_["centers"], other.data_["centers"], rtol=1e-12)
    assert "each with its center" in one.describe()
    assert "each with its mean" in other.describe()


def test_the_legend_says_how_many_points_each_cluster_has():
    X, _ = blobs(60, 2, 3)
    labels = np.repeat(["a", "b", "c"], [10, 20, 30])
    display = ClustersDisplay.from_labels(X, labels)
    assert legend_texts(display.ax_) == ["a: 10", "b: 20", "c: 30"]
    assert display.describe().startswith("60 points in 3 clusters of 10 to 30 points")


def test_noise_is_grey_and_in_no_cluster():
    X, _ = blobs(60, 2, 2)
    labels = np.repeat([-1, 0, 1], 20)
    display = ClustersDisplay.from_labels(X, labels)
    assert legend_texts(display.ax_) == ["0: 20", "1: 20", "noise: 20"]
    np.testing.assert_array_equal(display.artists_[0].get_offsets(), X[:20])
    assert tuple(display.artists_[0].get_facecolor()[0][:3]) == to_rgba(palette().noise)[:3]
    assert [text.get_text() for text in display.numbers_] == ["0", "1"]
    frame = display.to_frame()
    assert frame["cluster"].tolist() == ["noise"] * 20 + ["0"] * 20 + ["1"] * 20
    nothing_but = ClustersDisplay.from_labels(X, np.full(60, -1))
    assert nothing_but.describe() == "60 points in no cluster."


def test_any_clusterer_with_labels_will_do():
    X, _ = blobs(60, 3, 3)
    for model in (AgglomerativeClustering(3), DBSCAN(3.0), GaussianMixture(3, random_state=0)):
        model.fit(X)
        display = ClustersDisplay.from_estimator(model, X)
        assert len(display.data_["labels"]) == 60
    np.testing.assert_allclose(display.data_["centers"], display.plane.coordinates(model.means_))
    with pytest.raises(DataError, match="cannot predict, and its labels_ are of 60 rows, but X has 30"):
        ClustersDisplay.from_estimator(DBSCAN(3.0).fit(X), X[:30])
    with pytest.raises(ParameterError, match="PCA has neither predict nor labels_"):
        ClustersDisplay.from_estimator(PCA().fit(X), X)


def test_more_than_two_features_are_seen_on_their_principal_components():
    X = load_iris().data
    display = ClustersDisplay.from_estimator(TheirKMeans(3, random_state=0).fit(X), X)
    reference = PCA(2).fit(X)
    share = reference.explained_variance_ratio_
    assert display.data_["share"] == pytest.approx(share.sum(), rel=1e-12)
    np.testing.assert_allclose(np.abs(display.data_["points"]), np.abs(reference.transform(X)), atol=1e-12)
    assert display.ax_.get_xlabel() == f"principal component 1 ({100 * share[0]:.0f} %)"
    assert f"{100 * share.sum():.0f} % of the variance" in display.ax_.get_title(loc="left")


def test_the_share_of_the_variance_is_that_of_all_points_though_the_plane_is_of_a_sample():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150_000, 5)) * [5, 4, 1, 1, 1] + 1e4
    display = ClustersDisplay.from_labels(X, rng.integers(0, 3, len(X)))
    assert display.data_["share"] == pytest.approx(PCA(2).fit(X).explained_variance_ratio_.sum(), rel=1e-3)
    seen = display.data_["points"].var(axis=0).sum() / X.var(axis=0).sum()
    assert display.data_["share"] == pytest.approx(seen, rel=1e-9)


def test_one_feature_is_laid_out_along_x():
    X, labels = blobs(50, 1, 2)
    display = ClustersDisplay.from_labels(X, labels)
    np.testing.assert_array_equal(display.data_["points"][:, 0], X[:, 0])
    heights = display.data_["points"][:, 1]
    assert len(np.unique(heights)) == 50
    assert heights.min() > 0
    assert heights.max() < 1
    assert display.ax_.get_yticks().size == 0


def test_features_are_named_and_picked_by_name_or_number():
    iris = load_iris(as_frame=True).data
    labels = np.arange(150) % 3
    display = ClustersDisplay.from_labels(iris, labels, features=["petal length (cm)", 0])
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("petal length (cm)", "sepal length (cm)")
    np.testing.assert_array_equal(display.data_["points"], iris.to_numpy()[:, [2, 0]])
    assert np.isnan(display.data_["share"])
    assert "seen on two of 4 features" in display.describe()
    for wrong in ([0], [0, 0], [0, 4], ["no such", 1], [0, 1, 2]):
        with pytest.raises(ParameterError, match="two different ones of the 4"):
            ClustersDisplay.from_labels(iris, labels, features=wrong)
    with pytest.raises(ParameterError, match="feature_names has 3 names, but X has 4 features"):
        ClustersDisplay.from_labels(iris, labels, feature_names=["a", "b", "c"])


def test_a_million_points_are_one_raster_that_shows_where_they_are_dense():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(999_000, 2)) * 0.5, rng.normal(size=(1000, 2)) * 0.5 + 20.0])
    labels = np.repeat([0, 1], [999_000, 1000])
    display = ClustersDisplay.from_labels(X, labels)
    (image,) = rasters(display.ax_)
    assert display.artists_ == [image]
    assert not any(len(drawn.get_offsets()) > 2 for drawn in display.ax_.collections)
    pixels = np.asarray(image.get_array())
    tall, wide, _ = pixels.shape
    left, right, low, high = image.get_extent()
    assert (left, right) == (X[:, 0].min(), X[:, 0].max())
    cells = (
        np.minimum(((X[:, 1] - low) / (high - low) * tall).astype(int), tall - 1),
        np.minimum(((X[:, 0] - left) / (right - left) * wide).astype(int), wide - 1),
    )
    counts = np.zeros((tall, wide), int)
    np.add.at(counts, cells, 1)
    assert ((pixels[..., 3] > 0) == (counts > 0)).all()  # a single point is seen
    order = np.argsort(counts[counts > 0])
    assert (np.diff(pixels[..., 3][counts > 0][order]) >= -1e-12).all()  # denser is never fainter
    assert pixels[..., 3][counts == 1] == pytest.approx(FAINTEST)
    assert pixels[..., 3][counts == counts.max()] == pytest.approx(1.0)
    first, second = to_rgba(palette().color(0))[:3], to_rgba(palette().color(1))[:3]
    np.testing.assert_allclose(pixels[cells[0][0], cells[1][0], :3], first, atol=1e-6)
    np.testing.assert_allclose(pixels[cells[0][-1], cells[1][-1], :3], second, atol=1e-6)


def test_marks_give_way_to_a_raster_beyond_a_number():
    X, labels = blobs(MOST_MARKS + 1, 2, 2)
    assert len(ClustersDisplay.from_labels(X[:-1], labels[:-1]).artists_) == 2
    assert len(ClustersDisplay.from_labels(X, labels).artists_) == 1


@pytest.mark.parametrize(("scale", "shift"), [(1e9, 0.0), (1e-9, 0.0), (1.0, 1e7), (0.0, 5.0)])
def test_whatever_the_units_no_text_lies_over_another(scale, shift):
    X, labels = blobs(40, 2, 3)
    display = ClustersDisplay.from_labels(X * scale + shift, labels)
    seen = texts(display.figure_)
    assert overlapping(seen) == []
    assert cut_off(display.figure_, seen) == []


def test_long_names_are_cut_short_and_stay_apart():
    X, _ = blobs(60, 2, 3)
    labels = np.array(["a very long name of a cluster", "another one that is long", "b"])[np.arange(60) % 3]
    display = ClustersDisplay.from_labels(X, labels, feature_names=["x" * 60, "y" * 60])
    assert legend_texts(display.ax_)[0] == "a very long name …: 20"
    assert overlapping(texts(display.figure_)) == []


def test_numbers_that_meet_are_hidden_and_the_disc_on_top_has_its_own():
    X, labels = blobs(20, 2, 2)
    centers = np.array([[0.0, 0.0], [1e-6, 0.0], [50.0, 50.0]])
    display = ClustersDisplay.from_labels(X, labels, centers)
    assert [text.get_visible() for text in display.numbers_] == [True, False, True]
    assert tuple(display.centers_.get_offsets()[-1]) == (0.0, 0.0)  # drawn last, on top


@pytest.mark.parametrize(
    ("X", "labels", "says"),
    [
        ([[1.0], [2.0]], [0], r"labels has shape \(1,\), but X has 2 rows"),
        ([[1.0], [np.nan]], [0, 1], "NaN"),
        ([1.0, 2.0], [0, 1], "two-dimensional"),
    ],
)
def test_what_cannot_be_drawn_is_said(X, labels, says):
    with pytest.raises(DataError, match=says):
        ClustersDisplay.from_labels(X, labels)


def test_centers_that_do_not_fit_are_refused():
    X, labels = blobs(20, 2, 2)
    with pytest.raises(DataError, match=r"centers has shape \(2, 3\), but X has 2 features"):
        ClustersDisplay.from_labels(X, labels, np.zeros((2, 3)))
    with pytest.raises(DataError, match="with 1 centers, labels must be whole numbers from 0 to 0"):
        ClustersDisplay.from_labels(X, labels, np.zeros((1, 2)))
