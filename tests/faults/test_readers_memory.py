"""A table needs no more memory than a small multiple of its file, however it comes and goes.

Peak memory of real processes, less what the interpreter and the program need for three rows. The share of
the numbers themselves is fixed: a number of 18 characters takes 8 bytes.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

N_ROWS, D = 150_000, 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The same numbers as CSV, gzipped CSV and Parquet, and a table of three rows."""
    folder = tmp_path_factory.mktemp("tables")
    draw = np.random.default_rng(0)
    X = draw.normal(size=(N_ROWS, D)) + 5 * draw.integers(4, size=(N_ROWS, 1))
    names = ",".join(f"c{f}" for f in range(D))
    text = f"{names}\n" + "".join(",".join(map(repr, row)) + "\n" for row in X.tolist())
    (folder / "large.csv").write_text(text)
    (folder / "quoted.csv").write_text(text.replace("\n", ',"t"\n').replace('"t"', "name", 1))
    (folder / "large.csv.gz").write_bytes(gzip.compress(text.encode(), 1))
    pq.write_table(
        pa.table({f"c{f}": X[:, f] for f in range(D)}), folder / "large.parquet", row_group_size=20_000
    )
    (folder / "small.csv").write_text("".join(text.splitlines(keepends=True)[:4]))
    # What pyarrow takes for one batch of rows, some 80 MB, it takes once.
    pq.write_table(pa.table({f"c{f}": X[:65_536, f] for f in range(D)}), folder / "small.parquet")
    return folder


# The kernel's own mark: what wait() reports still holds the memory of the process that forked.
PROGRAM = """
import sys
from globular.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code == 0, end.code
status = open("/proc/self/status").read()
sys.stderr.write(status.split("VmHWM:")[1].split()[0])
"""


def peak(folder, source, output, *options, from_stdin=False):
    """Peak resident bytes of one run of ``globular cluster``."""
    asked = ["cluster", "-" if from_stdin else str(folder / source), "-k", "2", "--restarts", "1"]
    asked += ["--max-iter", "3", "-q", "--threads", "1", "--force", "-o", str(folder / output), *options]
    with open(folder / source, "rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *asked], stdin=file, capture_output=True, text=True, check=True
        )
    return int(done.stderr.split()[-1]) * 1024


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs the kernel's marks of memory")
@pytest.mark.parametrize(
    ("source", "output", "options", "from_stdin"),
    [
        ("large.csv", "out.csv", (), False),
        ("large.csv", "out.csv", (), True),
        ("large.csv", "out.csv", ("--scale", "standard"), False),
        ("quoted.csv", "out.csv", ("--exclude", "name"), False),
        ("large.csv.gz", "out.csv.gz", (), False),
        ("large.parquet", "out.parquet", (), False),
    ],
)
def test_peak_memory_is_bounded_by_the_size_of_the_text(source, output, options, from_stdin, folder):
    suffix = source.split(".", 1)[1].removesuffix(".gz")
    small = peak(folder, f"small.{suffix}", f"small_out.{suffix}", *(() if "name" in options else options))
    text = (folder / "large.csv").stat().st_size
    added = peak(folder, source, output, *options, from_stdin=from_stdin) - small
    assert added < 2 * text, f"{added / text:.2f} times the text"
    numbers = 8 * N_ROWS * D
    assert source == "large.parquet" or added > numbers / 2  # this measures what it should
