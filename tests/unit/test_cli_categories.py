"""Text becomes indicators, gaps are filled, and a model does the same to the rows that come later."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command import good, run
from csv_text import parse_table
from hypothesis import given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder

from globular.errors import TableError
from globular.tables.categories import MOST_LEVELS, Encoding
from globular.tables.columns import choose_columns
from globular.tables.filling import learn_fill
from globular.tables.numbers import read_numbers

PENGUINS = Path(__file__).parents[2] / "examples" / "data" / "penguins.csv"
DATA = Path(__file__).parent / "data"


def numbers(text, **how):
    table = parse_table(text.encode(), "t.csv")
    return read_numbers(table, choose_columns(table, (), ()), **how)


def error_of(text, **how):
    with pytest.raises(TableError) as caught:
        numbers(text, **how)
    return str(caught.value)


CELLS = st.sampled_from(["a", "b", " b", "ü", "b,c", '"', "1x"])


@given(st.lists(st.tuples(CELLS, st.integers(-9, 9), CELLS), min_size=1, max_size=12))
def test_indicators_are_those_of_scikit_learn(rows):
    quoted = "".join(
        f'"{a.replace(chr(34), chr(34) * 2)}",{x},"{b.replace(chr(34), chr(34) * 2)}"\n' for a, x, b in rows
    )
    found = numbers("left,x,right\n" + quoted, categorical="onehot")
    texts = np.array([[a, b] for a, _, b in rows], object)
    encoder = OneHotEncoder(sparse_output=False).fit(texts)
    n_left = len(encoder.categories_[0])
    theirs = encoder.transform(texts)
    middle = np.array([[x] for _, x, _ in rows], float)
    np.testing.assert_array_equal(found.points, np.hstack([theirs[:, :n_left], middle, theirs[:, n_left:]]))
    assert found.levels == {"left": tuple(encoder.categories_[0]), "right": tuple(encoder.categories_[1])}


@given(
    st.sampled_from(["mean", "median"]),
    st.lists(st.tuples(st.none() | st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=12),
)
def test_filled_values_are_those_of_scikit_learn(missing, rows):
    if all(x is None for x, _ in rows):
        rows[0] = (3, 0)
    found = numbers("x,y\n" + "".join(f"{'' if x is None else x},{y}\n" for x, y in rows), missing=missing)
    points = np.array([[np.nan if x is None else x, y] for x, y in rows], float)
    np.testing.assert_allclose(
        found.points, SimpleImputer(strategy=missing).fit_transform(points), atol=1e-12
    )
    assert found.n_filled.get("x", 0) == sum(x is None for x, _ in rows)
    assert (len(found.rows), found.n_dropped) == (len(rows), 0)


@pytest.mark.parametrize("missing", ["mean", "median"])
def test_a_weight_of_three_is_the_row_three_times(missing):
    points, weights = np.array([[1.0], [np.nan], [8.0], [3.0]]), np.array([3.0, 5.0, 1.0, 0.0])
    weighted = learn_fill(missing, points, weights, ["x"], "t.csv")
    repeated = learn_fill(missing, np.array([[1.0]] * 3 + [[8.0]]), None, ["x"], "t.csv")
    np.testing.assert_allclose(weighted, repeated, rtol=1e-15)


def test_a_missing_category_is_filled_with_the_shares_of_the_levels_or_its_row_left_out():
    text = "x,s\n1,a\n2,\n3,a\n4,b\n5,NA\n"
    filled = numbers(text, categorical="onehot", missing="mean")
    np.testing.assert_allclose(filled.points[1], [2, 2 / 3, 1 / 3])
    assert filled.n_filled == {"s": 2}
    assert numbers(text, categorical="onehot", missing="median").points[4].tolist() == [5, 1, 0]
    dropped = numbers(text, categorical="onehot", missing="drop")
    assert dropped.points.tolist() == [[1, 1, 0], [3, 1, 0], [4, 0, 1]]
    assert dropped.rows.tolist() == [0, 2, 3]
    assert error_of(text, categorical="onehot").startswith(
        "t.csv: row 2 (line 3), column 's': the value is missing"
    )


def test_the_order_of_rows_does_not_change_the_levels():
    one, other = numbers("s\nb\na\nc\n", categorical="onehot"), numbers("s\nc\nb\na\n", categorical="onehot")
    assert one.levels == other.levels == {"s": ("a", "b", "c")}
    assert Encoding(one.columns, one.levels).features == ("s=a", "s=b", "s=c")


def test_a_column_of_too_many_texts_is_no_category():
    ids = "x,id\n" + "".join(f"{i},n{i}\n" for i in range(MOST_LEVELS + 1))
    assert error_of(ids, categorical="onehot") == (
        f"t.csv: column 'id' has more than {MOST_LEVELS} different texts, so it tells rows apart and not "
        "kinds of rows; leave it out with --exclude"
    )
    fewer = "".join(ids.splitlines(keepends=True)[:-1])
    assert numbers(fewer, categorical="onehot").points.shape == (MOST_LEVELS, MOST_LEVELS + 1)


@pytest.mark.parametrize("categorical", ["error", "drop", "onehot"])
def test_a_slip_among_numbers_is_no_category(categorical):
    assert error_of("x,s\n1,a\n2,b\nthree,a\n", categorical=categorical) == (
        "t.csv: row 3 (line 4), column 'x': 'three' is not a number; "
        "correct the cell or leave the column out: --exclude x"
    )


def test_text_alone_cannot_be_left_out():
    assert error_of("s,t\na,b\n", categorical="drop") == (
        "t.csv: no column is left to cluster, all are text: s, t; encode them with --categorical onehot, "
        "or choose others with --columns"
    )
    assert numbers("s,t\na,b\n", categorical="onehot").points.tolist() == [[1, 1]]


def test_a_missing_weight_is_not_filled():
    table = "x,w\n1,1\n2,\n3,1\n"
    outcome = run("cluster", "-k1", "--weights", "w", "--missing", "mean", stdin=table)
    assert (outcome.exit_code, outcome.stderr) == (
        3,
        "globular: standard input: row 2 (line 3), column 'w': the weight is missing, and weights are not "
        "filled; give it one (0 leaves the row out), or leave such rows out with --missing drop\n",
    )


@pytest.mark.parametrize("scale", ["none", "standard", "robust", "minmax"])
@pytest.mark.parametrize("missing", ["mean", "median", "drop"])
def test_predict_does_to_the_rows_what_cluster_did(scale, missing, tmp_path):
    model = tmp_path / "m.json"
    how = ["--categorical", "onehot", "--missing", missing, "--scale", scale]
    labels = good("cluster", PENGUINS, "-k", 4, *how, "--model", model, "--labels-only", "-q").stdout
    assert good("predict", model, PENGUINS, "--labels-only", "-q").stdout == labels
    fields = json.loads(model.read_text())
    assert fields["levels"]["sex"] == ["female", "male"]
    indicators = Encoding(tuple(fields["columns"]), fields["levels"]).indicators
    assert indicators.sum() == 8
    np.testing.assert_array_equal(np.array(fields["scaling"]["scale"])[indicators], 1.0)
    np.testing.assert_array_equal(np.array(fields["scaling"]["shift"])[indicators], 0.0)


def test_rows_are_filled_with_what_the_model_has_stored_and_not_with_their_own_mean(tmp_path):
    model = tmp_path / "m.json"
    good("cluster", "-k2", "--missing", "mean", "--model", model, "-q", stdin="x,y\n0,0\n1,\n99,50\n100,40\n")
    assert json.loads(model.read_text())["fill"] == [50.0, 30.0]
    asked = ["predict", model, "--labels-only", "-q"]
    assert good(*asked, stdin="x,y\n100,\n100,900\n").stdout.split()[1:] == ["1", "1"]
    # A gap where there was none at first.
    assert good(*asked, stdin="x,y\n,0\n,0\n,45\n").stdout.split()[1:] == ["0", "0", "1"]
    assert good(*asked, "--missing", "drop", stdin="x,y\n0,\n1,2\n").stdout.split()[1:] == ['""', "0"]
    outcome = run(*asked, "--missing", "median", stdin="x,y\n0,\n1,2\n")
    assert outcome.exit_code == 5
    assert outcome.stderr == (
        f"globular: {model} has stored no median of its columns: it was made with --missing mean; use "
        "that, or drop, or make it anew with --missing median\n"
    )


def test_a_level_that_the_model_does_not_know_is_named_and_counted(tmp_path):
    model = tmp_path / "m.json"
    table = "x,s\n0,a\n1,a\n0,b\n1,b\n"
    good(
        "cluster", "-k2", "--categorical", "onehot", "--model", model, "-q", "--scale", "minmax", stdin=table
    )
    outcome = good("predict", model, stdin="s,x\na,0\nz,0\nz,1\ny,0\n")
    assert (
        "globular: note: 's' has values that the model does not know: 'z', 'y'; 3 rows count as having "
        "none of those it knows\n" in outcome.stderr
    )
    assert good("predict", model, "-q", stdin="s,x\na,0\nz,0\n").stderr == ""


def test_the_summary_names_and_counts_what_was_encoded_filled_and_left_out():
    table = "x,kind\n0,a\n,b\n9,b\n8,\n"
    asked = ["cluster", "-k2", "--missing", "mean"]
    lines = good(*asked, "--categorical", "onehot", stdin=table).stderr.splitlines()
    assert "standard input: 4 rows, 2 columns, not scaled" in lines
    assert "encoded   kind (2 values)" in lines
    assert "filled    x (1), kind (1)" in lines
    lines = good(*asked, "--categorical", "drop", stdin=table).stderr.splitlines()
    assert "standard input: 4 rows, 1 column, not scaled" in lines
    assert "left out  kind: text" in lines
    facts = json.loads(good(*asked, "--categorical", "onehot", "--json", stdin=table).stdout)
    assert facts["columns"] == ["x", "kind=a", "kind=b"]
    assert facts["values_filled"] == {"x": 1, "kind": 1}
    assert facts["levels"] == {"kind": ["a", "b"]}


def test_a_model_file_of_version_1_still_labels():
    outcome = good("predict", DATA / "model_version_1.json", PENGUINS, "--labels-only", "-q")
    labels = outcome.stdout.split()[1:]
    assert [labels.count(cell) for cell in ("0", "1", "2", '""')] == [142, 123, 77, 2]


def test_a_model_file_of_version_2_still_labels():
    labels = good("predict", DATA / "model_version_2.json", PENGUINS, "--labels-only", "-q").stdout.split()[
        1:
    ]
    sizes = json.loads((DATA / "model_version_2.json").read_text())["sizes"]
    assert [labels.count(str(j)) for j in range(3)] == sizes
