"""What can go wrong with files: each fault is one line and its exit code, and nothing half-written stays.

Real processes where limits are set or standard streams are at fault, since nothing less has them.
"""

from __future__ import annotations

import gzip
import io
import os
import resource
import subprocess
import sys
import threading

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import run
from csv_text import table_of

from globular.errors import TableError
from globular.tables import source as source_module
from globular.tables.labelled import write_copy
from globular.tables.reading import read_table
from globular.tables.source import Source, open_source

COMMAND = (sys.executable, "-m", "globular")
TABLE = b"x,y\n" + b"".join(b"%d,%d.5\n" % (i % 7, i) for i in range(20_000))


def refused(code, message, *arguments):
    outcome = run(*arguments)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert outcome.stderr == f"globular: {message}\n"


def process(*arguments, **how):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, check=False, timeout=60, **how
    )


def parquet():
    stream = io.BytesIO()
    pq.write_table(pa.table({"x": np.arange(1000.0), "y": np.arange(1000) % 7}), stream)
    return stream.getvalue()


def at_most(n_bytes):
    """Run in the child: no file may become larger. Python ignores the signal, so that writing fails."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


@pytest.mark.parametrize("name", ["o.csv", "o.csv.gz", "o.tsv", "o.parquet", "o.arrow", "o.npy"])
@pytest.mark.parametrize("there", [False, True])
def test_a_disk_that_fills_up_leaves_no_half_of_a_file(name, there, tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE)
    out = tmp_path / name
    if there:
        out.write_bytes(b"precious")
    asked = ["cluster", tmp_path / "t.csv", "-k2", "--restarts", 1, "-q", "--force", "-o", out]
    done = process(*asked, preexec_fn=at_most(10_000))
    assert done.stderr.decode() == f"globular: {out} cannot be written: File too large\n"
    assert (done.returncode, done.stdout) == (7, b"")
    assert sorted(os.listdir(tmp_path)) == sorted(["t.csv", *([name] if there else [])])
    assert not there or out.read_bytes() == b"precious"


def test_a_model_that_finds_no_room_is_one_line(tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE)
    model = tmp_path / "m.json"
    asked = ["cluster", tmp_path / "t.csv", "-k2", "--restarts", 1, "-q", "--model", model]
    done = process(*asked, preexec_fn=at_most(100))
    assert (done.returncode, done.stdout) == (7, b"")
    assert done.stderr.decode() == f"globular: {model} cannot be written: File too large\n"
    assert os.listdir(tmp_path) == ["t.csv"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("output", ["-", "/dev/full"])
def test_a_full_device_is_one_line(output, tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE)
    with open("/dev/full", "wb") as full:
        asked = [*COMMAND, "cluster", str(tmp_path / "t.csv"), "-k2", "--restarts", "1", "-q", "-o", output]
        done = subprocess.run(asked, stdout=full, stderr=subprocess.PIPE, check=False)
    what = "standard output" if output == "-" else output
    assert done.stderr.decode() == f"globular: {what} cannot be written: No space left on device\n"
    assert done.returncode == 7


def test_standard_input_that_finds_no_room_is_one_line():
    rows = TABLE * 100  # more than is kept in memory
    done = process("cluster", "-k2", input=rows, preexec_fn=at_most(1 << 20))
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode() == (
        "globular: standard input finds no room among the temporary files (File too large); "
        "name a folder for them in TMPDIR, or pass a file\n"
    )


def test_a_folder_that_nobody_can_write_to_is_one_line(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"x\n1\n2\n9\n")
    for folder in "/proc", str(tmp_path / "t.csv"):
        out = f"{folder}/o.csv"
        outcome = run("cluster", tmp_path / "t.csv", "-k2", "-q", "-o", out)
        assert (outcome.exit_code, outcome.stdout) == (7, "")
        assert outcome.stderr.startswith(f"globular: {out}")
        assert len(outcome.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["o.npz", "o.xlsx", "o.parquet.gz", "O.NPY.GZ", "o.zip"])
def test_a_format_that_is_not_written_is_known_before_the_work(name, tmp_path):
    outcome = run("cluster", "absent.csv", "-k2", "-o", tmp_path / name)
    assert outcome.exit_code == 7
    assert outcome.stderr.startswith(
        f"globular: {tmp_path / name}: files of this name are not written; use .csv, "
    )


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"", "is empty; a table needs a header line and at least one row"),
        ("t.csv.gz", gzip.compress(b""), "is empty; a table needs a header line and at least one row"),
        ("t.parquet", b"", "is empty; a file of this name begins with more"),
        ("t.feather", b"", "is empty; a file of this name begins with more"),
        ("t.csv.gz", gzip.compress(TABLE)[:-3], "is damaged or cut short (gzip); get it once more"),
        ("t.csv.gz", gzip.compress(TABLE)[:2000], "is damaged or cut short (gzip); get it once more"),
        (
            "t.csv.gz",
            gzip.compress(TABLE)[:-8] + b"12345678",
            "is damaged or cut short (gzip); get it once more",
        ),
        ("t.csv.gz", b"\x1f\x8b", "is damaged or cut short (gzip); get it once more"),
        (
            "t.parquet.gz",
            gzip.compress(parquet()),
            "is a Parquet file packed by gzip; unpack it first with gunzip",
        ),
        (
            "t.parquet",
            b"x,y\n1,2\n",
            "is called Parquet, but does not begin like one; name it for what it is, or get it once more",
        ),
        (
            "t.npy",
            b"\x28\xb5\x2f\xfd123",
            "is compressed (zstd), not NumPy array; name it for what it is, or get it once more",
        ),
        (
            "t.csv",
            b"\x7fELF\x02\x01\x01" + bytes(50),
            "line 1 holds a zero byte, so this is a binary file; pass CSV text",
        ),
        ("t.npy", b"\x93NUMPY\x01\x00", "is damaged (NumPy array)"),
        ("t.npz", b"PK\x03\x04 and no more", "is damaged or cut short (NumPy archive)"),
        ("t.xlsx", b"PK\x03\x04 and no more", "is damaged or cut short (NumPy archive)"),
        ("t.parquet", parquet()[:-20], "is damaged or cut short: "),
        ("t.parquet", parquet()[:200], "is damaged or cut short: "),
        ("t.parquet", b"PAR1", "is damaged or cut short: "),
        ("t.arrow", b"ARROW1\0\0", "is damaged or cut short: "),
        ("t.arrow", b"\xff\xff\xff\xff\xff\xff\xff\x7f", "is damaged"),
    ],
)
def test_a_damaged_or_misnamed_file_is_one_line(name, data, message, tmp_path):
    (tmp_path / name).write_bytes(data)
    outcome = run("cluster", tmp_path / name, "-k2", "-o", tmp_path / "o.csv")
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert outcome.stderr.removeprefix(f"globular: {tmp_path / name}").lstrip(": ").startswith(message)
    assert len(outcome.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == [name]


def test_a_directory_is_no_table(tmp_path):
    refused(3, f"{tmp_path} is a directory; name a file in it", "cluster", tmp_path, "-k2")


@pytest.mark.parametrize("data", [b"x\n1\n2\n9\n", gzip.compress(b"x\n1\n2\n9\n")])
def test_a_named_pipe_is_read_like_standard_input(data, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    outcome = run("cluster", pipe, "-k2", "-q", "--labels-only")
    writer.join()
    assert (outcome.exit_code, outcome.stdout.split()) == (0, ["cluster", "0", "0", "1"])


def test_a_large_table_from_standard_input_is_labelled_whole(monkeypatch, tmp_path):
    monkeypatch.setattr(source_module, "LARGEST_IN_MEMORY", 1000)  # so that it goes to a file
    outcome = run("cluster", "-", "-k2", "-q", stdin=TABLE)
    lines = outcome.stdout.splitlines()
    assert [line.rsplit(",", 1)[0] for line in lines] == TABLE.decode().splitlines()


def change(path, how):
    data = path.read_bytes()
    path.write_bytes(data + b"5,5\n" if how == "grows" else data[:-8])


@pytest.mark.parametrize("how", ["grows", "shrinks"])
def test_a_file_that_changes_under_the_reader_is_refused_and_nothing_is_written(how, monkeypatch, tmp_path):
    path, out = tmp_path / "t.csv", tmp_path / "o.csv"
    path.write_bytes(TABLE)

    def late(*arguments, **keywords):
        change(path, how)
        write_copy(*arguments, **keywords)

    monkeypatch.setattr("globular.cli.cluster.write_copy", late)
    outcome = run("cluster", path, "-k2", "--restarts", 1, "-q", "-o", out)
    assert outcome.exit_code == 3
    assert outcome.stderr.startswith(f"globular: {path}")
    assert len(outcome.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == ["t.csv"]


def test_pieces_of_any_size_make_the_same_table(monkeypatch, tmp_path):
    """A cut between pieces may fall anywhere: within characters, line ends, quotes, blank lines."""
    texts = [
        'name,"größe\n(cm)",z\r\n"a, b",1.5,x\r\n\r\n"c ""d"" ü",-2,\r\n e ,3,"4\r\n5"\r\n',
        "x\n1\n\n2\n\n\n3\n\n",
        "x,y\r1,2\r3,4\r",
        "x,y\r\n1,2\r\n\r\n3,4\r\n",
        "sep=;\n\nx;y\n1;2\n  \n3;4",
        "x,y\n" + "1,2\n3,4\n" * 9 + '"5",6\n' + "7,8\n" * 9,
    ]
    for text in texts:
        whole = table_of(text.encode(), "t.csv")
        expected = [row for block in whole.records() for row in block]
        lines = [line for block in whole.blocks() for line in block.lines()]
        for size in range(1, len(text.encode()) + 1):
            monkeypatch.setattr(Source.chunks, "__defaults__", (size,))
            table = table_of(text.encode(), "t.csv")
            assert table.columns == whole.columns
            assert [row for block in table.records() for row in block] == expected
            assert [line for block in table.blocks() for line in block.lines()] == lines


def test_a_line_without_end_is_refused_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr("globular.tables.dialect.LONGEST_LINE", 1 << 21)
    with pytest.raises(TableError, match="has a line of more than 2,097,152 bytes; is this a table of text"):
        table_of(b"x" * (1 << 23), "t.csv")


def test_an_archive_that_promises_more_than_it_holds_takes_no_memory(tmp_path):
    path = tmp_path / "t.npz"
    np.savez_compressed(path, np.zeros((2000, 100)))
    data = bytearray(path.read_bytes())
    header = data.find(b"PK\x01\x02")
    data[header + 24 : header + 28] = b"\xf0\xff\xff\xff"  # the length unpacked, in the directory
    path.write_bytes(bytes(data))
    with pytest.raises(TableError, match="is damaged"):
        read_table(str(path))


def test_a_source_is_closed_with_its_table(tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE)
    opened = open_source(str(tmp_path / "t.csv"))
    file = opened.file
    del opened
    assert file.closed
