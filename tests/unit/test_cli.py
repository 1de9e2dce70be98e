"""The command line does what its help says: labels, models, summaries, numbers in order of size."""

from __future__ import annotations

import csv
import functools
import io
import json
from dataclasses import replace
from pathlib import Path

import command
import numpy as np
import pytest

from globular.em import fit
from globular.errors import CostRoseWarning, Interrupted
from globular.tables import clustering
from globular.tables.model_file import read_model
from globular.tables.numbers import Numbers

PENGUINS = str(Path(__file__).parents[2] / "examples" / "data" / "penguins.csv")
MEASURES = "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g"

# Three clusters on a line: 4, 3 and 2 rows, far apart.
ROWS = [0.0, 50, 1, 100, 51, 2, 101, 3, 52]
TABLE = "x,tag\n" + "".join(f"{x},t{i}\n" for i, x in enumerate(ROWS))
LABELS = ["0", "1", "0", "2", "1", "0", "2", "0", "1"]
CLUSTER = ("cluster", "-", "-k", "3", "--columns", "x")


run = functools.partial(command.run, stdin=TABLE)
good = functools.partial(command.good, stdin=TABLE)


def cells(text):
    return list(csv.reader(io.StringIO(text)))


def test_the_labelled_table_is_on_standard_output_and_the_summary_on_standard_error():
    outcome = good(*CLUSTER)
    expected = ["x,tag,cluster", *(f"{x:g},t{i},{LABELS[i]}" for i, x in enumerate(ROWS))]
    assert outcome.stdout.replace(".0,", ",").splitlines() == expected
    assert outcome.stderr.startswith("standard input: 9 rows, 1 column, not scaled\n")


def test_a_cluster_with_more_rows_has_the_lower_number_whatever_the_seed():
    for seed in range(5):
        assert [row[-1] for row in cells(good(*CLUSTER, "--seed", seed).stdout)[1:]] == LABELS


def test_threads_never_change_the_output(tmp_path):
    for threads in 1, 2, 3:
        good(*CLUSTER, "--threads", threads, "--model", tmp_path / f"{threads}.json")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_more_threads_than_there_can_be_are_as_many_as_there_are():
    assert good(*CLUSTER, "--threads", 10**20).stdout == good(*CLUSTER).stdout


def test_a_column_may_have_a_line_break_in_its_name():
    table = '"x\ny",z\n0,1\n9,1\n'
    assert good("cluster", "-k2", "--columns", "x\ny", stdin=table).exit_code == 0
    outcome = run("cluster", "-k2", "--columns", "b\nc", stdin=table)
    assert outcome.exit_code == 3
    assert outcome.stderr == ("globular: standard input: no column is named 'b\\nc'; there are x y, z\n")


def test_labels_only_and_their_name():
    assert good(*CLUSTER, "--labels-only", "--append", "group").stdout.split() == ["group", *LABELS]


def test_standard_input_needs_no_dash():
    assert good("cluster", "-k3", "--columns", "x").stdout == good(*CLUSTER).stdout


def test_starts_that_agree_are_counted_and_if_none_does_more_are_advised():
    def said(*options, stdin=TABLE):
        lines = good(*options, stdin=stdin).stderr.splitlines()
        return lines[[line.startswith("restarts") for line in lines].index(True) :]

    assert said(*CLUSTER, "--restarts", 1) == ["restarts  1; seed 0"]
    assert said("cluster", "-k", 1, "--columns", "x") == ["restarts  10 of 10 reached this cost; seed 0"]
    draw = np.random.default_rng(0).random((300, 2))
    noise = "a,b\n" + "".join(f"{a},{b}\n" for a, b in draw)
    assert said("cluster", "-k", 20, stdin=noise) == [
        "restarts  1 of 10 reached this cost; seed 0",
        "          more may find a better one: --restarts 100",
    ]


def test_quiet_says_nothing():
    assert good(*CLUSTER, "--quiet").stderr == ""


def test_the_penguins(tmp_path):
    out, model = tmp_path / "out.csv", tmp_path / "m.json"
    asked = ["cluster", PENGUINS, "-k", 3, "--columns", MEASURES, "--scale", "standard", "--missing", "drop"]
    outcome = good(*asked, "-o", out, "--model", model)
    assert outcome.stdout == ""
    lines = outcome.stderr.splitlines()
    assert lines[0] == f"{PENGUINS}: 342 rows, 4 columns, standard scaling, 2 rows with gaps left out"
    assert lines[2:6] == [
        "cluster  rows   share",
        "      0   132   38.6%  ████████████████████████████████",
        "      1   123   36.0%  █████████████████████████████▉",
        "      2    87   25.4%  █████████████████████▏",
    ]
    assert "bill_length_mm     38.21  47.50  47.53  43.92" in lines
    assert "body_mass_g        3,585  5,076  3,902  4,202" in lines
    assert "cost      379.393 in scaled units; 72.3% of the spread explained" in lines
    assert lines[-1] == f"wrote     {out}, {model}"

    before, after = cells(Path(PENGUINS).read_text()), cells(out.read_text())
    assert [row[:-1] for row in after] == before
    assert [i for i, row in enumerate(after) if row[-1] == ""] == [4, 272]

    fields = json.loads(model.read_text())
    assert fields["sizes"] == [132, 123, 87]
    assert fields["rows_dropped"] == 2
    assert fields["centers_original_units"][0][0] == pytest.approx(38.208333)

    # Gentoo penguins are a cluster of their own: the best known fact about these data.
    assert {row[-1] for row in after if row[0] == "Gentoo" and row[-1]} == {"1"}
    again = good("predict", model, PENGUINS)
    assert again.stdout == out.read_text()
    assert f"{PENGUINS}: 342 rows labelled by {model}, 2 with gaps left without a label" in again.stderr


def test_predict_finds_its_columns_by_name_in_any_order(tmp_path):
    model = tmp_path / "m.json"
    table = "a,b\n" + "".join(f"{i},{i % 7 * 3}\n" for i in range(30))
    labels = good(
        "cluster", "-k3", "--model", model, "--labels-only", "--scale", "robust", stdin=table
    ).stdout
    other = "".join(f"{b},z,{a}\n" for a, b in cells(table))
    assert good("predict", model, "--labels-only", stdin=other).stdout == labels


def test_predict_writes_files_and_leaves_rows_with_gaps_without_a_label(tmp_path):
    model, out = tmp_path / "m.json", tmp_path / "out.csv"
    good(*CLUSTER, "--model", model)
    good("predict", model, "--missing", "drop", "-o", out, stdin="x\n99\nNA\n1\n")
    assert out.read_text() == "x,cluster\n99,2\nNA,\n1,0\n"
    strict = run("predict", model, "--missing", "error", stdin="x\n99\nNA\n")
    assert strict.exit_code == 3


def test_json_has_the_facts_and_the_labels_go_to_their_file(tmp_path):
    out = tmp_path / "out.csv"
    outcome = good(*CLUSTER, "--json", "-o", out)
    facts = json.loads(outcome.stdout)
    assert facts["sizes"] == [4, 3, 2]
    assert facts["centers"] == [[1.5], [51.0], [100.5]]
    assert facts["cost"] == 7.5
    assert facts["explained"] == pytest.approx(1 - 7.5 / (9 * np.var(ROWS)))
    assert (facts["n_rows"], facts["rows_dropped"], facts["converged"]) == (9, 0, True)
    assert (facts["labelled"], facts["model"]) == (str(out), None)
    assert outcome.stderr == ""
    assert [row[-1] for row in cells(out.read_text())[1:]] == LABELS
    assert json.loads(good(*CLUSTER, "--json").stdout)["labelled"] is None


def test_a_weight_of_three_is_the_row_three_times(tmp_path):
    weighted = "x,y,w\n0,0,3\n1,5,1\n9,2,2\n11,4,1\n30,9,0\n"
    repeated = "x,y\n" + 3 * "0,0\n" + "1,5\n" + 2 * "9,2\n" + "11,4\n"
    models = []
    for text, more in (weighted, ["--weights", "w"]), (repeated, []):
        path = tmp_path / f"{len(models)}.json"
        good("cluster", "-k2", "--scale", "minmax", "--model", path, *more, stdin=text)
        models.append(read_model(str(path)))
    one, other = models
    assert one.columns == other.columns == ("x", "y")
    np.testing.assert_array_equal(one.scaling.scale, other.scaling.scale)
    assert sorted(map(tuple, one.centers)) == sorted(map(tuple, other.centers))
    assert one.cost == other.cost


def test_a_file_without_a_header_gets_none():
    outcome = good("cluster", "-k2", stdin="0,1\n0,2\n9,9\n")
    assert outcome.stdout == "0,1,0\n0,2,0\n9,9,1\n"
    assert "globular: note: the first line holds numbers and no names" in outcome.stderr
    assert (
        good("cluster", "-k2", "--header", "yes", stdin="0,1\n0,2\n9,9\n").stdout
        == "0,1,cluster\n0,2,0\n9,9,1\n"
    )


def test_labels_of_an_earlier_run_are_no_column_to_cluster():
    earlier = "x,cluster\n0,700\n1,0\n90,700\n91,0\n"
    outcome = good("cluster", "-k2", "--force", stdin=earlier)
    assert outcome.stdout == "x,cluster\n0,0\n1,0\n90,1\n91,1\n"
    kept = good("cluster", "-k2", "--append", "again", stdin=earlier)
    assert cells(kept.stdout)[0] == ["x", "cluster", "again"]


def test_an_advice_is_one_line():
    outcome = good("cluster", "-k2", stdin="a,b\n0,0\n1,900\n")
    assert [line for line in outcome.stderr.splitlines() if line.startswith("globular:")] == [
        "globular: note: 'b' spreads 900 times as wide as 'a' and outweighs it; "
        "to let columns count alike: --scale standard"
    ]


def test_a_warning_of_the_library_is_one_line():
    outcome = good("cluster", "-k3", "--quiet", stdin="x\n1\n1\n1\n2\n")
    (line,) = outcome.stderr.splitlines()
    assert line == (
        "globular: warning: standard input has only 2 distinct rows in these columns, but k is 3; "
        "use -k 2, or expect empty clusters"
    )


def test_a_warning_of_the_fit_is_passed_on(monkeypatch):
    def warned(problem, n_clusters, *, progress, **asked):
        progress.warn("the cost rose", CostRoseWarning)
        return fit(problem, n_clusters, **asked)

    monkeypatch.setattr(clustering, "fit", warned)
    assert good(*CLUSTER, "--quiet").stderr == "globular: warning: the cost rose\n"


def test_weights_that_no_sum_holds_are_said_in_terms_of_the_file():
    numbers = Numbers(("x",), np.array([[1.0], [2.0], [3.0]]), np.array([0, 1e-30, 1.0]), np.arange(3), 0)
    assert clustering.out_of_range(numbers, numbers.points, "t.csv", "none") == (
        "t.csv: the weights go from 1e-30 to 1, too far apart to be added up exactly; "
        "a row that should not count weighs 0"
    )


def test_one_outlier_does_not_end_a_start_before_its_centers_rest():
    # Two groups and a row far away: a tolerance in variances would call every start converged at once.
    values = [i / 7 for i in range(60)] + [20 + i / 7 for i in range(60)] + [1e9]
    table = "x\n" + "".join(f"{value!r}\n" for value in values)
    facts = json.loads(good("cluster", "-k3", "--json", "--restarts", 1, "--seed", 3, stdin=table).stdout)
    assert facts["sizes"] == [60, 60, 1]
    assert facts["n_steps"] > 1
    labels = good("cluster", "-k3", "--labels-only", "--restarts", 1, "--seed", 3, stdin=table).stdout.split()
    means = [np.mean([v for v, j in zip(values, labels[1:], strict=True) if j == str(c)]) for c in range(3)]
    np.testing.assert_allclose(facts["centers"], np.reshape(means, (3, 1)), rtol=1e-12)


def test_standard_scaling_sees_tiny_values(tmp_path):
    rows = [[x, x % 7] for x in ROWS]
    for unit in 1.0, 1e-300:
        table = "x,y\n" + "".join(f"{x * unit!r},{y * unit!r}\n" for x, y in rows)
        outcome = good("cluster", "-k3", "--scale", "standard", "--labels-only", stdin=table)
        (tmp_path / f"{unit}").write_text(outcome.stdout)
    one, other = [path.read_text() for path in tmp_path.iterdir()]
    assert one == other


def stopped_early(problem, n_clusters, **asked):
    return replace(fit(problem, n_clusters, **asked), converged=False)


def test_not_converged_is_a_warning_or_with_strict_an_exit_code(monkeypatch, tmp_path):
    monkeypatch.setattr(clustering, "fit", stopped_early)
    outcome = good(*CLUSTER, "-q", "--max-iter", 5)
    said = "the best start had not converged by step 5; raise --max-iter\n"
    assert outcome.stderr == "globular: warning: " + said
    strict = run(*CLUSTER, "-q", "--max-iter", 5, "--strict", "-o", tmp_path / "out.csv")
    assert (strict.exit_code, strict.stderr) == (4, "globular: " + said)
    assert (tmp_path / "out.csv").read_text() == outcome.stdout


def test_an_interrupted_fit_writes_what_it_has(monkeypatch, tmp_path):
    def interrupted(problem, n_clusters, **asked):
        raise Interrupted(stopped_early(problem, n_clusters, **asked))

    monkeypatch.setattr(clustering, "fit", interrupted)
    outcome = run(*CLUSTER, "-q", "-o", tmp_path / "out.csv")
    assert outcome.exit_code == 130
    assert outcome.stderr == "globular: interrupted; this is the best result so far\n"
    assert [row[-1] for row in cells((tmp_path / "out.csv").read_text())[1:]] == LABELS


def test_a_fit_interrupted_before_its_first_step_writes_nothing(monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise Interrupted(None)

    monkeypatch.setattr(clustering, "fit", interrupted)
    outcome = run(*CLUSTER, "-o", tmp_path / "out.csv")
    assert (outcome.exit_code, outcome.stdout) == (130, "")
    assert outcome.stderr == "globular: interrupted\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (
            MemoryError(),
            "not enough memory for this many rows and columns; pass fewer, or use a larger machine",
        ),
        (
            RuntimeError("boom\nbang"),
            "internal error, please report it: RuntimeError: boom bang "
            "(set GLOBULAR_DEBUG=1 for the traceback)",
        ),
    ],
)
def test_what_should_not_happen_is_one_line_as_well(monkeypatch, failure, line):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(clustering, "fit", fail)
    monkeypatch.delenv("GLOBULAR_DEBUG", raising=False)
    outcome = run(*CLUSTER)
    assert (outcome.exit_code, outcome.stderr) == (1, f"globular: {line}\n")
    monkeypatch.setenv("GLOBULAR_DEBUG", "1")
    assert "Traceback (most recent call last)" in run(*CLUSTER).stderr


def test_many_clusters_and_columns_are_summed_up(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    header = ",".join(f"a_rather_long_column_name_{f}" for f in range(25))
    rows = "".join(",".join(str((i * (f + 3)) % 31) for f in range(25)) + "\n" for i in range(60))
    lines = good("cluster", "-k25", stdin=f"{header}\n{rows}").stderr.splitlines()
    assert any(line.startswith("and 5 more, of ") for line in lines)
    assert "and 5 more columns, in --json and --model" in lines
    assert max(map(len, lines[1:])) <= 60
