"""Columns are chosen as asked, and every cell of them is a number, a gap, or an error with its place."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from csv_text import parse_table
from hypothesis import given
from hypothesis import strategies as st

from globular.errors import ModelMismatchError, TableError
from globular.tables.columns import (
    choose_columns,
    joined_patterns,
    matching,
    place_of,
    required_columns,
    split_patterns,
)
from globular.tables.numbers import read_numbers
from globular.tables.remarks import remarks, remarks_on_names

TABLE = "id,x_1,x_2,y,name\n1,2,3,4,a\n"


def parse(text, **how):
    return parse_table(text.encode(), "t.csv", **how)


def names(text=TABLE, columns=(), exclude=(), aside=()):
    table = parse(text)
    return [table.columns[j] for j in choose_columns(table, columns, exclude, aside).places]


def numbers(text, columns=(), weights=None, missing="error"):
    table = parse(text)
    choice = choose_columns(table, columns, (), {weights or ""})
    return read_numbers(
        table, choice, weights=None if weights is None else place_of(table, weights), missing=missing
    )


def error_of(*arguments, **keywords):
    with pytest.raises(TableError) as caught:
        numbers(*arguments, **keywords)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_patterns_every_column_is_taken():
    assert names() == ["id", "x_1", "x_2", "y", "name"]


def test_columns_come_in_the_order_asked_for_and_once():
    assert names(columns=("y", "x_*", "x_1", "id")) == ["y", "x_1", "x_2", "id"]


def test_what_is_excluded_is_not_taken():
    assert names(exclude=("id", "n*")) == ["x_1", "x_2", "y"]
    assert names(columns=("x_*", "y"), exclude=("x_2",)) == ["x_1", "y"]


def test_columns_set_aside_are_taken_by_their_exact_name_only():
    assert names(aside={"y"}) == ["id", "x_1", "x_2", "name"]
    assert names(columns=("?",), text="x,y\n1,2\n", aside={"y"}) == ["x"]
    assert names(columns=("y",), aside={"y"}) == ["y"]


def test_a_name_wins_over_its_reading_as_a_glob():
    assert names(text="p[ab],pa\n1,2\n", columns=("p[ab]",)) == ["p[ab]"]


def test_a_column_without_a_name_is_left_out_unless_named():
    assert names(text=",a\n7,1\n") == ["a"]
    assert names(text=",a\n7,1\n", columns=("column_1", "a")) == ["column_1", "a"]
    assert names(text=",c\n7,1\n", columns=("c*",)) == ["c"]
    choice = choose_columns(table := parse(",a\n7,1\n"), (), ())
    assert remarks_on_names(table, choice, "auto") == [
        "column_1 has no name and is left out; to use it, name it in --columns"
    ]


@given(st.lists(st.text(st.sampled_from("abc ,'\"\n_*üé%"), min_size=1).filter(lambda s: s == s.strip())))
def test_names_joined_for_the_shell_split_into_the_same_names(columns):
    words = shlex.split(joined_patterns(columns))
    assert len(words) <= 1
    assert split_patterns(words) == tuple(columns)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("x1", "t.csv: no column is named 'x1'; did you mean 'x_1'?"),
        ("NAME", "t.csv: no column is named 'NAME'; did you mean 'name'?"),
        ("weight", "t.csv: no column is named 'weight'; there are id, x_1, x_2, y, name"),
        ("q*", "t.csv: no column matches 'q*'; there are id, x_1, x_2, y, name"),
    ],
)
def test_an_unknown_name_gets_a_suggestion(pattern, message):
    with pytest.raises(TableError) as caught:
        matching(parse(TABLE), pattern)
    assert str(caught.value) == message


def test_no_column_left_is_an_error():
    with pytest.raises(TableError, match=r"^t\.csv: no column is left to cluster; it has a, b$"):
        names(text="a,b\n1,2\n", exclude=("*",))


def test_a_model_finds_its_columns_by_name():
    assert required_columns(parse(TABLE), ["y", "x_1"], "m.json").places == (3, 1)
    with pytest.raises(ModelMismatchError) as caught:
        required_columns(parse(TABLE), ["y", "x1", "z"], "m.json")
    assert str(caught.value) == "t.csv lacks the columns 'x1', 'z', which m.json needs; did you mean 'x_1'?"
    with pytest.raises(ModelMismatchError, match=r"has no header line, but m\.json needs the columns x, y"):
        required_columns(parse("1,2\n3,4\n"), ["x", "y"], "m.json")


@given(st.lists(st.floats(-(2.0**480), 2.0**480), min_size=1))
def test_numbers_are_read_to_the_bit(values):
    found = numbers("".join(f"{cell}\n" for cell in ["x", *map(repr, values)]))
    assert found.points[:, 0].tobytes() == np.array(values).tobytes()
    assert found.points.flags.c_contiguous


@pytest.mark.parametrize("gap", ["", "NA", "na", "NaN", "nan", "null", "NULL", "N/A", "n/a", " NA ", "None"])
def test_a_row_with_a_gap_is_an_error_or_left_out(gap):
    text = f"x,y\n1,2\n3,{gap}\n5,6\n"
    assert error_of(text).startswith("t.csv: row 2 (line 3), column 'y': the value is missing")
    found = numbers(text, missing="drop")
    assert found.points.tolist() == [[1, 2], [5, 6]]
    assert found.rows.tolist() == [0, 2]
    assert found.n_dropped == 1
    assert list(found.label_cells(np.array([4, 0], np.int32))) == ["4", "", "0"]


def test_gaps_in_columns_that_are_not_asked_for_do_not_matter():
    assert numbers("x,y\n1,\n2,NA\n", columns=("x",)).n_dropped == 0


def test_a_row_without_a_weight_has_a_gap():
    found = numbers("x,w\n1,2\n3,\n5,0\n", weights="w", missing="drop")
    assert found.weights.tolist() == [2, 0]
    assert found.points.tolist() == [[1], [5]]


@pytest.mark.parametrize(
    ("text", "keywords", "message"),
    [
        (
            "x,y\n1,2\n3,\n5,\n",
            {},
            "t.csv: row 2 (line 3), column 'y': the value is missing, and in 1 more row; "
            "leave such rows out with --missing drop, or fill them with --missing mean",
        ),
        (
            ",2001,2002\n1,2,3\n",
            {},
            "t.csv: row 1 (line 1), column 'column_1': the value is missing; "
            "leave such rows out with --missing drop, or fill them with --missing mean; "
            "if the first line holds names: --header yes",
        ),
        (
            "x,y\n1,2\n3,4\n12o,6\n",
            {},
            "t.csv: row 3 (line 4), column 'x': '12o' is not a number; "
            "correct the cell or leave the column out: --exclude x",
        ),
        (
            "x,sort,y,kind\n1,a,2,b\n",
            {},
            "t.csv: column 'sort' is text (row 1: 'a'); leave text out: --exclude sort,kind, "
            "encode it: --categorical onehot, or name the columns: --columns x,y",
        ),
        (
            'x,y\n1,2\n"3,5",4\n',
            {},
            "t.csv: row 2 (line 3), column 'x': '3,5' is not a number; write decimals with a point",
        ),
        (
            "1,5;2,5\n3,5;4,5\n",
            {},
            "t.csv: row 1 (line 1), column 'column_1': '1,5' is not a number; write decimals with a point",
        ),
        (
            'x,y\n1,2\n"1,000",4\n',
            {},
            "t.csv: row 2 (line 3), column 'x': '1,000' is not a number; thousands separators are not "
            "understood, remove them; or, if this is a decimal comma, write a point",
        ),
        (
            "x;y\n1;2\n1.234.567,89;4\n",
            {},
            "t.csv: row 2 (line 3), column 'x': '1.234.567,89' is not a number; "
            "thousands separators are not understood, remove them; write decimals with a point",
        ),
        (
            "x,y\n1,2\n1_000,4\n",
            {},
            "t.csv: row 2 (line 3), column 'x': '1_000' is not a number; "
            "correct the cell or leave the column out: --exclude x",
        ),
        (
            "x,y\n1,-inf\n",
            {"missing": "drop"},
            "t.csv: row 1 (line 2), column 'y': '-inf' is not a finite number; "
            "correct the cell or take the row out",
        ),
        (
            "x,y\n1,-1e200\n",
            {},
            "t.csv: row 1 (line 2), column 'y': '-1e200' is too large for its square to be a number; "
            "correct the cell or take the row out",
        ),
        (
            "x,y\n1,1e999\n",
            {},
            "t.csv: row 1 (line 2), column 'y': '1e999' is not a finite number; "
            "correct the cell or take the row out",
        ),
        (
            "x,y\n1,NA\nNA,2\n3,\n",
            {"missing": "drop"},
            "t.csv: no row is left, each has a missing value; "
            "column 'y' has the most: fill it or leave it out",
        ),
        (
            "x,w\n1,1\n2,-3\n",
            {"weights": "w"},
            "t.csv: row 2 (line 3), column 'w': '-3' is no weight; a weight is 0 or more",
        ),
        (
            "x,w\n1,1\n2,heavy\n",
            {"weights": "w"},
            "t.csv: row 2 (line 3), column 'w': 'heavy' is no weight; a weight is 0 or more",
        ),
        ("x,w\n1,0\n2,0\n", {"weights": "w"}, "t.csv: column 'w' weighs every row 0"),
    ],
)
def test_a_cell_that_is_no_number_is_named_by_row_line_and_column(text, keywords, message):
    assert error_of(text, **keywords) == message


@pytest.mark.parametrize("cell", ["1,234,567", "-1,000.5", "1 000", "1\u00a0000,5", "1'000'000", "1.000.000"])
def test_thousands_separators_are_to_be_removed(cell):
    message = error_of(f'x\n1\n2\n"{cell}"\n')
    assert "is not a number; thousands separators are not understood, remove them" in message
    assert "if this is a decimal" not in message


@pytest.mark.parametrize("cell", ["0,125", "1,5", "1000,125", "1,0000", "12,5e3"])
def test_a_comma_that_cuts_off_no_thousands_is_a_decimal_one(cell):
    assert error_of(f'x\n1\n2\n"{cell}"\n').endswith("is not a number; write decimals with a point")


def test_advice_on_a_column_that_a_model_needs_is_not_to_leave_it_out():
    table = parse("x\n1\n2\nthree\n")
    with pytest.raises(TableError, match=r"column 'x': 'three' is not a number; correct the cell$"):
        read_numbers(table, required_columns(table, ["x"], "m.json"))


def test_the_remedy_for_text_can_be_pasted():
    text = 'my name,a b,"c,d"\nx,1,2\n'
    remedy = error_of(text).split("--columns ")[1]
    assert names(text, split_patterns(shlex.split(remedy))) == ["a b", "c,d"]


def test_a_spread_ten_times_as_wide_is_remarked():
    wide = numbers("a,b,c\n0,0,0\n1,20,2\n", missing="drop")
    assert remarks(wide, "none") == [
        "'b' spreads 20 times as wide as 'a' and outweighs it; to let columns count alike: --scale standard"
    ]
    assert remarks(wide, "standard") == []
    (said,) = remarks(numbers("a,b\n0,0\n1e-300,1e100\n"), "none")
    assert said.startswith("'b' spreads more than 1,000,000 times as wide as 'a'")
    assert remarks(numbers("a,b\n0,0\n1,10\n"), "none") == []
    assert remarks(numbers("a,b\n0,5\n1000,5\n"), "none") == []


def test_a_column_that_counts_the_rows_is_remarked_and_not_compared():
    text = "id,a\n" + "".join(f"{i},{i % 3}\n" for i in range(100, 200))
    assert remarks(numbers(text), "none") == ["'id' only counts the rows; to leave it out: --exclude id"]
