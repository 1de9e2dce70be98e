"""A sparse matrix gives what its dense form gives: labels, sums, draws, costs, to the bit."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import brute
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from test_same_bits import Silent

from globular import KMeans, em, kmeans_plusplus
from globular.centers import as_array, kept, moves, rounded
from globular.engines.memory import MemoryEngine
from globular.points import as_sparse_points
from globular.problem import Problem
from globular.registry import ENGINES
from globular.seeding.given import Given

FORMATS = ["csr_array", "csr_matrix", "csc_array", "coo_array", "lil_matrix"]
SEEDINGS = ["given", "k-means++", "random"]


def thinned(case, seed):
    """The case's points with most values zero, some columns full, and some rows empty."""
    rng = np.random.default_rng(seed)
    keep = rng.random(case.points.shape) < rng.choice([0.05, 0.3, 0.9])
    keep[:, rng.random(case.points.shape[1]) < 0.2] = True
    keep[rng.random(len(keep)) < 0.1] = False
    return np.where(keep, case.points, 0).astype(case.points.dtype)


@given(
    case=brute.cases(weighings=("none", "whole", "fractional")),
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from(FORMATS),
    start=st.sampled_from(SEEDINGS),
    level=st.sampled_from(brute.LEVELS),
)
def test_a_sparse_fit_has_the_bits_of_the_dense_one(case, seed, kind, start, level):
    points = thinned(case, seed)
    sparse = getattr(scipy.sparse, kind)(points)
    seeding = Given(points[: case.k].astype(np.float64)) if start == "given" else start
    dense, thin = (
        em.fit(
            Problem.checked(x, case.weights),
            case.k,
            seeding=seeding,
            seed=seed,
            level=level,
            progress=Silent(),
        )
        for x in (points, sparse)
    )
    np.testing.assert_array_equal(dense.labels, thin.labels)
    np.testing.assert_array_equal(dense.centers, thin.centers)
    assert dense.cost == thin.cost
    told = [[(s.cost, s.shift_sq, s.n_changed, s.n_moved) for s in fit.history] for fit in (dense, thin)]
    assert told[0] == told[1]
    np.testing.assert_array_equal(em.assign(sparse, thin.centers, level=level), dense.labels)


@pytest.mark.parametrize("level", brute.LEVELS)
@pytest.mark.parametrize("dtype", brute.DTYPES)
@pytest.mark.parametrize(("d", "k"), [(1, 2), (40, 17), (300, 5), (700, 100)])
def test_labels_of_a_walk_are_those_of_q(d, k, dtype, level):
    """Long rows, ties, and centers that move by inches, so that rows are skipped."""
    rng = np.random.default_rng(d)
    points = scipy.sparse.random(400, d, density=0.5, format="csr", dtype=dtype, random_state=1)
    points.data[:] = rng.choice([points.data, np.round(4 * points.data)][d % 2], size=points.nnz)
    problem = Problem.checked(points)
    engine = MemoryEngine(problem, level=level)
    centers = rng.random((k, d))
    for _ in range(6):
        tally = engine.e_step(centers)
        np.testing.assert_array_equal(engine.labels(), brute.nearest(points.toarray(), centers))
        assert engine.cost(centers) == brute.cost(points.toarray(), centers, engine.labels())
        centers = 0.998 * centers + 0.002 * tally.m_step(centers)
    assert tally.n_distances < 400 * k or d == 1


@pytest.mark.parametrize("level", brute.LEVELS)
@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_of_sparse_centers_that_are_equally_far_the_first_has_the_row(dtype, level):
    """q passes over features that neither has: before, between and after those of the center."""
    rng = np.random.default_rng(3)
    X = np.zeros((500, 80), dtype)
    for row in X:
        row[rng.choice(80, 4, replace=False)] = rng.choice([-1, 1], 4)
    centers = X[:30].astype(np.float64)
    engine = MemoryEngine(Problem.checked(scipy.sparse.csr_array(X)), level=level)
    n_settled = engine.e_step(centers).n_settled
    np.testing.assert_array_equal(engine.labels(), brute.nearest(X, centers))
    assert n_settled > 250  # most rows have few features in common with any


@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_no_row_is_skipped_that_changes(dtype):
    """Centers that wander by a fair part of the gaps between them: bounds that are too good would show."""
    rng = np.random.default_rng(11)
    X = (rng.random((1500, 3)) * (rng.random((1500, 3)) < 0.8)).astype(dtype)
    engine = MemoryEngine(Problem.checked(scipy.sparse.csr_array(X)))
    centers = rng.random((6, 3))
    n_distances = 0
    for _ in range(25):
        n_distances += engine.e_step(centers).n_distances
        np.testing.assert_array_equal(engine.labels(), brute.nearest(X, centers))
        centers = centers + rng.normal(scale=0.01, size=centers.shape)
    assert n_distances < 0.8 * 25 * 1500 * 6


def test_the_same_bits_on_any_number_of_threads():
    X = scipy.sparse.random(3000, 400, density=0.05, format="csr", random_state=0)
    fits = [KMeans(20, random_state=0, n_threads=t).fit(X) for t in (1, 2, 3, 7)]
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.cluster_centers_, fits[0].cluster_centers_)
        assert fit.inertia_ == fits[0].inertia_


@pytest.mark.parametrize("fault", ["unordered", "twice", "stale", "slack"])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_entries_in_any_order_with_room_to_spare_mean_the_same_matrix(fault, index):
    rng = np.random.default_rng(5)
    X = rng.integers(0, 4, size=(60, 7)) * (rng.random((60, 7)) < 0.5) * 0.25
    rows = scipy.sparse.csr_array(X)
    rows.indices, rows.indptr = rows.indices.astype(index), rows.indptr.astype(index)
    if fault == "twice":  # every entry in two halves that lie apart
        halves = [(rows.data[a:b] / 2, rows.indices[a:b]) for a, b in itertools.pairwise(rows.indptr)]
        data = np.concatenate([np.tile(v, 2) for v, _ in halves])
        features = np.concatenate([np.tile(f, 2) for _, f in halves])
        rows = scipy.sparse.csr_array((data, features, 2 * rows.indptr), shape=X.shape)
    elif fault == "slack":
        rows.data = np.append(rows.data, [7.0, 8.0])
        rows.indices = np.append(rows.indices, index([3, 0]))
    else:
        assert fault != "stale" or rows.has_canonical_format  # asked, and so remembered
        for a, b in itertools.pairwise(rows.indptr):
            rows.data[a:b] = rows.data[a:b][::-1].copy()
            rows.indices[a:b] = rows.indices[a:b][::-1].copy()
    before = rows.data.copy(), rows.indices.copy()
    np.testing.assert_array_equal(as_sparse_points(rows, "X").unpacked(), X)
    np.testing.assert_array_equal(rows.data, before[0])
    np.testing.assert_array_equal(rows.indices, before[1])


@pytest.mark.parametrize("dtype", brute.DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_cost_over_many_features_has_the_bits_of_the_dense_one(weighted, dtype):
    """So many features that runs of squares go from block to block, in clusters of all sizes."""
    rng = np.random.default_rng(7)
    dense = np.where(rng.random((400, 9001)) < 0.01, rng.normal(size=(400, 9001)), 0.0).astype(dtype)
    dense[:40] = 0.0  # rows without an entry
    dense[40:80, :8000] = 0.0  # and with late ones only
    centers = np.stack([dense[:200].mean(axis=0), dense[100], rng.normal(size=9001)]).astype(np.float64)
    weights = rng.random(400) if weighted else None
    costs = []
    for points in (dense, scipy.sparse.csr_array(dense)):
        engine = MemoryEngine(Problem.checked(points, weights), n_threads=2)
        tally = engine.e_step(centers)
        means = tally.m_step(centers)
        costs.append((engine.cost(centers), engine.cost(means), *means.ravel()))
    assert costs[0] == costs[1]


def test_the_spread_is_that_of_the_weighted_set_of_rows():
    """Also where values lie so far apart that sums take another number of pieces than sums of squares."""
    rng = np.random.default_rng(7)
    for bits in np.repeat(np.arange(8.0, 24.0), 6):
        X = rng.normal(size=(200, 3)) * 2.0**-bits
        X[0] = rng.normal(size=3)
        expected = Problem.checked(X).spread.variance
        twice = Problem.checked(np.repeat(X, 2, axis=0)).spread.variance
        for other in (X[rng.permutation(200)], scipy.sparse.csr_array(X)):
            np.testing.assert_array_equal(Problem.checked(other).spread.variance, expected)
        np.testing.assert_array_equal(Problem.checked(X, np.full(200, 2.0)).spread.variance, twice)


def test_rows_of_all_lengths_take_no_more_memory_than_others():
    """q passes all binades, one after the other; its tables are few."""
    rng = np.random.default_rng(8)
    d = 20_000
    X = scipy.sparse.csr_array(
        (2.0 ** rng.integers(-60, 200, 60), (np.arange(60), rng.integers(d, size=60))), (60, d)
    )
    center = rng.normal(size=(1, d))
    engine = MemoryEngine(Problem.checked(X))
    engine.e_step(center)
    dense = MemoryEngine(Problem.checked(X.toarray()))
    dense.e_step(center)
    assert engine.cost(center) == dense.cost(center)


def test_transform_and_plus_plus_are_those_of_the_dense_matrix():
    X = scipy.sparse.random(200, 60, density=0.2, format="csr", random_state=0)
    X = scipy.sparse.vstack([X, X[:20]]).tocsr()
    model = KMeans(9, init=X[:9].toarray(), n_init=1, max_iter=1).fit(X)
    np.testing.assert_allclose(model.transform(X), model.transform(X.toarray()), rtol=1e-14)
    model.cluster_centers_ = X[:9].toarray()
    assert np.all(model.transform(X[:9]).diagonal() == 0.0)
    a, b = (kmeans_plusplus(x, 12, random_state=3) for x in (X, X.toarray()))
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[1], b[1])


def test_centers_are_taken_in_either_form_and_keep_it():
    X = scipy.sparse.random(400, 700, density=0.02, format="csr", random_state=0, dtype=np.float32)
    problem = Problem.checked(X)
    centers = X[:9].toarray().astype(np.float64)
    centers[3] = -0.0
    sparse = kept(centers, problem.points)
    assert (len(sparse), sparse.shape) == (9, (9, 700))
    np.testing.assert_array_equal(np.signbit(as_array(sparse)), np.signbit(centers))
    engines = [ENGINES[name](problem) for name in ("memory", "memory", "reference", "reference")]
    answers = []
    for engine, given_centers in zip(engines, (centers, sparse, centers, sparse), strict=True):
        tally = engine.e_step(given_centers)
        means = tally.m_step(given_centers)
        assert type(means) is type(given_centers)
        assert type((tally + tally).m_step(given_centers)) is type(given_centers)
        cost = tally.cost(given_centers, problem.spread)
        exact = as_array(rounded(means, np.dtype(np.float32)))
        far = engine.farthest(given_centers, 2)
        answers.append((cost, engine.cost(given_centers), moves(given_centers, means), exact.tobytes()))
        answers[-1] += tuple(np.concatenate([engine.labels(), as_array(means).ravel(), *far]))
    assert answers[0] == answers[1] == answers[2] == answers[3]


MEMORY = """
import warnings
import numpy as np
import scipy.sparse
import globular
n, d, m, k, dtype, init = {case!r}
rng = np.random.default_rng(0)
features = (rng.integers(d // m, size=(n, m)) + d // m * np.arange(m)).ravel().astype(np.int32)
starts = m * np.arange(n + 1, dtype=np.int32)
X = scipy.sparse.csr_array((rng.random(n * m, dtype=dtype), features, starts), (n, d))
if init == "given":
    init = X[:k].toarray()
warnings.simplefilter("ignore")
globular.KMeans(2, max_iter=2).fit(X[:50, :50])
def resident(which):
    line = next(line for line in open("/proc/self/status") if line.startswith(which))
    return 1024 * int(line.split()[1])
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = resident("VmRSS")
globular.KMeans(k, init=init, n_init=1, max_iter=5, random_state=0).fit(X)
print(resident("VmHWM") - before)
"""


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the peak cannot be measured")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("k", "init"), [(10, "k-means++"), (100, "k-means++"), (100, "random"), (100, "given")]
)
def test_a_sparse_fit_holds_its_entries_and_one_array_of_centers(k, init, dtype):
    """Dense the points would take 4 GB and more, and centers in float64 40 MB each time."""
    n, d, m = 20_000, 50_000, 50
    script = MEMORY.format(case=(n, d, m, k, dtype, init))
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    centers_twice = 2 * 8 * n * m  # before and after the M-step: no more coordinates than entries
    # One of them at a time: panels of float32 filled up to a multiple of 48 centers, or the result.
    array = 4 * d * 48 * -(-k // 48) if dtype == "float32" else 8 * d * k
    tables = 250 * d + 100 * n  # of the features and of the rows, for two threads
    distinct = n * m * (4 + np.dtype(dtype).itemsize) if init == "random" else 0  # it draws from these
    assert int(run.stdout) < centers_twice + array + tables + distinct
