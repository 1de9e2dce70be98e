"""``globular cluster --method`` and ``globular diagnose``: shapes on the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from command import good, run
from shapes import SHAPES
from sklearn.metrics import adjusted_rand_score

MODULES = """
import sys
from click.testing import CliRunner
from globular.cli import main
outcome = CliRunner().invoke(main, sys.argv[1:])
assert outcome.exit_code == 0, outcome.stderr
print(*sys.modules)
"""


@pytest.fixture
def moons(tmp_path):
    X, y = SHAPES["moons"](400, 0)
    np.savetxt(tmp_path / "moons.csv", X, delimiter=",", header="x,y", comments="")
    return tmp_path / "moons.csv", y


def labels_of(path, *more):
    out = path.parent / "out.npy"
    good("cluster", path, "-k", 2, "-o", out, "--force", "-q", *more)
    return np.load(out)


def test_spectral_finds_the_moons_that_k_means_cuts(moons):
    path, y = moons
    assert adjusted_rand_score(y, labels_of(path)) < 0.5
    labels = labels_of(path, "--method", "spectral")
    assert adjusted_rand_score(y, labels) == 1.0
    np.testing.assert_array_equal(labels, labels_of(path, "--method", "spectral", "--neighbors", 12))


def test_the_kernel_finds_a_ring(tmp_path):
    X, y = SHAPES["circles"](600, 0)
    X[y == 1] *= 0.2
    np.savetxt(tmp_path / "ring.csv", X, delimiter=",", header="x,y", comments="")
    assert adjusted_rand_score(y, labels_of(tmp_path / "ring.csv", "--method", "kernel", "--gamma", 3)) == 1.0
    more = [tmp_path / "more.csv", "-k", 2, "--method", "kernel", "--gamma", 3]
    np.savetxt(more[0], np.repeat(X, 2, axis=0), delimiter=",", header="x,y", comments="")
    outcome = good("cluster", *more, "-o", tmp_path / "more.npy")
    assert "1200 rows are more than the 1000 up to which the kernel is exact" in outcome.stderr
    assert adjusted_rand_score(np.repeat(y, 2), np.load(tmp_path / "more.npy")) == 1.0


def test_mini_batches_write_a_model_that_predicts(moons):
    path, _ = moons
    model = path.parent / "m.json"
    labels = labels_of(path, "--method", "minibatch", "--model", model)
    again = path.parent / "again.npy"
    good("predict", model, path, "-o", again)
    np.testing.assert_array_equal(np.load(again), labels)
    summary = json.loads(good("cluster", path, "-k", 2, "--method", "minibatch", "--json").stdout)
    assert summary["converged"]
    assert len(summary["restart_costs"]) == 1


def test_cluster_zero_is_the_largest_whatever_the_method(tmp_path):
    X, _ = SHAPES["separated"](400, 0)
    keep = np.flatnonzero((X[:, 0] > 0) | (np.arange(400) % 3 == 0))
    np.savetxt(tmp_path / "x.csv", X[keep], delimiter=",", header="x,y", comments="")
    for method in ("kmeans", "minibatch", "spectral", "kernel"):
        sizes = np.bincount(labels_of(tmp_path / "x.csv", "--method", method))
        assert (np.diff(sizes) <= 0).all()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            ["--method", "spectral", "--model", "m.json"],
            "finds no centers to keep in --model; leave --model out",
        ),
        (
            ["--method", "kernel", "--model", "m.json"],
            "finds no centers to keep in --model; leave --model out",
        ),
        (["--method", "spectral", "--weights", "x"], "--method spectral knows no --weights; leave them out"),
        (["--gamma", "2"], "--gamma is for --method kernel; leave it out, or choose that method"),
        (["--neighbors", "5", "--method", "kernel"], "--neighbors is for --method spectral; leave it out"),
        (["--method", "best"], "'best' is not one of 'kmeans', 'minibatch', 'spectral', 'kernel'"),
    ],
)
def test_what_does_not_go_together_is_refused(moons, more, message):
    outcome = run("cluster", moons[0], "-k", 2, *more)
    assert outcome.exit_code == 2
    assert message in outcome.stderr


@pytest.mark.parametrize("method", ["kmeans", "minibatch", "kernel"])
def test_scikit_learn_is_loaded_for_spectral_alone(moons, method):
    words = ["cluster", str(moons[0]), "-k", "2", "--labels-only", "-q", "--method", method]
    done = subprocess.run([sys.executable, "-c", MODULES, *words], capture_output=True, text=True, check=True)
    assert not {"sklearn", "scipy", "pandas"} & set(done.stdout.split())


def test_diagnose_says_what_is_wrong_with_moons(moons):
    path, _ = moons
    model = path.parent / "m.json"
    good("cluster", path, "-k", 2, "--model", model, "-o", path.parent / "out.csv")
    text = good("diagnose", model, path).stdout
    assert text.startswith("k-means may be the wrong model here.\nlook  Nearest neighbours cross clusters")
    assert "SpectralClustering" in text
    facts = json.loads(good("diagnose", model, path, "--json").stdout)
    assert (facts["fine"], facts["flags"][0]) == (False, "curved")
    assert facts["findings"][0]["numbers"]["crossing"] < 0.05
    assert good("diagnose", model, stdin=path.read_text()).stdout == text


def test_diagnose_looks_at_columns_as_they_were_scaled(tmp_path):
    X, _ = SHAPES["separated"](400, 0)
    np.savetxt(tmp_path / "x.csv", X * [1, 1000], delimiter=",", header="x,y", comments="")
    for scale, flags in (("none", ["scales"]), ("standard", [])):
        good(
            "cluster",
            tmp_path / "x.csv",
            "-k",
            4,
            "--scale",
            scale,
            "--model",
            tmp_path / "m.json",
            "--force",
            "-q",
        )
        facts = json.loads(good("diagnose", tmp_path / "m.json", tmp_path / "x.csv", "--json").stdout)
        assert facts["flags"][:1] == flags


def test_diagnose_needs_the_columns_of_the_model(moons, tmp_path):
    path, _ = moons
    good("cluster", path, "-k", 2, "--model", tmp_path / "m.json", "-q")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    outcome = run("diagnose", tmp_path / "m.json", tmp_path / "other.csv")
    assert outcome.exit_code == 5
