"""Ctrl-C ends a choice of k or a comparison: what was found by then is kept, as the whole would have it."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from brute import own
from command import run

from globular import em
from globular.cli import choose_k as choose_verb
from globular.cli import compare as compare_verb
from globular.errors import Interrupted
from globular.problem import Problem
from globular.progress import Progress
from globular.selection.choose import choose
from globular.selection.compare import compare_models

KS = [1, 2, 3, 4]


class InterruptsAt(Progress):
    """Ctrl-C when a stage begins, or at one of its steps."""

    def __init__(self, stage, step=0):
        self.at, self.wanted, self.n_steps = stage, step, 0
        self.here = False

    def stage(self, what):
        self.here, self.n_steps = what.startswith(self.at), 0
        if self.here and not self.wanted:
            raise KeyboardInterrupt

    def step(self, step, stopped):
        self.n_steps += 1
        if self.here and self.n_steps == self.wanted:
            raise KeyboardInterrupt


def three():
    rng = np.random.default_rng(0)
    return np.vstack([rng.normal(size=(50, 2)) + 10.0 * j for j in range(3)])


@pytest.fixture(scope="module")
def whole():
    return choose(Problem.checked(three()), KS, seed=5)


def interrupted(stage, step=0, points=None):
    problem = Problem.checked(three() if points is None else points)
    with pytest.raises(Interrupted) as caught:
        choose(problem, KS, seed=5, progress=InterruptsAt(stage, step))
    return caught.value.result


@pytest.mark.parametrize(
    ("stage", "known"),
    [
        ("criteria of k = 1", {"cost"}),
        ("silhouettes of k = 2", {"cost", "bic"}),
        ("gap statistic: reference 7", {"cost", "bic", "silhouette"}),
        ("looking between", {"cost", "bic", "silhouette", "gap"}),
        ("stability of k = 3: draw 2", {"cost", "bic", "silhouette", "gap", "n_unclear"}),
    ],
)
def test_figures_that_were_reached_are_those_of_the_whole_choice(whole, stage, known):
    found = interrupted(stage)
    assert (found.k, found.interrupted, whole.interrupted) == (None, True, False)
    assert found.verdict.startswith(f"no verdict: interrupted ({stage}")
    assert list(found.table) == list(whole.table)
    assert found.table["k"].tolist() == KS
    for name in ("cost", "bic", "silhouette", "gap", "n_unclear"):
        if name in known:
            np.testing.assert_array_equal(found.table[name], whole.table[name], err_msg=name)
        else:
            nothing = found.table[name] == -1 if name == "n_unclear" else np.isnan(found.table[name])
            assert nothing.all(), name
    assert found.best_by == (whole.best_by if "n_unclear" in known else {})


def test_what_was_reached_within_a_stage_is_kept_too(whole):
    found = interrupted("silhouettes of k = 3")
    np.testing.assert_array_equal(np.isnan(found.table["silhouette"]), [True, False, True, True])
    assert found.table["silhouette"][1] == whole.table["silhouette"][1]


@pytest.mark.parametrize(
    ("stage", "step", "ks"), [("fitting k = 3", 0, [1, 2]), ("fitting k = 3", 1, [1, 2, 3])]
)
def test_rows_of_the_table_are_the_fits_that_there_are_and_each_is_right(stage, step, ks):
    X = three()
    found = interrupted(stage, step)
    assert found.table["k"].tolist() == ks == sorted(found.results)
    for k, result in found.results.items():
        np.testing.assert_array_equal(result.labels, em.assign(X, result.centers))
        assert result.cost == math.fsum(own(X, result.centers, result.labels))
        assert result.cost == found.table["cost"][k - 1]
    assert [row is None for row in found.to_dict()["criteria"]["silhouette"]] == [True] * len(ks)
    assert found.to_dict()["interrupted"] is True


def test_before_the_first_fit_there_is_nothing_to_keep():
    assert interrupted("fitting k = 1") is None


def test_costs_are_in_the_units_of_the_data():
    huge = interrupted("criteria of k = 1", points=three() * 2.0**300)
    np.testing.assert_array_equal(
        huge.table["cost"], interrupted("criteria of k = 1").table["cost"] * 2.0**600
    )


def test_of_a_comparison_the_models_that_are_done_are_kept():
    problem = Problem.checked(three())

    def compared(stage):
        with pytest.raises(Interrupted) as caught:
            compare_models(problem, 3, ["DBSCAN", "HDBSCAN", "spectral"], progress=InterruptsAt(stage))
        return caught.value.result

    assert compared("k-means") is None
    alone = compared("DBSCAN")
    assert [m.name for m in alone.models] == ["k-means"]
    assert alone.verdict == "interrupted; so far k-means has 3 clusters; no other model came to an end"
    found = compared("spectral")
    assert [m.name for m in found.models] == ["k-means", "DBSCAN", "HDBSCAN"]
    assert found.agreement.shape == (3, 3)
    assert found.verdict.startswith("interrupted; so far k-means")
    assert found.interrupted
    assert found.to_dict()["interrupted"] is True


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "three.csv"
    path.write_text("a,b\n" + "".join(f"{x!r},{y!r}\n" for x, y in three().tolist()))
    return path


@pytest.mark.parametrize("as_json", [False, True])
def test_choose_k_writes_the_table_as_far_as_it_goes(table, as_json, monkeypatch, tmp_path):
    def choosing(problem, ks, *, seed, progress):
        return choose(problem, ks, seed=seed, progress=InterruptsAt("gap statistic"))

    monkeypatch.setattr(choose_verb, "choose", choosing)
    picture = tmp_path / "k.svg"
    outcome = run("choose-k", table, "-k", "1..4", "--plot", picture, *(["--json"] if as_json else []))
    assert outcome.exit_code == 130
    assert outcome.stderr == "globular: interrupted; this is what was found so far\n"
    assert "interrupted (gap statistic" in picture.read_text()
    if as_json:
        facts = json.loads(outcome.stdout)
        assert (facts["k"], facts["interrupted"], facts["criteria"]["k"]) == (None, True, KS)
        return
    lines = outcome.stdout.splitlines()
    assert lines[-1] == "no verdict: interrupted (gap statistic: reference 1 of 20)"
    assert [line.split()[0] for line in lines[3:7]] == ["1", "2", "3", "4"]
    assert not any(line.startswith((">", "gap: from")) for line in lines)


def test_ctrl_c_while_its_picture_is_drawn_costs_the_picture_alone(table, monkeypatch, tmp_path):
    def drawing(choice):
        raise KeyboardInterrupt

    monkeypatch.setattr("globular.plots.ChooseKDisplay.from_choice", drawing)
    outcome = run("choose-k", table, "-k", "1..4", "--plot", tmp_path / "k.svg")
    assert outcome.exit_code == 130
    assert outcome.stdout.splitlines()[-1].startswith("3: best on ")
    assert outcome.stderr == "globular: interrupted; this is what was found so far\n"
    assert not (tmp_path / "k.svg").exists()


def test_compare_writes_the_models_that_are_done(table, monkeypatch):
    def comparing(*asked, progress, **how):
        return compare_models(*asked, **how, progress=InterruptsAt("HDBSCAN"))

    monkeypatch.setattr(compare_verb, "compare_models", comparing)
    outcome = run("compare", table, "-k", "3", "--models", "DBSCAN,HDBSCAN")
    assert outcome.exit_code == 130
    assert outcome.stderr == "globular: interrupted; this is what was found so far\n"
    assert outcome.stdout.splitlines()[-1].startswith("interrupted; so far k-means")


@pytest.mark.parametrize("verb", ["choose-k", "compare"])
def test_before_there_is_anything_the_verbs_write_nothing(table, verb, monkeypatch):
    def nothing(*_, **__):
        raise Interrupted(None)

    monkeypatch.setattr(choose_verb, "choose", nothing)
    monkeypatch.setattr(compare_verb, "compare_models", nothing)
    outcome = run(verb, table, "-k", "2")
    assert (outcome.exit_code, outcome.stdout) == (130, "")
    assert outcome.stderr == "globular: interrupted\n"


def test_a_real_ctrl_c_leaves_a_table(tmp_path):
    rows = np.random.default_rng(0).random((20_000, 8))
    np.save(tmp_path / "points.npy", rows)
    command = [sys.executable, "-m", "globular", "choose-k", str(tmp_path / "points.npy"), "-k", "1..300"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, COLUMNS="80")
    ) as ours:
        time.sleep(4.0)
        ours.send_signal(signal.SIGINT)
        out, said = ours.communicate(timeout=60)
    assert ours.returncode == 130
    assert "Traceback" not in said
    if out:  # a machine so slow that no fit was done writes nothing
        assert out.splitlines()[-1].startswith("no verdict: interrupted (fitting k = ")
        assert said == "globular: interrupted; this is what was found so far\n"
