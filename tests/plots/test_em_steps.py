"""``EMStepsDisplay``: the half steps of ``em_steps``, each in a panel, and all of them in an animation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.animation import PillowWriter
from matplotlib.colors import to_rgba
from pictures import blobs, rasters
from PIL import Image
from sklearn.cluster import KMeans as TheirKMeans
from sklearn.datasets import make_blobs

from globular import em_steps
from globular.errors import ParameterError
from globular.palette import palette
from globular.plots import EMStepsDisplay


@pytest.fixture(scope="module")
def chapter():
    """The chapter's points and the start of its figure."""
    X, _ = make_blobs(300, centers=4, cluster_std=0.60, random_state=0)
    return X, np.array([0, 4]) + np.random.RandomState(1).randn(4, 2)


def test_the_half_steps_are_those_of_em_steps(chapter):
    X, start = chapter
    display = EMStepsDisplay.from_data(X, start)
    halves = list(em_steps(X, start))
    assert display.data_["kind"].tolist() == [h.kind for h in halves]
    assert display.data_["cost"].tolist() == [h.cost for h in halves]
    np.testing.assert_array_equal(display.data_["labels"], [h.labels for h in halves])
    np.testing.assert_array_equal(display.data_["centers"], [h.centers for h in halves])
    assert (np.diff(display.data_["cost"]) <= 0).all()
    assert f"{display.data_['cost'][-1]:.0f}" == "212"  # the chapter's optimum
    assert display.to_frame().columns.tolist() == ["t", "kind", "cost", "n_changed"]


def test_the_strip_shows_the_start_the_first_steps_and_the_end(chapter):
    X, start = chapter
    display = EMStepsDisplay.from_data(X, start)
    captions = [axes.get_title(loc="left") for axes in display.axes_]
    costs = display.data_["cost"]
    assert captions[0] == "start"
    assert captions[1:3] == [f"1. E-step: cost {costs[0]:.4g}", f"1. M-step: cost {costs[1]:.4g}"]
    assert captions[-1] == "end: cost 212"
    assert display.shown_ == (0, 1, 2, 3, 4, 5, len(costs) - 1)
    few = EMStepsDisplay.from_data(X, start, panels=3)
    assert few.shown_ == (0, len(costs) - 1)
    everything = EMStepsDisplay.from_data(X, start, panels=100)
    assert len(everything.axes_) == len(costs) + 1
    with pytest.raises(ParameterError, match="panels=1"):
        EMStepsDisplay.from_data(X, start, panels=1)


def test_points_take_the_colours_of_their_labels_and_arrows_lead_to_the_new_centers(chapter):
    X, start = chapter
    display = EMStepsDisplay.from_data(X, start)
    grey, e_step, m_step = display.axes_[:3]
    (points, _discs) = grey.collections
    np.testing.assert_array_equal(points.get_offsets(), X)
    assert tuple(points.get_facecolor()[0][:3]) == to_rgba(palette().noise)[:3]
    labels = display.data_["labels"][0]
    for j, drawn in zip(np.unique(labels), e_step.collections[:-1], strict=True):
        np.testing.assert_array_equal(drawn.get_offsets(), X[labels == j])
    moves = {text.get_gid(): text for text in m_step.texts if text.get_gid()}
    assert set(moves) == {f"move {j}" for j in range(4)}
    for j in range(4):
        assert tuple(moves[f"move {j}"].xy) == tuple(display.data_["centers"][1][j])
        assert tuple(moves[f"move {j}"].xyann) == tuple(start[j])
    assert not [text for text in e_step.texts if text.get_gid()]


def test_between_panels_stands_what_is_done(chapter):
    display = EMStepsDisplay.from_data(*chapter)
    said = [[t.get_text() for t in axes.texts if t.get_fontweight() == "bold"] for axes in display.axes_]
    assert said == [[], ["E"], ["M"], ["E"], [], ["E"], ["M"], ["…"]]
    assert len(display.arrows_) == 6


def test_the_start_is_given_the_models_own_or_drawn():
    X, labels = blobs(60, 2, 3)
    start = X[:3] + 1.0
    given = TheirKMeans(3, init=start, n_init=1).fit(X)
    np.testing.assert_array_equal(EMStepsDisplay.from_estimator(given, X).data_["before"][0], start)
    other = EMStepsDisplay.from_estimator(given, X, centers=start + 1)
    np.testing.assert_array_equal(other.data_["before"][0], start + 1)
    drawn = TheirKMeans(3, n_init=1).fit(X)
    one, two = (EMStepsDisplay.from_estimator(drawn, X, seed=s).data_["before"][0] for s in (1, 1))
    np.testing.assert_array_equal(one, two)
    assert {tuple(center) for center in one} <= {tuple(x) for x in X}
    means = np.array([X[labels == j].mean(axis=0) for j in range(3)])
    from_labels = EMStepsDisplay.from_labels(X, labels)
    np.testing.assert_allclose(from_labels.data_["before"][0], means, rtol=1e-12)


@pytest.mark.parametrize("name", ["steps.gif", "steps.png", "steps.apng"])
def test_the_animation_has_a_frame_for_the_start_and_each_half_step(tmp_path, name):
    X, _ = blobs(30, 2, 3)
    display = EMStepsDisplay.from_data(X, X[:3] * 0.1)
    numbers = display.numbers_
    path = display.animate(tmp_path / name, dpi=40)
    with Image.open(path) as picture:
        assert picture.n_frames == len(display.data_["t"]) + 1
        assert picture.info.get("loop") == 0
        frames = []
        for i in range(picture.n_frames):
            picture.seek(i)
            frames.append(np.asarray(picture.convert("RGB")).copy())
    assert any((a != b).any() for a, b in itertools.pairwise(frames))
    assert (frames[0] != frames[1]).any()  # grey, then coloured
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert display.numbers_ is numbers


def test_an_animation_is_whole_or_not_there(tmp_path, monkeypatch):
    X, _ = blobs(30, 2, 3)
    display = EMStepsDisplay.from_data(X, 3)
    (tmp_path / "steps.gif").write_bytes(b"old")
    monkeypatch.setattr(PillowWriter, "grab_frame", _interrupt)
    with pytest.raises(KeyboardInterrupt):
        display.animate(tmp_path / "steps.gif", dpi=40)
    assert [p.name for p in tmp_path.iterdir()] == ["steps.gif"]
    assert (tmp_path / "steps.gif").read_bytes() == b"old"
    with pytest.raises(ParameterError, match=r"must end in \.gif, or in \.png or \.apng"):
        display.animate(tmp_path / "steps.mp4")


def _interrupt(*_, **__):
    raise KeyboardInterrupt


def test_more_points_than_marks_are_drawn_by_density():
    X, _ = blobs(30_000, 2, 3)
    display = EMStepsDisplay.from_data(X, 3, max_iter=1)
    assert [len(rasters(axes)) for axes in display.axes_] == [1, 1, 1]
    assert "centers still move" in display.describe()
