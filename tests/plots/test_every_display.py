"""Every Display draws from a fitted estimator, ours or scikit-learn's, and from labels, whatever d and k."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pictures import blobs, cut_off, overlapping, texts
from sklearn.cluster import KMeans as TheirKMeans

from globular import KMeans, plots
from globular.errors import ParameterError
from globular.selection.choose import choose_k

NAMES = [name for name in plots.__all__ if name.endswith("Display")]
SHAPES = [(1, 2), (2, 20), (64, 2)]  # d, k
MORE_SHAPES = [(1, 1), (64, 100)]


def n_of(k):
    return 10 if k <= 2 else 3 * k


def labelled(name, X, labels):
    """Draw from labels alone."""
    display = getattr(plots, name)
    if name == "ConfusionDisplay":
        return display.from_labels(np.roll(labels, 1), labels)
    if name == "ClusterTreeDisplay":
        return display.from_labels([labels // 3, labels])
    if name == "ComparisonDisplay":
        return display.from_labels(X, {"one": labels, "two": np.roll(labels, 1), "three": labels // 2})
    if name == "ColorCloudDisplay":
        return display.from_labels(colors_of(X), labels)
    if name == "ChooseKDisplay":
        return display.from_labels(X, labels, range(1, 4), random_state=0)
    return display.from_labels(X, labels)


def colors_of(X):
    """Three features, as colours are, of whatever there is."""
    wide = np.resize(X, (len(X), 3))
    return (wide - wide.min()) / np.ptp(wide)


def estimated(name, make, X, k):
    """Draw from a fitted estimator."""
    display = getattr(plots, name)
    if name == "ColorCloudDisplay":
        X = colors_of(X)
    model = make(k, random_state=0, n_init=1).fit(X)
    if name == "ConfusionDisplay":
        return display.from_estimator(model, X, np.arange(len(X)) % 3)
    if name == "ChooseKDisplay":
        return display.from_estimator(model, X, range(1, 4), random_state=0)
    if name == "RestartsDisplay":
        return display.from_estimator(model, X, n_restarts=5)
    return display.from_estimator(model, X)


def looks_right(display):
    assert isinstance(display.figure_, Figure)
    assert isinstance(display.ax_, Axes)
    assert display.ax_ is display.axes_[0]
    assert all(axes.figure is display.figure_ for axes in display.axes_)
    seen = texts(display.figure_)
    assert overlapping(seen) == []
    assert cut_off(display.figure_, seen) == []
    said = display.describe()
    assert said[0].isupper() or said[0].isdigit() or said.startswith("k-means")
    assert said.endswith(".")
    assert "\n" not in said
    frame = display.to_frame()
    assert len(frame.columns) > 0
    assert display.data_


@pytest.mark.parametrize(("d", "k"), [*SHAPES, *MORE_SHAPES])
@pytest.mark.parametrize("name", NAMES)
def test_labels_alone_are_enough(name, d, k):
    if name == "SilhouetteDisplay" and k == 1:
        pytest.skip("one cluster has no silhouettes: test_silhouette.py")
    X, labels = blobs(n_of(k), d, k)
    looks_right(labelled(name, X, labels))


@pytest.mark.parametrize(("d", "k"), SHAPES)
@pytest.mark.parametrize("make", [KMeans, TheirKMeans])
@pytest.mark.parametrize("name", NAMES)
def test_a_fitted_estimator_is_enough_ours_or_theirs(name, make, d, k):
    X, _ = blobs(n_of(k), d, k)
    looks_right(estimated(name, make, X, k))


@pytest.mark.parametrize("name", NAMES)
def test_plot_draws_again_on_axes_that_are_given_and_computes_nothing(name, monkeypatch):
    X, labels = blobs(30, 2, 3)
    display = labelled(name, X, labels)
    data = display.data_
    figure = plt.figure(figsize=(9, 6), layout="constrained")
    given = figure.subplots()
    monkeypatch.setattr(type(display), "__init__", None)
    assert display.plot(given, title="") is display
    assert display.data_ is data
    assert display.figure_ is figure
    assert plt.fignum_exists(figure.number)
    assert all(axes in figure.findobj(Axes) for axes in display.axes_)
    assert given.get_title(loc="left") == ""
    figure.draw_without_rendering()


@pytest.mark.parametrize(
    "name", ["EMStepsDisplay", "ChooseKDisplay", "ColorCloudDisplay", "ComparisonDisplay"]
)
def test_a_picture_of_several_panels_takes_an_axes_for_each(name):
    X, labels = blobs(30, 2, 3)
    display = labelled(name, X, labels)
    n = len(display.axes_)
    assert n > 1
    figure, given = plt.subplots(1, n)
    display.plot(given)
    assert list(display.axes_) == list(given)
    with pytest.raises(ParameterError, match=f"ax has 1 axes, but this picture has {n} panels"):
        display.plot(given[:1])
    assert figure.axes == list(given)


@pytest.mark.parametrize("name", NAMES)
def test_every_display_documents_itself(name):
    display = getattr(plots, name)
    assert ">>>" in display.__doc__
    assert "data_" in display.__doc__
    for made_by in ("from_estimator", "from_labels", "plot"):
        method = getattr(display, made_by)
        assert method.__doc__, made_by
        assert "ax" in inspect.signature(method).parameters
        assert "title" in inspect.signature(method).parameters


def test_the_title_is_what_one_says():
    X, labels = blobs(30, 2, 3)
    display = plots.ClustersDisplay.from_labels(X, labels, title="Mine")
    assert display.ax_.get_title(loc="left") == "Mine"
    assert plots.ClustersDisplay.from_labels(X, labels, title="").ax_.get_title(loc="left") == ""


def test_a_name_that_is_none_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'PieDisplay'"):
        _ = plots.PieDisplay
    assert dir(plots) == plots.__all__


def test_saved_pictures_carry_their_text_and_are_whole_or_not_there(tmp_path, monkeypatch):
    X, labels = blobs(30, 2, 3)
    display = plots.ClustersDisplay.from_labels(X, labels)
    for form, begins in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        path = tmp_path / f"picture.{form}"
        assert display.save(path) == path
        assert path.read_bytes().startswith(begins)
        if form != "pdf":  # whose text is in UTF-16 or compressed
            assert display.describe().encode() in path.read_bytes()
        first = path.read_bytes()
        assert display.save(path).read_bytes() == first  # the same picture, the same file
    with pytest.raises(ParameterError, match=r"must end in \.png, \.svg, \.pdf"):
        display.save(tmp_path / "picture.bmp")
    before = sorted(p.name for p in tmp_path.iterdir())
    (tmp_path / "picture.png").write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", _fails)
    with pytest.raises(KeyboardInterrupt):
        display.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def _fails(self, stream, **_):
    stream.write(b"half")
    raise KeyboardInterrupt


def test_a_choice_that_was_made_is_drawn_as_it_is():
    X, _ = blobs(60, 2, 3)
    choice = choose_k(X, range(1, 5), random_state=0)
    assert plots.ChooseKDisplay.from_choice(choice).choice is choice
    tree = plots.ClusterTreeDisplay.from_choice(choice)
    assert tree.data_["ks"].tolist() == [1, 2, 3, 4]
