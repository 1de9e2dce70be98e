"""The fast way through a text without quotes is the csv module's way: same cells, same bits, same copy."""

from __future__ import annotations

import csv
import io
import random

import numpy as np
import pytest
from csv_text import parse_table
from hypothesis import example, given
from hypothesis import strategies as st

from globular.errors import TableError
from globular.tables import csv_blocks
from globular.tables.columns import Choice
from globular.tables.csv_output import write_labelled
from globular.tables.numbers import read_numbers
from globular.tables.table import is_missing, is_number

NUMBERS = [
    "0",
    "-1.5",
    " 2 ",
    "1e300",
    "1E-320",
    "+.5",
    "5.",
    "nan",
    "NaN",
    "-nan",
    "NA",
    "",
    "0.1",
    "1" * 30,
]
OTHERS = [
    "1_000",
    "0x1p3",
    "\u0663",
    "1,5",
    "a b",
    "ü",
    "\x0b7",
    "1\u2003",
    "#1",
    "1d5",
    "infinity",
    "\u2028",
    "--1",
]
CELLS = st.sampled_from([*NUMBERS, *OTHERS])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters='\0"'), max_size=5)


def plain_blocks(table):
    return [block for block in table.blocks() if block.appended([""] * block.n_rows, "\n") is not None]


def values_or_error(table):
    try:
        return read_numbers(table, Choice(tuple(range(len(table.columns)))), missing="drop").points.tobytes()
    except TableError as error:
        return str(error)


@given(
    st.integers(2, 4).flatmap(
        lambda d: st.lists(st.lists(CELLS | TEXTS, min_size=d, max_size=d), min_size=1)
    ),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example([["1", "nan"], ["2", "3"]], ",", "\n", False)
def test_a_text_without_quotes_is_read_as_the_csv_module_reads_it(rows, delimiter, newline, ends):
    names = [f"name {f}" for f in range(len(rows[0]))]
    text = newline.join(delimiter.join(row) for row in [names, *rows]) + newline * ends
    try:
        table = parse_table(text.encode(), "t.csv")
    except TableError:
        return  # a cell had a delimiter or a line break in it
    theirs = list(csv.reader(io.StringIO(text, newline=""), delimiter=table.dialect.delimiter, strict=True))
    theirs = [row for row in theirs if row and not (len(row) == 1 and row[0].isspace())]
    assert [row for records in table.records() for row in records] == theirs[1:]

    labels = [str(i) for i in range(len(theirs) - 1)]
    ours, copy = io.StringIO(newline=""), io.StringIO(newline="")
    write_labelled(ours, table, "label!", labels)
    writer = csv.writer(copy, delimiter=table.dialect.delimiter, lineterminator="\r\n")
    writer.writerows([*row, label] for row, label in zip(theirs, ["label!", *labels], strict=True))
    ours = list(csv.reader(io.StringIO(ours.getvalue(), newline=""), delimiter=table.dialect.delimiter))
    assert ours == list(
        csv.reader(io.StringIO(copy.getvalue(), newline=""), delimiter=table.dialect.delimiter)
    )


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_numbers_are_the_same_bits_or_the_same_refusal_either_way(rows):
    text = "x|y\n" + "".join("|".join(row) + "\n" for row in rows)
    fast = parse_table(text.encode(), "t.csv")
    slow = parse_table(text.encode(), "t.csv")
    assert plain_blocks(fast)
    plain, csv_blocks._plain = csv_blocks._plain, lambda *_: ""
    try:
        expected = values_or_error(slow)
        assert not plain_blocks(slow)
    finally:
        csv_blocks._plain = plain
    assert values_or_error(fast) == expected


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, max_value=1e140, min_value=-1e140), min_size=1)
)
def test_every_float_reads_back_to_its_bits(values):
    table = parse_table(("x,y\n" + "".join(f"{v!r},{v:.25g}\n" for v in values)).encode(), "t.csv")
    assert plain_blocks(table)
    points = read_numbers(table, Choice((0, 1))).points
    assert points.T.tobytes() == np.array([values, [float(f"{v:.25g}") for v in values]]).tobytes()


@pytest.mark.parametrize("spoiler", ["", '"', "\r"])
def test_a_table_of_many_blocks_is_one_table(spoiler, monkeypatch):
    """Fast and slow blocks follow each other, and rows and lines count on."""
    draw = random.Random(0)
    rows = [[f"{draw.random()!r}", f"name {i}", str(i)] for i in range(3_000)]
    if spoiler == '"':
        rows[1_500][1] = 'a "b"\n,c'
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([["x", "name", "i"], *rows])
    text = stream.getvalue()
    if spoiler == "\r":
        text = text.replace("name 1500", "name 1500 ").replace("\n", "\r\n", 1)
    monkeypatch.setattr("globular.tables.source.Source.chunks.__defaults__", (4096,), raising=True)
    table = parse_table(text.encode(), "t.csv")
    blocks = list(table.blocks())
    assert len(blocks) > 10
    assert bool(plain_blocks(table)) == (spoiler != "\r")
    read = [[cell.strip() for cell in row] for block in blocks for row in block.records()]
    assert read == rows
    numbers = read_numbers(table, Choice((0, 2)))
    np.testing.assert_array_equal(numbers.points[:, 1], np.arange(3_000))
    late = 1 if spoiler == '"' else 0  # a cell of two lines
    assert table.place(2_900, 1) == f"t.csv: row 2901 (line {2902 + late}), column 'name'"
    assert table.cell(2_900, 1) == "name 2900"
    stream = io.StringIO(newline="")
    write_labelled(stream, table, "label", map(str, range(3_000)))
    copy = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert [row[3] for row in copy[1:]] == [row[2] for row in copy[1:]]


def test_a_row_of_the_wrong_width_is_found_in_any_block(monkeypatch):
    monkeypatch.setattr("globular.tables.source.Source.chunks.__defaults__", (4096,), raising=True)
    rows = [f"{i},{i}" for i in range(3_000)]
    for bad, count in ("7", "1 cell"), ("7,8,9", "3 cells"), ("1,2,3\n4", "3 cells"):
        text = "x,y\n" + "\n".join([*rows[:2_000], bad, *rows[2_000:]]) + "\n"
        with pytest.raises(
            TableError, match=rf"t\.csv: row 2001 \(line 2002\) has {count}, but the header has 2"
        ):
            parse_table(text.encode(), "t.csv")


def test_what_is_called_a_number_is_what_numpy_reads():
    for cell in [*NUMBERS, *OTHERS]:
        table = parse_table(f"x|y\n{cell}|1\n".encode(), "t.csv")
        (block,) = table.blocks()
        read = block.plain_numbers([0])
        assert read is None or (is_number(cell) and not (is_missing(cell) and not np.isnan(read[0, 0])))
