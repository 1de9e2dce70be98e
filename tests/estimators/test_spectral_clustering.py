"""`SpectralClustering` and `KernelKMeans`: bent clusters, graphs in pieces, many rows, and the form said."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import scipy.sparse
import sklearn.cluster
from shapes import SHAPES
from sklearn.datasets import load_iris, make_blobs, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import rbf_kernel

from globular import KernelKMeans, KMeans, SpectralClustering
from globular.errors import ApproximationWarning, DataError, ParameterError
from globular.features import graph, landmarks


def test_their_parameters_are_scikit_learn_s_and_a_few_more():
    theirs, ours = sklearn.cluster.SpectralClustering().get_params(), SpectralClustering().get_params()
    assert set(ours) - set(theirs) == {"method", "n_landmarks", "n_threads"}
    assert {name: ours[name] for name in theirs} == theirs


@pytest.mark.parametrize("method", ["exact", "landmarks"])
@pytest.mark.parametrize("name", ["moons", "circles", "spirals"])
def test_curved_pieces_come_out_right(name, method):
    for seed in range(3):
        X, y = SHAPES[name](3000, seed)
        model = SpectralClustering(
            len(set(y)), affinity="nearest_neighbors", method=method, n_landmarks=300, random_state=seed
        ).fit(X)
        assert adjusted_rand_score(y, model.labels_) > 0.99
        assert model.method_ in {"components", method}
        assert model.labels_.dtype == np.int32


@pytest.mark.parametrize("assign_labels", ["kmeans", "discretize", "cluster_qr"])
def test_moons_that_touch_are_cut_where_they_are_thin(assign_labels):
    X, y = make_moons(2000, noise=0.1, random_state=0)
    model = SpectralClustering(2, affinity="nearest_neighbors", assign_labels=assign_labels, random_state=0)
    assert model.fit(X).n_pieces_ == 1
    assert model.method_ == "exact"
    theirs = sklearn.cluster.SpectralClustering(
        2, affinity="nearest_neighbors", assign_labels=assign_labels, random_state=0
    ).fit_predict(X)
    assert adjusted_rand_score(y, model.labels_) >= adjusted_rand_score(y, theirs) - 1e-3


def test_a_kernel_s_table_is_cut_as_scikit_learn_cuts_it():
    X, _ = make_blobs(600, 3, centers=4, cluster_std=2.0, random_state=1)
    model = SpectralClustering(4, gamma=0.1, random_state=0).fit(X)
    theirs = sklearn.cluster.SpectralClustering(4, gamma=0.1, random_state=0).fit(X)
    np.testing.assert_allclose(model.affinity_matrix_, theirs.affinity_matrix_)
    assert adjusted_rand_score(model.labels_, theirs.labels_) == 1.0
    same = SpectralClustering(4, affinity="precomputed", random_state=0).fit(rbf_kernel(X, gamma=0.1))
    np.testing.assert_array_equal(same.labels_, model.labels_)


def pieces_of(n_pieces, seed=0, each=60):
    X, y = make_blobs(
        n_pieces * each, 2, centers=30 * np.arange(2 * n_pieces).reshape(-1, 2), random_state=seed
    )
    return X, y


@pytest.mark.parametrize("method", ["exact", "landmarks"])
def test_as_many_pieces_as_clusters_are_the_clusters(method):
    X, y = pieces_of(5)
    model = SpectralClustering(5, affinity="nearest_neighbors", method=method, n_landmarks=60).fit(X)
    assert (model.method_, model.n_pieces_) == ("components", 5)
    assert adjusted_rand_score(y, model.labels_) == 1.0


@pytest.mark.parametrize("method", ["exact", "landmarks"])
def test_more_pieces_than_clusters_are_joined_to_the_nearest(method):
    X, y = pieces_of(4)
    X[y == 3] = X[y == 0][:60] + np.array([0.0, 12.0])  # nearest to piece 0, and the smallest
    keep = np.flatnonzero((y != 3) | (np.arange(len(y)) % 2 == 0))
    X, y = X[keep], np.where(y[keep] == 3, 0, y[keep])
    model = SpectralClustering(3, affinity="nearest_neighbors", method=method, n_landmarks=60).fit(X)
    assert (model.method_, model.n_pieces_) == ("components", 4)
    assert adjusted_rand_score(y, model.labels_) == 1.0


@pytest.mark.parametrize("method", ["exact", "landmarks"])
def test_fewer_pieces_than_clusters_are_cut_where_they_are_thin(method):
    moons, y = make_moons(1200, noise=0.08, random_state=3)
    blob = np.random.default_rng(0).normal(size=(600, 2)) * 0.3 + [30, 0]
    X, y = np.concatenate([moons, blob]), np.concatenate([y, np.full(600, 2)])
    model = SpectralClustering(
        3, affinity="nearest_neighbors", method=method, n_landmarks=250, random_state=0
    ).fit(X)
    assert (model.method_, model.n_pieces_) == (method, 2)
    assert adjusted_rand_score(y, model.labels_) > 0.95
    assert len(set(model.labels_[y == 2])) == 1  # the blob has no thin place


def test_an_approximation_is_never_silent(monkeypatch):
    X, _ = make_moons(900, noise=0.05, random_state=0)
    monkeypatch.setattr("globular.features.spectral.EXACT_GRAPH_ROWS", 800)
    monkeypatch.setattr("globular.features.spectral.EXACT_KERNEL_ROWS", 800)
    message = "X has 900 rows, more than the 800 up to which .* is exact: 100 landmarks stand for them"
    for affinity in ("nearest_neighbors", "rbf"):
        model = SpectralClustering(2, affinity=affinity, gamma=20, n_landmarks=100, random_state=0)
        with pytest.warns(ApproximationWarning, match=message):
            model.fit(X)
        assert model.method_ in {"landmarks", "nystroem", "components"}
        assert not hasattr(model, "affinity_matrix_")
        again = SpectralClustering(
            2, affinity=affinity, gamma=20, n_landmarks=100, random_state=0, method="landmarks"
        ).fit(X)
        np.testing.assert_array_equal(again.labels_, model.labels_)
    exact = SpectralClustering(2, affinity="nearest_neighbors", method="exact", random_state=0).fit(X)
    assert exact.method_ in {"exact", "components"}


def test_all_rows_as_landmarks_are_no_approximation():
    X, _ = make_blobs(150, 3, centers=3, cluster_std=1.5, random_state=2)
    exact = SpectralClustering(3, gamma=0.2, random_state=0).fit(X)
    near = SpectralClustering(3, gamma=0.2, random_state=0, method="landmarks", n_landmarks=150).fit(X)
    assert near.method_ == "nystroem"
    assert adjusted_rand_score(exact.labels_, near.labels_) == 1.0


def test_its_eigenvectors_are_the_laplacian_s():
    X, _ = make_moons(700, noise=0.1, random_state=0)
    start = np.random.default_rng(0).random(700)
    for affinity in (graph.neighbour_graph(X, 10), rbf_kernel(X, gamma=2)):
        laplacian, root = scipy.sparse.csgraph.laplacian(affinity, normed=True, return_diag=True)
        full = laplacian.toarray() if scipy.sparse.issparse(laplacian) else laplacian
        values, embedding = graph.smallest_eigenpairs(affinity, 4, start)
        np.testing.assert_allclose(values, np.linalg.eigvalsh(full)[:4], atol=1e-9)
        vectors = embedding * root[:, None]
        np.testing.assert_allclose(full @ vectors, vectors * values, atol=1e-6 * np.abs(vectors).max())
    tied = landmarks.ties(X, X[::7])
    two = (tied @ scipy.sparse.diags(1 / np.asarray(tied.sum(axis=0)).ravel()) @ tied.T).toarray()
    values, embedding = graph.tied_eigenpairs(tied, 4)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(np.eye(700) - two)[:4], atol=1e-9)
    np.testing.assert_allclose(two @ embedding, embedding * (1 - values), atol=1e-9)


def test_ctrl_c_strikes_between_two_products_of_arpack(monkeypatch):
    # Anywhere else it would leave the lock behind which SciPy before 1.17 has ARPACK: no more fits.
    X, _ = make_moons(700, noise=0.1, random_state=0)
    start = np.random.default_rng(0).random(700)
    affinity, solvers, products = graph.neighbour_graph(X, 10), [], []
    inverse = graph._inverse

    def inverse_in_front_of_ctrl_c(matrix):
        solve = inverse(matrix)

        def counted(vector):
            solvers.append(threading.current_thread())
            products.append(len(products))
            if len(products) == 3:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                time.sleep(0.5)
            return solve(vector)

        return counted

    whole = graph.smallest_eigenpairs(affinity, 4, start)
    monkeypatch.setattr(graph, "_inverse", inverse_in_front_of_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        graph.smallest_eigenpairs(affinity, 4, start)
    for thread in solvers:
        thread.join(10)  # RuntimeError if it is this one
        assert not thread.is_alive()
    assert len(products) == 3  # and not some dozen
    again = graph.smallest_eigenpairs(affinity, 4, start)
    assert len(products) > 10
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_same_seed_gives_the_same_labels_on_any_number_of_threads():
    X, _ = make_moons(1500, noise=0.1, random_state=0)
    for more in ({}, {"method": "landmarks", "n_landmarks": 200}):
        one, two = (
            SpectralClustering(2, affinity="nearest_neighbors", random_state=0, n_threads=n, **more).fit(X)
            for n in (1, 3)
        )
        np.testing.assert_array_equal(one.labels_, two.labels_)


def test_sparse_rows_are_taken():
    X, y = pieces_of(3)
    X = np.concatenate([X, np.zeros((len(X), 40))], axis=1)
    for method in ("exact", "landmarks"):
        model = SpectralClustering(3, affinity="nearest_neighbors", method=method, n_landmarks=40)
        assert adjusted_rand_score(y, model.fit_predict(scipy.sparse.csr_matrix(X))) == 1.0


def test_what_it_cannot_do_it_says():
    X = np.eye(20) + 0.1
    with pytest.raises(ParameterError, match="n_clusters=30, but X has only 20 rows; use n_clusters <= 20"):
        SpectralClustering(30).fit(X[:, :3])
    with pytest.raises(ParameterError, match="method='landmarks' needs rows of features"):
        SpectralClustering(2, affinity="precomputed", method="landmarks").fit(X)


MEMORY = """
import resource, warnings
import numpy as np
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score
from globular import SpectralClustering
X, y = make_moons(100_000, noise=0.05, random_state=0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = SpectralClustering(2, affinity="nearest_neighbors", method="landmarks", random_state=0).fit(X)
print(adjusted_rand_score(y, model.labels_), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_hundred_thousand_rows_need_no_table_of_pairs():
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    rand, kilobytes = map(float, run.stdout.split())
    assert rand > 0.99
    assert kilobytes < 300_000  # all pairs: 80 GB


def test_a_linear_kernel_is_plain_k_means():
    X = load_iris().data
    kernel = KernelKMeans(3, kernel="linear", random_state=0).fit(X)
    plain = KMeans(3, n_init=10, random_state=0).fit(X)
    assert kernel.method_ == "exact"
    assert kernel.inertia_ == pytest.approx(plain.inertia_, rel=1e-9)
    assert adjusted_rand_score(kernel.labels_, plain.labels_) == 1.0


def kernel_cost(K, labels, k):
    """The cost of kernel k-means, from the table of all pairs."""
    inside = [np.flatnonzero(labels == j) for j in range(k)]
    return np.trace(K) - sum(K[np.ix_(rows, rows)].sum() / len(rows) for rows in inside if len(rows))


def test_the_cost_is_the_one_in_the_kernel_s_space_and_no_row_wants_to_leave():
    X, _ = make_circles(250, factor=0.3, noise=0.1, random_state=0)
    model = KernelKMeans(4, gamma=2.0, tol=0.0, random_state=0).fit(X)
    K = rbf_kernel(X, gamma=2.0)
    assert model.inertia_ == pytest.approx(kernel_cost(K, model.labels_, 4), rel=1e-6)
    inside = np.eye(4)[model.labels_] / np.bincount(model.labels_)
    distances = np.diag(K)[:, None] - 2 * K @ inside + np.einsum("ij,ik,kj->j", inside, K, inside)
    np.testing.assert_array_equal(distances.argmin(axis=1), model.labels_)
    np.testing.assert_allclose(model.transform(X) ** 2, distances, atol=1e-8)


def test_new_rows_are_labelled_as_the_old_ones():
    X, y = make_circles(3000, factor=0.2, noise=0.05, random_state=0)
    model = KernelKMeans(2, gamma=3.0, random_state=0, n_landmarks=100).fit(X[:2000])
    assert model.method_ == "nystroem"
    assert model.landmarks_.shape == (100, 2)
    assert adjusted_rand_score(y[:2000], model.labels_) == 1.0
    assert adjusted_rand_score(y[2000:], model.predict(X[2000:])) == 1.0
    np.testing.assert_array_equal(model.predict(X[:2000]), model.labels_)
    exact = KernelKMeans(2, gamma=3.0, random_state=0, n_landmarks=2000).fit(X[:2000])
    K = rbf_kernel(X[:2000], gamma=3.0)
    assert kernel_cost(K, model.labels_, 2) < 1.01 * kernel_cost(K, exact.labels_, 2)


def test_weights_are_rows_repeated_and_weight_zero_is_no_row():
    X, _ = make_circles(200, factor=0.2, noise=0.05, random_state=0)
    weights = np.arange(200) % 3.0
    heavy = KernelKMeans(2, gamma=3.0, random_state=0).fit(X, sample_weight=weights)
    repeated = KernelKMeans(2, gamma=3.0, random_state=0).fit(np.repeat(X, weights.astype(int), axis=0))
    assert heavy.inertia_ == pytest.approx(repeated.inertia_, rel=1e-6)
    assert len(heavy.landmarks_) == np.count_nonzero(weights)
    with pytest.raises(DataError, match="n_clusters=300"):
        KernelKMeans(300).fit(X)
