"""Every kind of file in, every kind out: the same numbers give the same labels, and types survive."""

from __future__ import annotations

import csv
import datetime
import decimal
import gzip
import io
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from command import good, run

X = np.array([[0, 0.1], [1, 0.2], [0.5, 0.3], [50, 1], [51, 2], [100, 1e-5]])
LABELS = [0, 0, 0, 1, 1, 2]


def refused(code, message, *arguments, stdin=None):
    outcome = run(*arguments, stdin=stdin)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert outcome.stderr == f"globular: {message}\n"


def text(delimiter=","):
    rows = [["x", "y"], *X.tolist()]
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows).encode()


def arrow(**more):
    return pa.table({"x": X[:, 0], "y": X[:, 1], **more})


def stream_of(table, opened):
    stream = io.BytesIO()
    with opened(stream, table.schema) as writer:
        writer.write_table(table, max_chunksize=4)
    return stream.getvalue()


def parquet_of(table):
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=4)
    return stream.getvalue()


def numpy_of(save, *arrays, **named):
    stream = io.BytesIO()
    save(stream, *arrays, **named)
    return stream.getvalue()


FILES = {
    "t.csv": text(),
    "t.tsv": text("\t"),
    "t.txt": text(";"),
    "t.csv.gz": gzip.compress(text()),
    "gzipped.csv": gzip.compress(text()),  # by its first bytes, not by its name
    "t.parquet": parquet_of(arrow()),
    "parquet.csv": parquet_of(arrow()),
    "t.arrow": stream_of(arrow(), pa.ipc.new_file),
    "stream.arrow": stream_of(arrow(), pa.ipc.new_stream),
    "t.feather": stream_of(arrow(), pa.ipc.new_file),
    "t.npy": numpy_of(np.save, X),
    "fortran.npy": numpy_of(np.save, np.asfortranarray(X)),
    "big_endian.npy": numpy_of(np.save, X.astype(">f8")),
    "t.npz": numpy_of(np.savez, X),
    "zipped.npz": numpy_of(np.savez_compressed, np.asfortranarray(X)),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("way", ["file", "standard input"])
def test_every_kind_of_file_gives_the_same_labels(name, way, tmp_path):
    (tmp_path / name).write_bytes(FILES[name])
    given = ("-", FILES[name]) if way == "standard input" else (tmp_path / name, None)
    out, model = tmp_path / "labels.npy", tmp_path / "m.json"
    asked = ["-k", 3, "-q", "-o", out, "--model", model, "--force"]
    good("cluster", given[0], *asked, stdin=given[1])
    labels = np.load(out)
    assert (labels.tolist(), labels.dtype) == (LABELS, np.int32)
    again = good("predict", model, given[0], "-q", "--labels-only", stdin=given[1])
    assert again.stdout.split()[-6:] == [str(label) for label in LABELS]
    centers = json.loads(model.read_text())["centers"]
    np.testing.assert_allclose(centers, [[0.5, 0.2], [50.5, 1.5], [100, 1e-5]], rtol=1e-14)


OUTPUTS = ["o.csv", "o.tsv", "o.csv.gz", "o.tsv.gz", "o.parquet", "o.arrow", "o.feather", "o.data"]


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet", "stream.arrow", "t.npy"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_the_name_of_the_output_says_its_format(name, output, tmp_path):
    (tmp_path / name).write_bytes(FILES[name])
    good("cluster", tmp_path / name, "-k3", "-q", "-o", tmp_path / output)
    data = (tmp_path / output).read_bytes()
    columns = ["column_1", "column_2"] if name == "t.npy" else ["x", "y"]
    if output.endswith(("parquet", "arrow", "feather")):
        read = pq.read_table if output.endswith("parquet") else pyarrow.feather.read_table
        copy = read(tmp_path / output)
        assert copy.column_names == [*columns, "cluster"]
        assert copy.schema.types == [pa.float64(), pa.float64(), pa.int32()]
        found = np.column_stack([copy.column(j).to_numpy() for j in range(3)])
    else:
        data = gzip.decompress(data) if output.endswith(".gz") else data
        tabbed = ".tsv" in output or (name == "t.tsv" and output == "o.data")
        rows = list(csv.reader(io.StringIO(data.decode()), delimiter="\t" if tabbed else ","))
        assert name == "t.npy" or rows.pop(0) == [*columns, "cluster"]
        found = np.array(rows, float)
    np.testing.assert_array_equal(found, np.column_stack([X, LABELS]))


def typed():
    """A table of many types, with gaps."""
    day = datetime.date(2020, 2, 29)
    return pa.table(
        {
            "int8": pa.array([1, 2, None, 40, 41, 90], pa.int8()),
            "uint64": pa.array([2**63, 0, 0, 0, 0, 0], pa.uint64()),
            "float32": pa.array([0.1, 0.2, 0.3, 0.4, 0.5, None], pa.float32()),
            "half": pa.array(np.arange(6, dtype=np.float16)),
            "decimal": pa.array([decimal.Decimal("1.50")] * 6, pa.decimal128(5, 2)),
            "bool": pa.array([True, False, None, True, True, False]),
            "nothing": pa.nulls(6),
            "coded numbers": pa.array([3, 3, 5, 5, 3, None]).dictionary_encode(),
            "text": pa.array(["a", "b", None, "a", "a", "ü"]),
            "large": pa.array(["a", "b", None, "a", "a", "ü"], pa.large_string()),
            "category": pa.array(["u", "v", "u", "u", None, "v"]).dictionary_encode(),
            "moment": pa.array([datetime.datetime(2020, 1, 1)] * 6, pa.timestamp("us", "UTC")),
            "day": pa.array([day] * 5 + [None]),
            "list": pa.array([[1, 2], [], None, [3], [4], [5]]),
            "nested": pa.array([{"a": 1, "b": "x"}] * 6),
            "bytes": pa.array([b"\xff"] * 6),
        }
    ).replace_schema_metadata({"made by": "a test"})


NUMERIC = ["int8", "uint64", "float32", "half", "decimal", "bool", "coded numbers"]


@pytest.mark.parametrize(
    ("suffix", "read"), [("parquet", pq.read_table), ("arrow", pyarrow.feather.read_table)]
)
def test_types_and_values_survive_and_only_the_labels_are_new(suffix, read, tmp_path):
    table = typed()
    source = tmp_path / f"t.{suffix}"
    source.write_bytes(parquet_of(table) if suffix == "parquet" else stream_of(table, pa.ipc.new_file))
    out = tmp_path / f"o.{suffix}"
    good("cluster", source, "-k2", "--columns", "int8,float32", "--missing", "drop", "-q", "-o", out)
    before, after = read(source), read(out)
    assert after.drop_columns("cluster").cast(before.schema).equals(before)
    assert after.schema.types == [*before.schema.types, pa.int32()]
    assert after.schema.metadata[b"made by"] == b"a test"
    assert after["cluster"].to_pylist() == [0, 0, None, 1, 1, None]
    # A column of the labels' name is replaced where it stands.
    good(
        "cluster",
        out,
        "-k2",
        "--columns",
        "half",
        "--append",
        "half",
        "--force",
        "-q",
        "-o",
        tmp_path / "p.arrow",
    )
    copy = pyarrow.feather.read_table(tmp_path / "p.arrow")
    assert copy.column_names == after.column_names
    assert copy["half"].type == pa.int32()


def test_every_type_is_a_number_a_text_or_refused_by_its_name(tmp_path):
    (tmp_path / "t.parquet").write_bytes(parquet_of(typed()))
    outcome = good(
        "cluster",
        tmp_path / "t.parquet",
        "-k2",
        "--columns",
        ",".join(NUMERIC),
        "--missing",
        "mean",
        "--json",
    )
    facts = json.loads(outcome.stdout)
    assert facts["columns"] == NUMERIC
    assert facts["values_filled"] == {"int8": 1, "float32": 1, "bool": 1, "coded numbers": 1}
    means = {
        name: np.average(np.array(facts["centers"])[:, j], weights=facts["sizes"])
        for j, name in enumerate(NUMERIC)
    }
    assert means["bool"] == pytest.approx(0.6)
    assert means["decimal"] == 1.5
    assert means["coded numbers"] == pytest.approx(19 / 5)
    for column, what in [("moment", "timestamp[us, tz=UTC]"), ("day", "date32[day]"), ("bytes", "binary")]:
        for categorical in "error", "onehot":
            refused(
                3,
                f"{tmp_path}/t.parquet: column '{column}' holds {what}, which is neither number nor text; "
                f"leave it out: --exclude {column}",
                *(
                    "cluster",
                    tmp_path / "t.parquet",
                    "-k2",
                    "--columns",
                    column,
                    "--categorical",
                    categorical,
                ),
            )
    refused(
        3,
        f"{tmp_path}/t.parquet: column 'text' is text; leave text out: --exclude text,category, "
        "encode it: --categorical onehot, or name the columns: --columns int8",
        *("cluster", tmp_path / "t.parquet", "-k2", "--columns", "int8,text,category"),
    )
    refused(
        3,
        f"{tmp_path}/t.parquet: row 3, column 'int8': the value is missing; leave such rows out with "
        "--missing drop, or fill them with --missing mean",
        *("cluster", tmp_path / "t.parquet", "-k2", "--columns", "int8"),
    )
    refused(
        3,
        f"{tmp_path}/t.parquet: column 'nothing' has no value at all; leave it out",
        *("cluster", tmp_path / "t.parquet", "-k2", "--columns", "nothing,half", "--missing", "mean"),
    )
    outcome = good(
        "cluster",
        tmp_path / "t.parquet",
        "-k2",
        "--exclude",
        "nothing",
        "--categorical",
        "drop",
        "--missing",
        "mean",
        "--json",
    )
    left_out = ["text", "large", "category", "moment", "day", "list", "nested", "bytes"]
    assert json.loads(outcome.stdout)["columns_left_out"] == left_out


def test_what_no_text_file_can_hold_is_said(tmp_path):
    (tmp_path / "t.parquet").write_bytes(parquet_of(typed()))
    refused(
        3,
        f"{tmp_path}/t.parquet: column 'list' holds list<element: int64>, which no text file can hold; write "
        "Parquet or Arrow (-o FILE.parquet), or the labels alone (--labels-only)",
        *("cluster", tmp_path / "t.parquet", "-k2", "--columns", "half", "-o", tmp_path / "o.csv"),
    )
    assert not (tmp_path / "o.csv").exists()
    flat = typed().drop_columns(["list", "nested", "bytes"])
    (tmp_path / "t.parquet").write_bytes(parquet_of(flat))
    good("cluster", tmp_path / "t.parquet", "-k2", "-q", "--columns", "half", "-o", tmp_path / "o.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "o.csv").read_text())))
    assert rows[1][:8] == ["1", "9223372036854775808", "0.10000000149011612", "0.0", "1.50", "true", "", "3"]
    assert rows[6][8:] == ["ü", "ü", "v", "2020-01-01 00:00:00.000000Z", "", "1"]


def test_a_csv_file_gets_types_when_it_becomes_parquet(tmp_path):
    table = "whole,real,code,name,gap\n1,1,007,a,NA\n-2,2.5,1,NA,\n9,1e3,2,b c,\n"
    good("cluster", "-k2", "--columns", "real", "-q", "-o", tmp_path / "o.parquet", stdin=table)
    copy = pq.read_table(tmp_path / "o.parquet")
    types = [pa.int64(), pa.float64(), pa.float64(), pa.string(), pa.float64(), pa.int32()]
    assert copy.schema.types == types
    assert copy["whole"].to_pylist() == [1, -2, 9]
    assert copy["name"].to_pylist() == ["a", None, "b c"]
    assert copy["gap"].to_pylist() == [None, None, None]


def test_labels_alone_are_a_table_of_one_column(tmp_path):
    good("cluster", "-k3", "-q", "--labels-only", "-o", tmp_path / "o.parquet", stdin=text())
    assert pq.read_table(tmp_path / "o.parquet").to_pydict() == {"cluster": LABELS}
    good("cluster", "-k3", "-q", "--labels-only", "-o", tmp_path / "o.csv.gz", stdin=text())
    assert gzip.decompress((tmp_path / "o.csv.gz").read_bytes()).decode().split() == [
        "cluster",
        *map(str, LABELS),
    ]


def test_rows_left_out_have_no_label_in_any_format(tmp_path):
    table = "x\n1\nNA\n9\n"
    asked = ["cluster", "-k2", "-q", "--missing", "drop"]
    for name in "o.npy", "o.parquet", "o.csv":
        good(*asked, "-o", tmp_path / name, stdin=table)
    assert np.load(tmp_path / "o.npy").tolist() == [0, -1, 1]
    assert pq.read_table(tmp_path / "o.parquet")["cluster"].to_pylist() == [0, None, 1]
    assert (tmp_path / "o.csv").read_text() == "x,cluster\n1,0\nNA,\n9,1\n"


def test_the_same_labels_are_the_same_bytes_also_when_packed(tmp_path):
    for name in "a.csv.gz", "b.csv.gz":
        good("cluster", "-k3", "-q", "-o", tmp_path / name, stdin=text())
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_a_file_may_be_replaced_by_its_own_labelled_copy(tmp_path):
    for name in "t.csv", "t.parquet", "t.npy":
        path = tmp_path / name
        path.write_bytes(FILES[name])
        good("cluster", path, "-k3", "-q", "-o", path, "--force")
    assert (tmp_path / "t.csv").read_bytes().splitlines()[1] == b"0.0,0.1,0"
    assert pq.read_table(tmp_path / "t.parquet")["cluster"].to_pylist() == LABELS
    assert np.load(tmp_path / "t.npy").tolist() == LABELS


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (
            X[:, 0],
            "has shape (6,), but must be two-dimensional, n rows by d columns: save it with reshape(-1, 1)",
        ),
        (X[:0], "has shape (0, 2); at least one row and one column are needed"),
        (X.astype(complex), "holds complex128, not numbers; save an array of numbers, n rows by d columns"),
        (np.array([["a"]]), "holds <U1, not numbers; save an array of numbers, n rows by d columns"),
        (
            np.array([[{}]]),
            "holds objects, which are not read; save an array of numbers, n rows by d columns",
        ),
    ],
)
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_arrays_that_are_no_table_are_refused(array, message, suffix, tmp_path):
    path = tmp_path / f"t.{suffix}"
    path.write_bytes(numpy_of(np.save if suffix == "npy" else np.savez, array))
    outcome = run("cluster", path, "-k2")
    assert outcome.exit_code == 3
    assert outcome.stderr.startswith(f"globular: {path} {message}")
    assert len(outcome.stderr.splitlines()) == 1


def test_one_array_of_several_is_chosen_by_its_name(tmp_path):
    path = tmp_path / "t.npz"
    path.write_bytes(numpy_of(np.savez, left=X, right=X[::-1]))
    refused(3, f"{path} holds 2 arrays, left, right; choose one with --array NAME", "cluster", path, "-k3")
    refused(
        3, f"{path}: no array is named 'top'; there are left, right", "cluster", path, "-k3", "--array", "top"
    )
    found = good("cluster", path, "-k3", "--array", "right", "-q", "--labels-only").stdout.split()
    assert found == [str(label) for label in LABELS[::-1]]
    (tmp_path / "t.csv").write_bytes(text())
    message = f"{tmp_path}/t.csv is no NumPy archive (.npz), so it has no array to choose by --array"
    refused(3, message, "cluster", tmp_path / "t.csv", "-k3", "--array", "left")


def test_a_sparse_matrix_of_scipy_is_named_as_one(tmp_path):
    from scipy import sparse

    sparse.save_npz(tmp_path / "t.npz", sparse.csr_array(X))
    outcome = run("cluster", tmp_path / "t.npz", "-k2")
    assert outcome.exit_code == 3
    assert "holds a sparse matrix of SciPy" in outcome.stderr


def test_without_pyarrow_the_remedy_is_one_line(monkeypatch, tmp_path):
    (tmp_path / "t.parquet").write_bytes(FILES["t.parquet"])
    (tmp_path / "t.csv").write_bytes(FILES["t.csv"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    remedy = "needs pyarrow, which is not installed: pip install 'globular[tables]'"
    refused(2, f"{tmp_path}/t.parquet {remedy}", "cluster", tmp_path / "t.parquet", "-k2")
    # Known before the work: the table is not even there.
    refused(2, f"{tmp_path}/o.parquet {remedy}", "cluster", "absent.csv", "-k2", "-o", tmp_path / "o.parquet")
    assert good("cluster", tmp_path / "t.csv", "-k3", "-q").stdout
