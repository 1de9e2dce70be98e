"""What `diagnose` costs, in counts: rows looked at, starts of k-means, steps of mixtures, dips.

And what it leaves out would not have changed the answer.
"""

from __future__ import annotations

import threading
from collections import Counter

import numpy as np
import pytest
from diagnosed import CASES, blobs, cloud, moons, touching
from threadpoolctl import threadpool_info

from globular import KMeans, diagnose, em
from globular.diagnostics import gaussians, look, measures, mixtures, null, number
from globular.diagnostics.alone import ONE_THREAD
from globular.problem import Problem
from globular.seeding import Draws
from globular.selection import valley
from globular.selection.labelling import Labelling


@pytest.fixture
def work(monkeypatch):
    """Count what is done, by name; the largest number of rows is `rows`."""
    counts = Counter()

    def counted(module, name, size=lambda *args: 0):
        does = getattr(module, name)

        def wrapper(*args, **kwargs):
            counts[name] += 1
            counts["rows"] = max(counts["rows"], size(*args))
            return does(*args, **kwargs)

        monkeypatch.setattr(module, name, wrapper)

    counted(em, "run", lambda engine, *_: engine.problem.n)
    counted(gaussians, "m_step", lambda table, *_: table.shape[1])
    counted(measures.graphs, "distances_to_neighbours", lambda points, *_: len(points))
    counted(valley, "dip_p_value")
    return counts


def said(made, seed=0):
    X, _, k = made(seed)
    model = KMeans(k, n_init=5, random_state=seed).fit(X)
    return model, X, k


MOST_STARTS = null.N_STARTS * (1 + 2 * null.MOST_SETS)  # of the rows looked at


@pytest.mark.parametrize(
    "name", ["3 blobs", "moons 0.1", "square, 6", "touching, 8", "digits", "iris", "wine"]
)
def test_the_work_is_bounded_whatever_the_data(name, work):
    model, X, k = said(CASES[name].made)
    work.clear()
    diagnose(model, X)
    # One start more in each cluster, and three wherever the graph is cut.
    assert work["run"] <= MOST_STARTS + k + 3 * k
    assert work["distances_to_neighbours"] == 1
    # Two halves and the whole of at most three forms, from two starts; again for k and for fewer clusters.
    begun_and_followed = 1 + gaussians.STEPS
    fits = 2 * (2 * len(mixtures.FORMS) + 1) + 2 * len(mixtures.FORMS) + 4 * len(mixtures.FORMS)
    assert work["m_step"] <= fits * begun_and_followed + 3 * 2


def test_clear_clusters_take_one_fit_of_ten_starts_one_in_each_cluster_and_no_dip(work):
    model, X, k = said(blobs(5, 3, 8, 1500))
    work.clear()
    assert diagnose(model, X).fine
    assert work["run"] <= null.N_STARTS * (1 + 2 * null.FEWEST_SETS) + k
    assert work["m_step"] <= (3 * 2 + 1) * 5  # a mixture that is there already settles at once
    assert work["dip_p_value"] == 0


@pytest.mark.parametrize("made", [blobs(6, 2, 7, 30_000), moons(0.08, 30_000)])
def test_of_many_rows_2000_are_looked_at(made, work):
    model, X, _ = said(made)
    work.clear()
    assert diagnose(model, X).n_looked_at == work["rows"] == 2000


@pytest.mark.parametrize(
    ("made", "flags"), [(touching(2, 2, 3.0, 20_000), ()), (cloud(2, 3, 6000), ("structure",))]
)
def test_where_2000_rows_show_no_structure_5000_are_looked_at(made, flags, work):
    model, X, k = said(made, 4)
    work.clear()
    diagnosis = diagnose(model, X, random_state=4)
    assert diagnosis.flags == flags
    assert diagnosis.n_looked_at == work["rows"] == 5000
    assert work["run"] <= 2 * (MOST_STARTS + k + 3 * k)


@pytest.mark.parametrize(("k", "n"), [(30, 2000), (60, 3000), (120, 5000)])
def test_of_many_clusters_50_rows_each_are_looked_at_up_to_5000(k, n):
    X, y, _ = blobs(k, 3, 7, 6000)(0)
    means = np.array([X[y == j].mean(axis=0) for j in range(k)])
    assert diagnose(means, X).n_looked_at == n


@pytest.mark.parametrize(
    "name", ["varied", "stretched", "moons 0.1", "digits", "cube, 5", "wine", "penguins"]
)
def test_forms_that_are_left_out_were_not_as_good(name, monkeypatch):
    X, _, k = CASES[name].made(1)
    labels = KMeans(k, random_state=1).fit(X).labels_.astype(np.int64)
    rng = np.random.default_rng(0)
    starts = [labels, np.where(rng.random(len(X)) < 0.2, rng.integers(0, k, len(X)), labels)]
    found, predict = mixtures.mixture(X, starts, k, 0)

    def of_every_start(self, table, form, beat=-np.inf):
        begun = [gaussians.from_labels(self.table, labels, k, form, self.floor) for labels in self.starts]
        fits = [gaussians.fitted(begin, table, form, self.floor) for begin in begun]
        best = int(fits[1][1] > fits[0][1] + mixtures.AS_GOOD)
        return fits[best][0], best

    monkeypatch.setattr(mixtures.Fits, "of", of_every_start)
    thorough, predict_thoroughly = mixtures.mixture(X, starts, k, 0)
    assert found == thorough
    np.testing.assert_array_equal(predict(X), predict_thoroughly(X))


@pytest.mark.parametrize("name", ["3 blobs", "4 fitted with 8", "touching, 8", "digits", "square, 6", "iris"])
def test_halves_of_one_are_the_borders_that_are_refuted(name):
    X, _, k = CASES[name].made(0)
    labels = KMeans(k, random_state=0).fit(X).labels_
    problem = Problem.checked(X)
    labelling = Labelling(problem, labels.astype(np.int32), k)
    refuted = [(v.a, v.b) for v in valley.borders(labelling, Draws(0, 1)).valleys if v.refuted]
    assert valley.halves_of_one(labelling, Draws(0, 1)) == refuted


@pytest.mark.parametrize(
    "name",
    [
        "3 blobs",
        "moons 0.1",
        "square, 3",
        "touching, 3.5",
        "cloud, 10",
        "t, 5",
        "iris",
        "spirals",
        "noisy spirals",
    ],
)
def test_sets_that_are_not_drawn_would_not_have_changed_whether_there_is_structure(name, monkeypatch):
    for seed in range(4):
        X, _, k = CASES[name].made(seed)
        own = null.fresh(X, k, seed, None)
        soon = null.compared(X, own, k, seed, None)
        monkeypatch.setattr(null.Null, "settled", lambda self, n: False)
        late = null.compared(X, own, k, seed, None)
        monkeypatch.undo()
        assert soon.n_sets <= late.n_sets == null.MOST_SETS
        assert soon.clustered(len(X)) == late.clustered(len(X))


@pytest.mark.parametrize(
    ("box", "hill", "error", "near", "settled"),
    [
        (-0.9, -0.5, 0.02, 0.05, True),  # far cheaper, with few rows near borders
        (-0.9, -0.15, 0.01, 0.05, False),  # cheaper, but not by far
        (-0.9, -0.4, 0.07, 0.05, False),  # by far, but not by six standard errors
        (-0.9, -0.5, 0.02, 0.195, False),  # about as many rows near borders
        (-0.9, -0.5, 0.02, 0.3, True),  # surely more of them
        (-0.9, 0.01, 0.02, 0.05, True),  # no cheaper than a hill
        (-0.9, -0.05, 0.02, 0.05, False),  # a little cheaper
    ],
)
def test_more_sets_are_drawn_where_two_leave_it_open(box, hill, error, near, settled):
    found = null.Null(box, hill, error, error, near, 0.2, 0.2, null.FEWEST_SETS)
    assert found.settled(1000) == settled


def test_a_cluster_is_halved_where_two_lie_in_it():
    for seed in range(5):
        X, y, _ = blobs(2, 10, 8, 400, shares=[9, 1])(seed)
        halves = number._halves(X, None)
        assert len(set(zip(halves.tolist(), y.tolist(), strict=True))) == 2
    assert number._halves(np.ones((30, 2)), None).tolist() == [0] * 30


def test_equal_rows_are_one_in_the_graph():
    X, _, k = CASES["rows again"].made(0)
    labels = KMeans(k, random_state=0).fit(X).labels_.astype(np.int64)
    seen = look.Look(X, labels, k, np.arange(k), 0, None)
    assert len(seen.places) == seen.graph.shape[0] == len(np.unique(X, axis=0))


def limits():
    return [library["num_threads"] for library in threadpool_info()]


def test_one_thread_is_the_limit_of_whoever_is_inside_and_of_nobody_afterwards():
    with ONE_THREAD:
        pass  # all libraries are loaded now
    before, there = limits(), []
    inside, leave = threading.Event(), threading.Event()

    def other():
        own = limits()
        with ONE_THREAD:
            there.append(set(limits()))
            inside.set()
            leave.wait()
        there.append(limits() == own)

    thread = threading.Thread(target=other)
    with ONE_THREAD:
        thread.start()
        inside.wait()
        assert set(limits()) == {1}
    leave.set()
    thread.join()
    assert there == [{1}, True]
    assert limits() == before
