"""What is read from a CSV file is what stands in it, and what cannot be read is said by line."""

from __future__ import annotations

import csv
import gzip
import io
import os

import pytest
from csv_text import parse_table
from hypothesis import given
from hypothesis import strategies as st

from globular.errors import TableError
from globular.tables.csv_output import write_labelled, write_labels
from globular.tables.reading import read_table

# Any text but surrogates (no UTF-8 has them) and NUL (which marks a binary file).
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@st.composite
def tables(draw):
    """A header of distinct names, rows of arbitrary cells, and a way to write them."""
    width = draw(st.integers(2, 5))
    names = st.text(st.sampled_from('abcxyz_ ,;|\t"\n\rüß'), min_size=1, max_size=5)
    header = draw(st.lists(names.filter(str.strip), min_size=width, max_size=width, unique_by=str.strip))
    header[0] = "name " + header[0]
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5))
    rows = [row if "".join(row).strip() else ["x"] * width for row in rows]
    return header, rows, draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\n", "\r\n"]))


def written(header, rows, delimiter, newline, bom=b""):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(
        [header, *rows]
    )
    return bom + stream.getvalue().encode()


def rows_of(table):
    return [row for records in table.records() for row in records]


def lines_of(table):
    return [line for block in table.blocks() for line in block.lines()]


def copy_of(table, labels, column="cluster"):
    stream = io.StringIO(newline="")
    write_labelled(stream, table, column, labels)
    return stream.getvalue()


def parse(text, **how):
    return parse_table(text.encode(), "t.csv", **how)


def error_of(data, **how):
    with pytest.raises(TableError) as caught:
        parse_table(data if isinstance(data, bytes) else data.encode(), "t.csv", **how)
    message = str(caught.value)
    assert "\n" not in message
    return message


@given(tables())
def test_every_cell_is_read_as_it_stands(case):
    header, rows, delimiter, newline = case
    table = parse_table(written(*case), "t.csv")
    assert table.header == tuple(header)
    assert table.columns == tuple(name.strip() for name in header)
    assert rows_of(table) == rows
    assert (table.dialect.delimiter, table.dialect.newline) == (delimiter, newline)


@given(tables())
def test_the_labelled_copy_is_the_input_and_one_column_more(case):
    header, rows, delimiter, newline = case
    labels = [str(i) for i in range(len(rows))]
    copy = copy_of(parse_table(written(*case), "t.csv"), labels, "labels!")
    again = list(csv.reader(io.StringIO(copy, newline=""), delimiter=delimiter, strict=True))
    assert again == [
        [*cells, label] for cells, label in zip([header, *rows], ["labels!", *labels], strict=True)
    ]
    assert copy.endswith(labels[-1] + newline)


@given(tables())
def test_a_row_begins_on_the_line_that_is_said(case):
    data = written(*case)
    table = parse_table(data, "t.csv")
    lines = list(io.StringIO(data.decode(), newline=""))
    for row, line in zip(rows_of(table), lines_of(table), strict=True):
        text = "".join(lines[line - 1 :])
        assert next(csv.reader(io.StringIO(text, newline=""), delimiter=table.dialect.delimiter)) == row


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_copy_keeps_delimiter_line_ends_and_byte_order_mark(delimiter, newline, bom):
    data = bom + newline.join(["a,b", "1,2", "3,4", ""]).replace(",", delimiter).encode()
    table = parse_table(data, "t.csv")
    expected = bom + newline.join(["a,b,c", "1,2,x", "3,4,y", ""]).replace(",", delimiter).encode()
    assert copy_of(table, ["x", "y"], "c").encode() == expected


def test_a_column_of_the_labels_name_is_replaced_where_it_stands():
    table = parse("a,cluster,b\n1,9,2\n")
    assert copy_of(table, ["0"]) == "a,cluster,b\n1,0,2\n"


def test_labels_alone_have_a_line_for_each_line_of_the_table():
    stream = io.StringIO(newline="")
    write_labels(stream, parse("a,b\n1,2\n3,4\n"), "cluster", ["1", ""])
    assert stream.getvalue() == 'cluster\n1\n""\n'
    stream = io.StringIO(newline="")
    write_labels(stream, parse("1,2\n3,4\n"), "cluster", ["1", "0"])
    assert stream.getvalue() == "1\n0\n"


def test_decimal_commas_do_not_hide_the_semicolon():
    assert rows_of(parse("a;b\n1,5;2,5\n3,5;4\n")) == [["1,5", "2,5"], ["3,5", "4"]]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_first_row_of_decimal_commas_is_data_and_not_cut(delimiter):
    table = parse("1,5;-2,5\n3,5;4,25\n".replace(";", delimiter))
    assert table.dialect.delimiter == delimiter
    assert (table.header, rows_of(table)) == (None, [["1,5", "-2,5"], ["3,5", "4,25"]])


def test_decimal_commas_under_a_name_with_a_comma_do_not_hide_the_semicolon():
    assert parse("price, net;size\n1,5;2\n3,5;4\n").columns == ("price, net", "size")


def test_semicolons_between_the_texts_of_a_comma_table_stay_there():
    assert rows_of(parse("a;b,1,5\nc;d,2,5\n")) == [["c;d", "2", "5"]]
    assert rows_of(parse("a\n1;2\n", header="no")) == [["a"], ["1;2"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_a_line_that_names_the_delimiter_is_no_row(delimiter, newline, first):
    data = "\ufeff" + newline.join([first, "a, b;c", '"1";2', "3;4", ""]).replace(";", delimiter)
    table = parse(data.replace("a, b", "a"))
    assert table.columns == ("a", "c")
    assert (lines_of(table), table.dialect.delimiter) == ([3, 4], delimiter)
    copy = copy_of(table, ["x", "y"], "d").split(newline)
    assert copy[0] == "\ufeff" + first.replace(";", delimiter)
    assert copy[1:3] == [f"a{delimiter}c{delimiter}d", f"1{delimiter}2{delimiter}x"]


def test_a_line_that_names_the_delimiter_wins_over_what_the_rows_look_like():
    assert parse("sep=;\na,b;c,d,e\n1,2;3,4,5\n").columns == ("a,b", "c,d,e")
    assert parse("sep=;\nx\n1\n").columns == ("x",)


def test_labels_alone_leave_a_blank_line_beside_the_one_that_names_the_delimiter():
    stream = io.StringIO(newline="")
    write_labels(stream, parse("sep=;\na;b\n1;2\n"), "cluster", ["1"])
    assert stream.getvalue() == "\ncluster\n1\n"


def test_commas_in_text_do_not_hide_the_bar():
    assert parse("a|b\nx, y, z|1\nu|2\n").columns == ("a", "b")


def test_a_table_of_one_column_needs_no_delimiter():
    table = parse("a\n1\n2\n")
    assert table.columns == ("a",)
    assert copy_of(table, ["0", "1"]) == "a,cluster\n1,0\n2,1\n"


def test_one_ragged_row_does_not_change_the_delimiter():
    assert "2 cells" in error_of("a;b;c\n1;2;3\n1;2\n1;2;3\n")


def test_a_first_row_of_numbers_is_data():
    table = parse("1,2\n3,4\n")
    assert (table.header, table.columns) == (None, ("column_1", "column_2"))
    assert rows_of(table) == [["1", "2"], ["3", "4"]]
    assert lines_of(table) == [1, 2]
    assert copy_of(table, ["0", "1"]) == "1,2,0\n3,4,1\n"


@pytest.mark.parametrize("first", ["5.1,NA,3", "5.1,,3", ",2,3", "nan,null,3", "1,2, N/A "])
def test_a_first_row_of_numbers_and_gaps_is_data(first):
    table = parse(f"{first}\n4,5,6\n")
    assert table.header is None
    assert rows_of(table) == [first.split(","), ["4", "5", "6"]]


@pytest.mark.parametrize("first", ["NA,null", "a,1", ",x", ",0,1", ",0"])
def test_a_first_row_without_a_number_or_counting_the_columns_is_the_header(first):
    width = len(first.split(","))
    assert parse(f"{first}\n{','.join('7' * width)}\n").header == tuple(first.split(","))


def test_whether_there_is_a_header_can_be_said():
    assert parse("2001,2002\n3,4\n", header="yes").columns == ("2001", "2002")
    assert rows_of(parse("a,1\nb,2\n", header="no")) == [["a", "1"], ["b", "2"]]


def test_a_column_without_a_name_is_called_by_its_place():
    table = parse(",a\n0,1\n")
    assert table.columns == ("column_1", "a")
    assert table.unnamed(0)
    assert not table.unnamed(1)
    assert copy_of(table, ["5"]) == ",a,cluster\n0,1,5\n"


def test_blank_lines_are_skipped_and_counted():
    table = parse("\na,b\n\n1,2\n   \n3,4\n\n\n")
    assert rows_of(table) == [["1", "2"], ["3", "4"]]
    assert lines_of(table) == [4, 6]


def test_in_one_column_a_blank_line_between_rows_is_a_missing_value():
    table = parse("a\n1\n\n3\n\n")
    assert rows_of(table) == [["1"], [""], ["3"]]
    assert lines_of(table) == [2, 3, 4]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t.csv is empty; a table needs a header line and at least one row"),
        (b"\xef\xbb\xbf\n\n", "t.csv is empty; a table needs a header line and at least one row"),
        (b"sep=;\r\n", "t.csv is empty; a table needs a header line and at least one row"),
        (b"sep=;\na;b\n1;2\n3\n", "t.csv: row 2 (line 4) has 1 cell, but the header has 2"),
        (b"a,b\n", "t.csv has a header line but no rows"),
        (b"a,b\n1,2\n3\n", "t.csv: row 2 (line 3) has 1 cell, but the header has 2"),
        (
            b'a,b\n"x\ny",2\n1,2,3\n',
            "t.csv: row 2 (line 4) has 3 cells, but the header has 2; quote cells that contain ','",
        ),
        (b"1,2\n3,4\n5\n", "t.csv: row 3 (line 3) has 1 cell, but the first row has 2"),
        (b"a,b,a\n1,2,3\n", "t.csv: columns 1 and 3 are both named 'a'; rename one of them"),
        (b"a,b\n1,2\n\x00,4\n", "t.csv: line 3 holds a zero byte, so this is a binary file; pass CSV text"),
        (
            b"a,b\n1,2\n\xe9,4\n",
            "t.csv: line 3 is not UTF-8 text (byte 0xe9); save the file as UTF-8, "
            "for example with iconv -f latin1 -t utf-8",
        ),
        (
            b'a,b\n1,2\n3,"4\n5,6\n',
            "t.csv: line 3: a quoted cell begins here and never ends; close the quote",
        ),
        (
            b'a,b\n"1"2,3\n',
            't.csv: line 2: text follows a closing quote; write a quote inside a quoted cell twice ("")',
        ),
        (b"\x1f\x8b\x08", "t.csv is damaged or cut short (gzip); get it once more"),
        (
            gzip.compress(gzip.compress(b"a,b\n1,2\n")),
            "t.csv is compressed (gzip), not CSV text; unpack it first, for example with gunzip",
        ),
        (b"PK\x03\x04", "t.csv is a workbook or a zip archive, not CSV text; save the sheet as CSV"),
        (b"PAR1", "t.csv is a Parquet file, not CSV text; convert it to CSV"),
        ("a,b\n1,2\n".encode("utf-16"), "t.csv is UTF-16 text, not CSV text; save it as UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(data, message):
    assert error_of(data) == message


def test_the_bad_byte_is_found_behind_a_byte_order_mark():
    assert "line 2 is not UTF-8 text (byte 0xff)" in error_of(b"\xef\xbb\xbfa,b\n\xff,2\n")


def test_an_endless_cell_is_suspected_to_lack_a_quote():
    limit = csv.field_size_limit()
    message = error_of('a,b\n"' + "x" * (limit + 1) + '",1\n')
    assert message == f"t.csv: line 2: a cell is longer than {limit} characters; is a quote left open?"


def test_files_that_cannot_be_opened_are_named(tmp_path):
    with pytest.raises(TableError, match=r"nope\.csv: no such file$"):
        read_table(str(tmp_path / "nope.csv"))
    with pytest.raises(TableError, match=r"is a directory; name a file in it$"):
        read_table(str(tmp_path))
    (tmp_path / "file").write_text("a\n1\n")
    with pytest.raises(TableError, match=r"cannot be read: Not a directory$"):
        read_table(str(tmp_path / "file" / "t.csv"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with pytest.raises(TableError, match=r"t\.csv cannot be read: permission denied$"):
        read_table(str(path))
