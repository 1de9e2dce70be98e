"""``SilhouetteDisplay``: a band for each cluster, as high as it is large, of its points' silhouettes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from pictures import blobs

from globular import silhouette_samples, silhouette_score
from globular.errors import DataError
from globular.plots import SilhouetteDisplay


def test_the_values_are_the_silhouettes():
    X, _ = blobs(90, 3, 3, apart=2.0)
    labels = np.repeat([0, 1, 2], [20, 30, 40])
    display = SilhouetteDisplay.from_labels(X, labels)
    values = silhouette_samples(X, labels)
    np.testing.assert_array_equal(display.data_["silhouettes"], values)
    assert display.data_["mean"] == pytest.approx(float(silhouette_score(X, labels)), rel=1e-12)
    assert display.data_["negative"] == pytest.approx(np.mean(values < 0))
    assert display.mean_.get_xdata()[0] == display.data_["mean"]
    np.testing.assert_allclose(display.data_["means"], [values[labels == j].mean() for j in range(3)])


def test_bands_stand_by_size_and_are_as_high_as_their_share():
    X, _ = blobs(90, 2, 3)
    labels = np.repeat([0, 1, 2], [20, 30, 40])
    display = SilhouetteDisplay.from_labels(X, labels)
    bands = display.bands()
    assert [j for j, _, _ in bands] == [2, 1, 0]
    heights = np.array([bottom - top for _, top, bottom in bands])
    np.testing.assert_allclose(heights / heights.sum(), [4 / 9, 3 / 9, 2 / 9], rtol=1e-9)
    assert bands[0][1] == 0.0
    assert bands[-1][2] == pytest.approx(1.0)
    for (_, _, bottom), (_, top, _) in itertools.pairwise(bands):
        assert bottom < top
    values = silhouette_samples(X, labels)
    for (j, top, bottom), drawn in zip(bands, display.bands_, strict=True):
        (path,) = drawn.get_paths()
        assert path.vertices[:, 1].min() == pytest.approx(top)
        assert path.vertices[:, 1].max() == pytest.approx(bottom)
        assert path.vertices[:, 0].max() == pytest.approx(max(values[labels == j].max(), 0.0))
    assert [text.get_text() for text in display.numbers_] == ["2", "1", "0"]


def test_of_many_points_a_sample_is_looked_at_and_that_is_said():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [12_000, 2_000, 100])
    X = rng.normal(size=(len(labels), 2)) * np.array([[2.0], [0.2], [1.0]])[labels]
    X += np.array([[0, 0], [12, 0], [0, 4]])[labels]
    display = SilhouetteDisplay.from_labels(X, labels, sample_size=2000)
    looked_at = np.bincount(display.data_["labels"])
    assert looked_at.sum() < 2100
    assert looked_at[2] == 100  # of a small cluster all
    exact = float(silhouette_score(X, labels, sample_size="all"))
    assert display.data_["mean"] == pytest.approx(exact, abs=0.045)  # weighed as the clusters are
    assert abs(display.data_["silhouettes"].mean() - exact) > 0.15  # and not as they were drawn
    assert f"{len(display.data_['rows']):,} of 14,100 points" in display.ax_.get_title(loc="left")
    again = SilhouetteDisplay.from_labels(X, labels, sample_size=2000)
    np.testing.assert_array_equal(again.data_["rows"], display.data_["rows"])
    everything = SilhouetteDisplay.from_labels(X[::10], labels[::10], sample_size=None)
    assert len(everything.data_["rows"]) == 1410


def test_noise_is_left_out_and_one_cluster_is_too_few():
    X, _ = blobs(30, 2, 2)
    labels = np.repeat([-1, 0, 1], 10)
    display = SilhouetteDisplay.from_labels(X, labels)
    np.testing.assert_array_equal(display.data_["rows"], np.arange(10, 30))
    np.testing.assert_array_equal(display.data_["silhouettes"], silhouette_samples(X[10:], labels[10:]))
    with pytest.raises(DataError, match="there is 1 cluster with points; pass two or more"):
        SilhouetteDisplay.from_labels(X, np.zeros(30, int))
