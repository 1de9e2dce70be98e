"""Models beside k-means: what each finds, how far they agree, and that none takes more than it may."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from ctrl_c import ctrl_c_after
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

import globular
from globular.errors import DataError, Interrupted, ParameterError
from globular.problem import Problem
from globular.selection import rivals
from globular.selection.agreement import adjusted_rand
from globular.selection.compare import RIVALS, compare, compare_models, needed_bytes


def three():
    rng = np.random.default_rng(0)
    return np.vstack([rng.normal(size=(60, 2)) + 12.0 * np.eye(3)[j, :2] for j in range(3)])


@pytest.fixture(scope="module")
def blobs():
    return compare(three(), random_state=0)


@pytest.fixture(scope="module")
def moons():
    points = make_moons(500, noise=0.04, random_state=0)[0]
    return compare(points, 2, models=["HDBSCAN", "DBSCAN"], random_state=0)


def test_on_three_round_clusters_all_agree_that_there_are_three(blobs):
    assert [m.name for m in blobs.models] == ["k-means", *RIVALS]
    assert [m.outcome for m in blobs.models] == ["done"] * 7
    for name in ("k-means", "Gaussian mixture", "DBSCAN", "HDBSCAN", "spectral"):
        assert blobs[name].n_clusters == 3, name
    assert blobs.verdict.startswith("k-means, Gaussian mixture, ")
    exactly = len({m.n_clusters for m in blobs.models}) == 1
    assert (
        "agree on 3 clusters" if exactly else "agree on most of the 3 clusters of k-means"
    ) in blobs.verdict


def test_what_was_estimated_is_reported(blobs):
    assert blobs["k-means"].settings == {"n_clusters": 3, "by": "choose_k"}
    assert blobs["Gaussian mixture"].settings["n_components"] == 3
    assert blobs["DBSCAN"].settings["eps"] > 0
    assert blobs["mean-shift"].settings["bandwidth"] > 0
    assert blobs["spectral"].settings["n_clusters"] == 3


def test_the_figures_are_those_of_the_labels(blobs):
    points = three()
    for i, model in enumerate(blobs.models):
        inside = model.labels >= 0
        assert model.noise == pytest.approx(1 - inside.mean())
        assert model.n_clusters == len(set(model.labels[inside]))
        expected = globular.silhouette_score(points[inside], model.labels[inside])
        assert model.silhouette == pytest.approx(expected)
        for j, other in enumerate(blobs.models):
            expected = adjusted_rand_score(model.labels, other.labels)
            assert blobs.agreement[i, j] == pytest.approx(expected)


def test_plain_numbers_hold_all_but_the_labels(blobs):
    facts = blobs.to_dict()
    assert facts["models"][0]["model"] == "k-means"
    assert facts["models"][0]["settings"] == {"n_clusters": 3, "by": "choose_k"}
    assert facts["agreement"][0][0] == 1.0
    assert blobs.table["model"] == ["k-means", *RIVALS]
    assert {len(column) for column in blobs.table.values()} == {7}


def test_on_two_moons_others_agree_without_k_means(moons):
    assert moons["HDBSCAN"].n_clusters == 2
    assert moons.agreement[1, 2] > 0.8 > moons.agreement[0, 1]
    assert moons.verdict == (
        "no model agrees with k-means, but HDBSCAN and DBSCAN agree on 2 clusters: "
        "the clusters may not be globular"
    )


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 60), a=st.integers(1, 9), b=st.integers(1, 9))
def test_agreement_is_scikit_learn_s(seed, n, a, b):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-1, a, n), rng.integers(-1, b, n)
    assert adjusted_rand(x, y) == pytest.approx(adjusted_rand_score(x, y), abs=1e-12)


def test_many_points_need_too_much_memory_and_are_skipped_with_a_figure():
    points = np.random.default_rng(0).random((20_000, 2))
    found = compare(points, 2, models=["affinity propagation"], random_state=0)
    assert found["affinity propagation"].outcome == "skipped: n = 20,000 needs 12 GB"
    assert found["affinity propagation"].labels is None
    assert np.isnan(found.agreement[0, 1])
    assert found.verdict == "k-means has 2 clusters; no other model came to an end"
    assert needed_bytes("affinity propagation", 40_000, 2) > 4 * needed_bytes(
        "affinity propagation", 19_000, 2
    )


def test_a_child_that_takes_too_long_is_ended():
    begin = time.monotonic()
    found = rivals.in_a_child(lambda: time.sleep(60) or {}, 0.3, 2**30)
    assert found == {"outcome": "stopped: after 0.3 s"}
    assert time.monotonic() - begin < 20


def test_a_child_that_takes_too_much_memory_is_ended():
    found = rivals.in_a_child(lambda: {"x": len(np.ones(10**9))}, 60.0, 2**28)
    assert found == {"outcome": "stopped: needs more than 0.25 GB"}


def test_what_goes_wrong_in_a_child_is_told():
    def fail():
        raise ValueError("no\nway")

    assert rivals.in_a_child(fail, 60.0, 2**30) == {"outcome": "failed: ValueError: no"}
    assert rivals.in_a_child(lambda: os._exit(3), 60.0, 2**30) == {"outcome": "failed: its process died"}
    assert rivals.in_a_child(lambda: {"a": 1}, 60.0, 2**30) == {"a": 1}


def test_a_model_that_fails_leaves_the_others_alone(monkeypatch):
    def fail(X, k, seed):
        raise RuntimeError("singular")

    monkeypatch.setitem(rivals.RIVALS, "spectral", fail)
    done = rivals.in_a_child(lambda: rivals.run("spectral", three(), 2, 0), 60.0, 2**30)
    assert done == {"outcome": "failed: RuntimeError: singular"}


def test_ctrl_c_leaves_no_process_behind():
    points = np.random.default_rng(0).random((3000, 2))
    before = children()  # other tests may have left some that are theirs
    with ctrl_c_after(2.0), pytest.raises(Interrupted):
        compare(points, 2, models=["affinity propagation"])
    assert children() <= before


def children():
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if int(parent) == os.getpid():
            found.add((stat.parent.name, state == "Z"))
    return found


@pytest.mark.parametrize("points", [[[1.0]], np.ones((20, 2))])
def test_odd_points_get_an_answer(points):
    found = compare_models(Problem.checked(points), None, [])
    assert found["k-means"].n_clusters == 1
    assert "1 cluster;" in found.verdict


def test_bad_parameters_are_refused_in_a_sentence():
    with pytest.raises(ParameterError, match="models has 'k-medoids', but there are 'Gaussian mixture'"):
        compare(three(), models=["k-medoids"])
    with pytest.raises(DataError, match="n_clusters=181"):
        compare(three(), 181)
    for name in ("seconds", "memory_gib"):
        with pytest.raises(ParameterError, match=f"{name}=0, but it must be a positive number"):
            compare(three(), 2, **{name: 0})
