"""``globular compare``: a table of models, what each was told, the verdict on the last line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from command import good, run

from globular.cli.compare import lines_of
from globular.problem import Problem
from globular.selection.compare import compare_models


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    points = np.vstack([rng.normal(size=(40, 2)) + 12.0 * j for j in range(2)])
    path = tmp_path / "two.csv"
    path.write_text("a,b\n" + "".join(f"{x!r},{y!r}\n" for x, y in points.tolist()))
    return path


def test_the_last_line_is_the_verdict_and_settings_are_told(table):
    lines = good("compare", table, "-k", "2", "--models", "HDBSCAN").stdout.splitlines()
    assert lines[0].endswith("two.csv: 80 rows, 2 columns, not scaled")
    assert lines[-1] == "k-means and HDBSCAN agree on 2 clusters"
    assert "HDBSCAN: min_cluster_size 5" in lines
    assert "k-means: n_clusters 2" in lines


def test_json_holds_the_same(table):
    facts = json.loads(good("compare", table, "--models", "", "--json").stdout)
    assert [model["model"] for model in facts["models"]] == ["k-means"]
    assert facts["models"][0]["n_clusters"] == 2
    assert facts["verdict"] == "k-means has 2 clusters; no other model came to an end"


def test_what_was_skipped_is_told(table):
    words = ["-k", "2", "--models", "affinity propagation", "--memory", "0.0001"]
    found = good("compare", table, *words).stdout
    assert "affinity propagation: skipped: n = 80 needs 0.00026 GB" in found


def test_weights_that_the_others_do_not_know_are_told_of(tmp_path):
    path = tmp_path / "weighed.csv"
    path.write_text("a,w\n" + "".join(f"{a},{1 + a % 2}\n" for a in (0, 1, 2, 50, 51, 52)))
    said = good("compare", path, "-k", "2", "--weights", "w", "--models", "DBSCAN").stderr
    assert "to the other models each row is one" in said
    assert good("compare", path, "-k", "2", "--weights", "w", "--models", "").stderr == ""


@pytest.mark.parametrize("width", [30, 60, 100])
def test_the_table_fits_its_terminal(width):
    found = compare_models(Problem.checked(np.arange(20.0).reshape(-1, 2)), 2, [])
    table = [line for line in lines_of(found, width=width, colour=False) if line[:2] in {"  ", "> "}]
    assert len(table) == 2
    assert max(map(len, table)) <= width


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--models", "x"], 2, "models has 'x', but there are 'Gaussian mixture'"),
        (["-k", "99"], 3, "has only 80 rows to cluster, but k is 99; use -k 80 or less"),
        (["--seconds", "0"], 2, "seconds"),
    ],
)
def test_wrong_usage_is_one_sentence(table, words, code, says):
    outcome = run("compare", table, *words)
    assert outcome.exit_code == code
    assert says in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
