"""`diagnose` flags what k-means is wrong for and clears what it is right for, on ten seeds each."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from shapes import SHAPES
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from globular import KMeans, SpectralClustering, diagnose
from globular.diagnostics import measures
from globular.errors import DataError, ModelMismatchError, ParameterError

SEEDS = range(10)
PENGUINS = Path(__file__).parents[2] / "examples/data/penguins.csv"
COLUMNS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def penguins():
    with PENGUINS.open() as file:
        rows = [[row[name] for name in COLUMNS] for row in csv.DictReader(file)]
    return np.array([row for row in rows if not set(row) & {"", "NA"}], dtype=float)


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


def found(X, k, seed):
    return diagnose(KMeans(k, n_init=5, random_state=seed).fit(X), X, random_state=seed)


@pytest.mark.parametrize("name", ["moons", "circles", "spirals"])
def test_curved_clusters_are_flagged_and_the_remedy_finds_them(name):
    for seed in SEEDS:
        X, y = SHAPES[name](1000, seed)
        what = found(X, len(set(y)), seed)
        assert what.flags[0] == "curved"
        assert "SpectralClustering(affinity='nearest_neighbors')" in what.findings[0].remedy
        if seed < 3:
            labels = SpectralClustering(len(set(y)), affinity="nearest_neighbors").fit_predict(X)
            assert adjusted_rand_score(y, labels) >= 0.99


def test_stretched_clusters_are_flagged_and_the_remedy_finds_them():
    for seed in SEEDS:
        X, y = SHAPES["stretched"](1000, seed)
        what = found(X, 3, seed)
        assert what.flags[0] == "stretched"
        assert "GaussianMixture(covariance_type='full')" in what.findings[0].remedy
        labels = GaussianMixture(3, covariance_type="full", n_init=5, random_state=0).fit_predict(X)
        assert adjusted_rand_score(y, labels) >= 0.99
        assert adjusted_rand_score(y, KMeans(3, random_state=0).fit_predict(X)) < 0.8


@pytest.mark.parametrize("k", [2, 3, 6])
@pytest.mark.parametrize("d", [2, 4])
def test_noise_is_flagged(k, d):
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        X = rng.random((800, d)) if seed % 2 else rng.normal(size=(800, d))
        assert "structure" in found(X, k, seed).flags


def test_a_column_that_outweighs_all_others_is_flagged():
    X = penguins()
    for seed in SEEDS:
        what = found(X, 3, seed)
        assert what.flags[0] == "scales"
        assert "Standardise" in what.findings[0].remedy
        assert what.findings[0].numbers["widest_column"] == 3
        rng = np.random.default_rng(seed)
        two_units = make_blobs(500, 4, centers=3, random_state=seed)[0] * rng.permutation([1, 1, 100, 130])
        assert "scales" in found(two_units, 3, seed).flags


RIGHT = {
    "separated": lambda seed: (SHAPES["separated"](1000, seed)[0], 4),
    "unequal": lambda seed: (
        make_blobs(900, centers=[[0, 0], [9, 0], [0, 12]], cluster_std=[1, 0.5, 2], random_state=seed)[0],
        3,
    ),
    "many": lambda seed: (8 * np.eye(6)[np.arange(900) % 6] + rng_normal(seed, (900, 6)), 6),
    "digits": lambda seed: (load_digits().data, 10),
    "penguins": lambda seed: (standardised(penguins()), 3),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_k_means_is_right_for_is_cleared(name):
    for seed in SEEDS:
        X, k = RIGHT[name](seed)
        assert found(X, k, seed).flags == ()


def rng_normal(seed, shape):
    return np.random.default_rng(seed).normal(size=shape)


def test_columns_along_which_clusters_lie_apart_are_no_unit():
    X = np.concatenate([rng_normal(0, (300, 2)), rng_normal(1, (300, 2)) + np.array([100, 0])])
    assert found(X, 2, 0).fine


def test_a_sample_is_looked_at_and_said():
    X, _ = SHAPES["moons"](40_000, 0)
    what = found(X, 2, 0)
    assert (what.n_rows, what.n_looked_at) == (40_000, 5000)
    assert "(a sample of 5,000 rows)" in str(what)
    assert what.flags[0] == "curved"


def test_the_same_seed_says_the_same_in_sentences_with_numbers():
    X, _ = SHAPES["moons"](500, 0)
    model = KMeans(2, random_state=0).fit(X)
    one, two = (diagnose(model, X, n_threads=n) for n in (1, 3))
    assert one == two
    assert str(one).startswith(
        "k-means may be the wrong model here.\nlook  Nearest neighbours cross clusters"
    )
    assert str(one) == str(diagnose(model.cluster_centers_, X))
    assert str(one) == str(diagnose(model, scipy.sparse.csr_matrix(X)))
    for finding in one.findings:
        assert finding.text.endswith(".")
        assert finding.fine == (finding.remedy == "")
    separated = SHAPES["separated"](400, 0)[0]
    assert str(found(separated, 4, 0)).startswith("Nothing speaks against k-means here.\nfine  ")


def test_few_rows_one_cluster_equal_rows_and_constant_columns_are_no_faults():
    X, _ = SHAPES["separated"](400, 0)
    assert found(X, 1, 0).fine
    assert found(X[:12], 4, 0).flags == ("rows",)
    constant = np.concatenate([X, np.zeros((400, 1))], axis=1)
    assert found(constant, 4, 0).fine
    assert diagnose([[0.0, 0.0], [1.0, 1.0]], np.zeros((50, 2))).fine  # one of the centers has all rows
    twice = found(np.repeat(np.eye(3), 50, axis=0), 3, 0)
    assert "curved" not in twice.flags


def test_the_measures_are_what_they_say():
    rng = np.random.default_rng(0)
    X = rng.random((20_000, 2)) * [2, 1]
    labels = (X[:, 0] > 1).astype(int)
    ways, nearest = measures.apart(X, labels, 2)
    np.testing.assert_allclose(ways, np.sqrt(3), rtol=0.02)
    assert nearest.tolist() == [1, 0]
    np.testing.assert_allclose(
        measures.elongation(rng.normal(size=(5000, 4)), np.zeros(5000, int), 1), 1, atol=0.1
    )
    long = rng.normal(size=(5000, 2)) * [3, 1]
    np.testing.assert_allclose(measures.elongation(long, np.zeros(5000, int), 1), 9 / 5, rtol=0.05)
    near = measures.neighbours(X[:2000], labels[:2000], 2, 10, 0)
    graph = [np.argsort(np.linalg.norm(X[:2000] - x, axis=1))[:10] for x in X[:2000]]
    crossing = np.mean([labels[i] != labels[j] for i, row in enumerate(graph) for j in row[1:]])
    assert near.crossing == pytest.approx(crossing, rel=1e-9)
    null = measures.null(X[:2000], 4, 0, None)
    assert abs(null.box) < 4 * null.error + 0.02
    assert measures.null(rng.normal(size=(2000, 3)), 4, 0, None).normal == pytest.approx(0, abs=0.03)
    ball = measures.mixture(rng.normal(size=(2000, 2)) + 9 * labels[:2000, None], labels[:2000], 2, 0)
    assert abs(ball.gain) < 0.02
    assert ball.moved < 0.01


@pytest.mark.parametrize(
    ("model", "X", "error", "message"),
    [
        (
            KMeans(2),
            np.eye(4),
            ParameterError,
            "model is KMeans without cluster_centers_; pass a fitted KMeans",
        ),
        (np.eye(3), np.eye(4), ModelMismatchError, r"centers have shape \(3, 3\), but X has 4 features"),
        (np.eye(4), [[np.nan] * 4], DataError, "NaN"),
    ],
)
def test_what_cannot_be_diagnosed_is_refused(model, X, error, message):
    with pytest.raises(error, match=message):
        diagnose(model, X)


def test_a_seed_is_an_integer():
    with pytest.raises(ParameterError, match="random_state=-1, but it must be an integer, 0 or more"):
        diagnose(np.eye(2), np.eye(2), random_state=-1)
