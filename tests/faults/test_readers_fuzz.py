"""Whatever bytes come, the readers answer with a table or a model, or refuse in one sentence.

Files are mutated at random, always in the same way: bits flipped, bytes replaced, pieces cut out, doubled
or moved, numbers and marks of the format put where they do not belong. Each input has a watchdog for its
time, and the whole run has a bound on its memory, so that no field of a file can ask for gigabytes.
"""

from __future__ import annotations

import gzip
import io
import resource
import signal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
from csv_text import parse_table

from globular.errors import ModelFileError, TableError
from globular.tables.columns import choose_columns
from globular.tables.csv_output import write_labelled
from globular.tables.model_file import parse_model
from globular.tables.numbers import read_numbers
from globular.tables.reading import read_table

SECONDS = 10  # for one input; they take milliseconds
MOST_MEMORY = 1 << 30  # that a run may add

PENGUINS = (Path(__file__).parents[2] / "examples/data/penguins.csv").read_bytes()
QUOTED = b'a;"b ""c""";d\r\n1;"x;\r\ny";0,5\r\n;NA;-1e5\r\n\r\n7;"";nan\r\n'
CSV_SEEDS = [b"".join(PENGUINS.splitlines(keepends=True)[:30]), QUOTED, b"\xef\xbb\xbfsep=;\nx;y\n1;2\n3;4\n"]
CSV_MARKS = [b'"', b'""', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"NA", b"1e999", b"-inf"]
CSV_MARKS += [b"1_0", b" ", b"\xef\xbb\xbf", b"sep=;\n", b"1" * 400, b"\xc3", "\u0663\u2028\x85\x0b".encode()]
MODELS = Path(__file__).parents[1] / "unit/data"
MODEL_MARKS = [b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"true", b"NaN", b"1e999", b"9" * 50]
MODEL_MARKS += [b"-", b"0", b'"a"', b"[" * 2000, b"\\ud800", b'"version": 9', b"9" * 5000, b"1e308"]


def mutated(draw, seeds, marks):
    """One of the seeds with a few things wrong."""
    data = bytearray(seeds[draw.integers(len(seeds))])
    for _ in range(draw.integers(1, 6)):
        at = int(draw.integers(len(data) + 1))
        n = int(draw.integers(1, 1 + max(1, min(60, len(data) - at))))
        kind = draw.integers(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << int(draw.integers(8))
        elif kind == 1:
            data[at : at + n] = draw.bytes(n)
        elif kind == 2:
            del data[at : at + n]
        elif kind == 3:
            data[at:at] = data[at : at + n] * int(draw.integers(1, 4))
        elif kind == 4:
            data[at : at + int(draw.integers(3))] = marks[draw.integers(len(marks))]
        elif draw.integers(4) == 0:
            del data[at:]
    return bytes(data)


@pytest.fixture
def watched():
    """A watchdog for time, set anew for each input, and one for memory over them all.

    The time is that of the processor, so that a machine with other work is no fault; and much more by the
    clock, so that waiting for ever is one.
    """

    def late(number, frame):
        raise AssertionError(f"still at work after {SECONDS} s")

    before = [signal.signal(what, late) for what in (signal.SIGPROF, signal.SIGALRM)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def again(seconds=SECONDS):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.alarm(12 * seconds)

    yield again
    again(0)
    for what, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
        signal.signal(what, handler)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024 < MOST_MEMORY


def refused(error):
    message = str(error)
    assert 0 < len(message) < 3000
    # The command line puts on one line what holds the name of a column with a line break in it.
    assert not message.endswith("\n")


def use(table, draw):
    """Do with a table what the command line does."""
    categorical = ["error", "drop", "onehot"][draw.integers(3)]
    missing = ["error", "drop", "mean", "median"][draw.integers(4)]
    choice = choose_columns(table, (), ())
    numbers = read_numbers(table, choice, missing=missing, categorical=categorical)
    assert np.isfinite(numbers.points).all()
    assert numbers.points.shape == (len(numbers.rows), len(numbers.encoding.features))
    labels = np.zeros(len(numbers.rows), np.int32)
    write_labelled(io.StringIO(newline=""), table, "label!", numbers.label_cells(labels))


def fuzz_csv(seed, n, watchdog):
    draw = np.random.default_rng(seed)
    n_good = 0
    for _ in range(n):
        data = mutated(draw, CSV_SEEDS, CSV_MARKS)
        watchdog()
        try:
            use(parse_table(data, "t.csv"), draw)
            n_good += 1
        except TableError as error:
            refused(error)
    assert n / 100 < n_good < n  # mutations leave some tables whole, and damage others


def fuzz_models(seed, n, watchdog):
    draw = np.random.default_rng(seed)
    seeds = [path.read_bytes() for path in sorted(MODELS.glob("model*.json"))]
    assert len(seeds) == 2
    for _ in range(n):
        data = mutated(draw, seeds, MODEL_MARKS)
        watchdog()
        try:
            parse_model(data, "m.json")
        except ModelFileError as error:
            refused(error)


def binary_seeds():
    """A small file of each kind that is no text."""
    array = np.arange(40.0).reshape(10, 4)
    files = {}
    for suffix, save in {"npy": np.save, "npz": np.savez, "zipped.npz": np.savez_compressed}.items():
        stream = io.BytesIO()
        save(stream, array)
        files[suffix] = stream.getvalue()
    table = pa.table(
        {"x": array[:, 0], "n": [1, None] * 5, "s": pa.array(["u", "v"] * 5).dictionary_encode()}
    )
    for suffix, codec in ("parquet", "snappy"), ("plain.parquet", "none"):
        stream = io.BytesIO()
        pyarrow.parquet.write_table(table, stream, compression=codec, row_group_size=4)
        files[suffix] = stream.getvalue()
    for suffix, opened in ("arrow", pyarrow.ipc.new_file), ("stream.arrow", pyarrow.ipc.new_stream):
        stream = io.BytesIO()
        with opened(stream, table.schema) as writer:
            writer.write_table(table)
        files[suffix] = stream.getvalue()
    files["csv.gz"] = gzip.compress(CSV_SEEDS[0], mtime=0)
    return files


BINARY_MARKS = [b"\0" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 3, b"(9999999999, 4)", b"'|O'", b"PAR1", b"\x80"]


def fuzz_binary(suffix, seed, n, watchdog, folder):
    draw = np.random.default_rng(seed)
    whole = binary_seeds()[suffix]
    path = folder / f"t.{suffix}"
    path.write_bytes(whole)
    read_table(str(path))
    for _ in range(n):
        path.write_bytes(mutated(draw, [whole], BINARY_MARKS))
        watchdog()
        try:
            use(read_table(str(path)), draw)
        except TableError as error:
            refused(error)


def test_mutated_csv_files_are_tables_or_refused(watched):
    fuzz_csv(0, 12_000, watched)


def test_mutated_model_files_are_models_or_refused(watched):
    fuzz_models(0, 12_000, watched)


@pytest.mark.parametrize("suffix", binary_seeds())
def test_mutated_binary_files_are_tables_or_refused(suffix, watched, tmp_path):
    fuzz_binary(suffix, 0, 400, watched, tmp_path)


@pytest.mark.slow
def test_many_mutated_csv_files_are_tables_or_refused(watched):
    fuzz_csv(1, 60_000, watched)


@pytest.mark.slow
def test_many_mutated_model_files_are_models_or_refused(watched):
    fuzz_models(1, 60_000, watched)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", binary_seeds())
def test_many_mutated_binary_files_are_tables_or_refused(suffix, watched, tmp_path):
    fuzz_binary(suffix, 1, 4_000, watched, tmp_path)
