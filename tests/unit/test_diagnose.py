"""`diagnose` flags what k-means is wrong for, clears what it is right for, and its remedies help."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.sparse
from diagnosed import CASES, blobs, cloud, in_units, is_right, of_sizes, what_is_said
from shapes import SHAPES
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from globular import KMeans, SpectralClustering, choose_k, diagnose
from globular.diagnostics import measures, mixtures
from globular.diagnostics.null import compared, downhill, fresh
from globular.errors import DataError, ModelMismatchError, ParameterError

# These are said now and then, and not always: `python tests/diagnosed.py` counts.
NOT_ALWAYS = {
    "2 fitted with 4",
    "5 fitted with 6",
    "t cut in 6",
    "exponential, 3",
    "touching, 1",
    "moons of 100",
    "sausages, 2",
}


def found(X, k, seed):
    return diagnose(KMeans(k, n_init=5, random_state=seed).fit(X), X, random_state=seed)


@pytest.mark.parametrize("name", [name for name in CASES if name not in NOT_ALWAYS])
def test_what_should_be_said_is_said(name):
    diagnosis = what_is_said(CASES[name], 0)
    assert is_right(CASES[name], diagnosis.flags), str(diagnosis)


# What must be said whatever the seed.
ALWAYS = [
    "moons 0.05",
    "circles 0.5",
    "stretched",
    "square, 3",
    "penguins",
    "3 blobs",
    "digits",
    "standardised penguins",
]


@pytest.mark.parametrize("name", ALWAYS)
def test_some_things_are_said_whatever_the_seed(name):
    for seed in range(1, 10):  # 0 is above
        diagnosis = what_is_said(CASES[name], seed)
        assert is_right(CASES[name], diagnosis.flags), str(diagnosis)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_should_be_said_is_said_for_ten_seeds(name):
    said = [what_is_said(CASES[name], seed) for seed in range(10)]
    right = sum(is_right(CASES[name], diagnosis.flags) for diagnosis in said)
    assert right >= (9 if name not in NOT_ALWAYS else 5), "\n".join(map(str, said))


def followed(remedy, X, k):
    """What the first remedy finds, taken by its word."""
    affinity = re.search(r"SpectralClustering\(affinity='(\w+)'\)", remedy)
    if affinity:
        return SpectralClustering(k, affinity=affinity[1], random_state=0).fit_predict(X)
    form = re.search(r"GaussianMixture\(covariance_type='(\w+)'\)", remedy)
    if form:
        return GaussianMixture(k, covariance_type=form[1], random_state=0).fit_predict(X)
    assert "Standardise" in remedy
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    return KMeans(k, n_init=5, random_state=0).fit_predict(standardised)


CURED = {
    "moons 0.05": 0.99,
    "moons 0.1": 0.98,
    "moons 0.12": 0.93,
    "moons, 300": 0.9,
    "circles 0.5": 0.99,
    "circles 0.3": 0.99,
    "spirals": 0.99,
    "three spirals": 0.98,
    "shells": 0.99,
    "stretched": 0.99,
    "varied": 0.9,
    "wide beside tight": 0.9,
    "sausages, 4": 0.97,
    "sausages, 10": 0.97,
    "noisy spirals": 0.97,
    "ring and blob": 0.97,
    "blobs in units": 0.6,
}


@pytest.mark.parametrize("name", CURED)
def test_the_first_remedy_finds_the_clusters(name):
    for seed in range(3):
        X, y, k = CASES[name].made(seed)
        model = KMeans(k, n_init=5, random_state=seed).fit(X)
        remedy = next(f.remedy for f in diagnose(model, X, random_state=seed).findings if not f.fine)
        cured = adjusted_rand_score(y, followed(remedy, X, k))
        assert cured >= CURED[name], remedy
        assert cured > adjusted_rand_score(y, model.labels_) + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moons 0.05", "circles 0.5", "spirals", "stretched"])
def test_the_bars_of_the_shapes_hold_for_ten_seeds(name):
    for seed in range(10):
        X, y, k = CASES[name].made(seed)
        diagnosis = what_is_said(CASES[name], seed)
        assert diagnosis.flags[0] == CASES[name].said
        assert adjusted_rand_score(y, followed(diagnosis.findings[0].remedy, X, k)) >= 0.99


@pytest.mark.parametrize("name", ["8 fitted with 4", "4 fitted with 8", "5 fitted with 6", "5 fitted with 4"])
def test_another_number_is_named_and_choose_k_finds_it(name):
    X, y, k = CASES[name].made(1)
    said = next(f for f in what_is_said(CASES[name], 1).findings if f.name == "number")
    right = len(set(y))
    assert (said.numbers["n_clusters"] > k) == (right > k)
    assert f"n_clusters={said.numbers['n_clusters']:.0f}" in said.remedy
    assert choose_k(X, range(1, 12), random_state=0).k == right


def test_where_k_means_came_to_rest_too_soon_more_starts_are_the_remedy():
    X, y, _ = blobs(4, 2, 9, 600)(0)
    means = np.array([X[y == j].mean(axis=0) for j in range(4)])
    apart = np.linalg.norm(means[:, None] - means, axis=2) + np.eye(4) * 99
    a, b = np.unravel_index(apart.argmin(), apart.shape)
    halved = next(j for j in range(4) if j not in (a, b))
    rest = next(j for j in range(4) if j not in (a, b, halved))
    start = [(means[a] + means[b]) / 2, means[halved] + 0.5, means[halved] - 0.5, means[rest]]
    said = diagnose(KMeans(4, init=np.array(start), n_init=1).fit(X), X)
    assert said.flags == ("starts",)
    assert "came to rest" in said.findings[0].text
    assert "n_init" in said.findings[0].remedy
    assert found(X, 4, 0).fine


def test_a_column_that_outweighs_all_others_is_flagged():
    for seed in range(3):
        what = what_is_said(CASES["penguins"], seed)
        assert what.flags[0] == "scales"
        assert "Standardise" in what.findings[0].remedy
        assert what.findings[0].numbers["widest_column"] == 3
        rng = np.random.default_rng(seed)
        two_units = make_blobs(500, 4, centers=3, random_state=seed)[0] * rng.permutation([1, 1, 100, 130])
        assert "scales" in found(two_units, 3, seed).flags


def rng_normal(seed, shape):
    return np.random.default_rng(seed).normal(size=shape)


def test_columns_along_which_clusters_lie_apart_are_no_unit():
    X = np.concatenate([rng_normal(0, (300, 2)), rng_normal(1, (300, 2)) + np.array([100, 0])])
    assert found(X, 2, 0).fine


def test_a_sample_is_looked_at_and_said():
    X, _ = SHAPES["moons"](40_000, 0)
    what = found(X, 2, 0)
    assert (what.n_rows, what.n_looked_at) == (40_000, 2000)
    assert "(a sample of 2,000 rows)" in str(what)
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
    assert "structure" in found(cloud(3, 2, 40)(0)[0], 2, 0).flags
    assert "scales" in found(in_units(blobs(2, 2, 8, 60), 1e6)(0)[0], 2, 0).flags


def test_the_measures_are_what_they_say():
    rng = np.random.default_rng(0)
    X = rng.random((4000, 2)) * [2, 1]
    labels = (X[:, 0] > 1).astype(int)
    found = measures.between(X, labels, 2, 0)
    assert found.valleys[0].apart == pytest.approx(np.sqrt(3), rel=0.03)
    assert found.valleys[0].near == pytest.approx(1 / 6, abs=0.03)
    ball, long = rng.normal(size=(5000, 4)), rng.normal(size=(5000, 2)) * [3, 1]
    np.testing.assert_allclose(measures.elongation(ball, np.zeros(5000, int), 1), 1, atol=0.1)
    np.testing.assert_allclose(measures.elongation(long, np.zeros(5000, int), 1), 9 / 5, rtol=0.05)
    X, labels = X[:2000], labels[:2000]
    near, cut, graph = measures.neighbours(X, labels, 2, 10, 0)
    nearest = [np.argsort(np.linalg.norm(X - x, axis=1))[1:11] for x in X]
    crossing = np.mean([labels[i] != labels[j] for i, row in enumerate(nearest) for j in row])
    assert near.crossing == pytest.approx(crossing, rel=1e-9)
    table = graph.toarray()
    leaving = [table[labels == j][:, labels != j].sum() / table[labels == j].sum() for j in (0, 1)]
    assert near.cut == pytest.approx(np.mean(leaving), rel=1e-9)
    assert near.best_cut == pytest.approx(measures.normalised_cut(graph, cut, 2), rel=1e-9)


def null(X, k):
    return compared(X, fresh(X, k, 0, None), k, 0, None)


def test_points_without_clusters_cost_as_much_as_those_drawn_for_them():
    rng = np.random.default_rng(1)
    box = null(rng.random((2000, 2)), 4)
    assert abs(box.box) < 4 * box.box_error + 0.02
    assert null(rng.normal(size=(2000, 3)), 4).hill == pytest.approx(0, abs=0.03)
    assert null(CASES["t, 2"].made(0)[0], 3).hill == pytest.approx(0, abs=0.05)
    two = null(CASES["3 blobs"].made(0)[0], 3)
    assert max(two.box, two.hill) < -0.5
    assert two.near < 0.02
    assert min(two.near_box, two.near_hill) > 0.1


@pytest.mark.parametrize("d", [1, 2, 5, 50])
def test_a_hill_falls_outward_and_what_falls_stays(d):
    rng = np.random.default_rng(d)
    falling = np.linalg.norm(rng.normal(size=(4000, d)), axis=1)
    np.testing.assert_allclose(
        np.quantile(downhill(falling, d), [0.1, 0.5, 0.9]),
        np.quantile(falling, [0.1, 0.5, 0.9]),
        rtol=0.1,
    )
    shell = downhill(rng.uniform(0.5, 1.0, 4000) ** (1 / d), d)
    density = np.histogram(shell**d, 10, (0, 1))[0]  # even in volume: the flattest that falls
    assert np.all(np.abs(density - 400) < 80)


def test_a_mixture_is_judged_by_rows_it_has_not_seen():
    rng = np.random.default_rng(2)
    labels = np.arange(2000) % 2
    balls = rng.normal(size=(2000, 2)) + 9 * labels[:, None]
    same, _ = mixtures.mixture(balls, [labels], 2, 0)
    assert (same.form, same.moved) == ("spherical", 0.0)
    assert abs(same.gain) < 3 * same.gain_error + 1e-3
    X, y, k = of_sizes([1, 2.5, 0.5])(0)
    sizes, _ = mixtures.mixture(X, [KMeans(k, random_state=0).fit(X).labels_], k, 0)
    assert sizes.form == "spherical"
    assert sizes.gain > 10 * sizes.gain_error
    assert sizes.moved > 0.03 > sizes.unsure
    X, y, k = CASES["stretched"].made(0)
    assert mixtures.mixture(X, [y], k, 0)[0].form == "full"
    noise = rng.normal(size=(90, 40))
    few, _ = mixtures.mixture(noise, [np.arange(90) % 3], 3, 0)
    assert few.form != "full"  # half the rows would not fill a covariance


def test_the_unit_of_all_columns_and_their_place_do_not_matter():
    X, _, k = CASES["moons 0.1"].made(0)
    model = KMeans(k, random_state=0).fit(X)
    for times, more in ((2.0**20, 0.0), (2.0**-200, 0.0), (2.0**470, 0.0), (1.0, 64.0), (1.0, 2.0**40)):
        moved = diagnose(model.cluster_centers_ * times + more, X * times + more)
        assert moved.flags == diagnose(model, X).flags


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
