"""What only a real process shows: what is loaded, pipes that close, terminals, Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import subprocess
import sys
import time

import pytest

COMMAND = (sys.executable, "-m", "globular")
HEAVY = ("numpy", "scipy", "sklearn", "pandas", "matplotlib", "pyarrow", "importlib.metadata")


def loaded_by(*arguments):
    """The heavy modules, and the verbs, that a command line loads."""
    program = (
        "import sys\n"
        "from globular.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "sys.stdout.write('\\n' + ' '.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    modules = set(done.stdout.splitlines()[-1].split())
    verbs = {"globular.cli.cluster", "globular.cli.predict"}
    return modules & {*HEAVY, *verbs}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], [], ["clustr"]])
def test_help_and_version_load_nothing_heavy_and_no_verb(arguments):
    assert loaded_by(*arguments) == set()


def test_a_verb_loads_neither_the_other_one_nor_scikit_learn(tmp_path):
    (tmp_path / "t.csv").write_text("x\n1\n2\n9\n")
    loaded = loaded_by("cluster", str(tmp_path / "t.csv"), "-k2")
    assert "globular.cli.cluster" in loaded
    assert not loaded & {"sklearn", "scipy", "pandas", "matplotlib", "pyarrow", "globular.cli.predict"}


def test_the_version_is_one_line():
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == "globular"
    assert done.stderr == ""


def large_table(path, n_rows):
    draw = random.Random(0)
    with open(path, "w", encoding="utf-8") as file:
        file.write("a,b\n")
        file.writelines(f"{draw.random()},{draw.random()}\n" for _ in range(n_rows))
    return str(path)


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    table = large_table(tmp_path / "t.csv", 20_000)  # more than a pipe holds
    ours = subprocess.Popen(
        [*COMMAND, "cluster", table, "-k2", "--restarts", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with ours:
        assert ours.stdout.readline() == b"a,b,cluster\n"
        ours.stdout.close()
        said = ours.stderr.read().decode()
    assert ours.returncode == 141
    assert "20,000 rows, 2 columns" in said
    assert "Traceback" not in said
    assert "Exception" not in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_line():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, "cluster", "-k2", "-q"],
            input=b"x\n1\n2\n9\n",
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b"globular: standard output cannot be written: No space left on device\n"
    assert done.returncode == 7


def shell(command, folder, **how):
    """Run a command line in a shell, which can close what a child process inherits."""
    (folder / "t.csv").write_text("x\n1\n2\n9\n")
    program = f"{sys.executable} -m globular {command}"
    return subprocess.run(
        ["bash", "-c", program], cwd=folder, capture_output=True, text=True, check=False, **how
    )


def test_standard_input_that_is_closed_is_one_line(tmp_path):
    shell("cluster t.csv -k2 -q --model m.json", tmp_path)
    for command in "cluster -k 2 <&-", "cluster - -k 2 <&-", "predict m.json <&-":
        done = shell(command, tmp_path)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr == "globular: standard input is closed; name a file\n"


def test_standard_input_that_cannot_be_read_is_one_line(tmp_path):
    done = shell("cluster -k 2 0>out", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("globular: standard input cannot be read: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("end", ["2>/dev/full", "2>&-", "2> >(exec true)"])
def test_messages_that_nobody_takes_cost_neither_the_output_nor_its_exit_status(tmp_path, end):
    labelled = "x,y,cluster\n1,900,1\n2,0,0\n9,1,0\n"
    (tmp_path / "u.csv").write_text("x,y\n1,900\n2,0\n9,1\n")  # there is a note to say about it
    for options in "", "-o out.csv --model m.json":
        done = shell(f"cluster u.csv -k2 {options} {end}", tmp_path)
        assert done.returncode == 0
        assert (done.stdout if not options else (tmp_path / "out.csv").read_text()) == labelled
    assert shell(f"predict m.json u.csv {end}", tmp_path).returncode == 0
    assert shell(f"cluster u.csv -k 4 {end}", tmp_path).returncode == 3
    assert shell(f"cluster u.csv {end}", tmp_path).returncode == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--help", "--version", "cluster --help"])
def test_help_on_a_full_disk_is_one_line(tmp_path, command):
    done = shell(f"{command} >/dev/full", tmp_path)
    assert done.stderr == "globular: standard output cannot be written: No space left on device\n"
    assert done.returncode == 7


def test_bytes_that_are_no_text_are_a_file_name_but_no_column(tmp_path):
    done = shell("cluster t.csv -k 2 --json -o $'\\xff.csv' --model $'\\xfe'", tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["labelled"] == os.fsdecode(b"\xff.csv")
    assert {b"\xff.csv", b"\xfe"} < set(os.listdir(os.fsencode(tmp_path)))
    done = shell("cluster t.csv -k 2 --append $'\\xff'", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "globular: --append '\\udcff' is not UTF-8 text; choose another name (see globular cluster --help)\n"
    )


def test_a_terminal_with_nothing_asked_gets_the_help():
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [*COMMAND, "cluster", "-k", "3"],
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: globular cluster ")


def test_blocks_are_plain_marks_where_the_terminal_knows_no_others():
    done = subprocess.run(
        [*COMMAND, "cluster", "-k2"],
        input=b"x\n1\n2\n9\n",
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"      0     2   66.7%  ################################\n" in done.stderr


def test_ctrl_c_while_reading_is_one_line():
    ours = subprocess.Popen(
        [*COMMAND, "cluster", "-k2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with ours:
        # More than a pipe holds: when it is written, the other side is reading.
        ours.stdin.write(b"x\n" + 100_000 * b"1\n")
        ours.stdin.flush()
        ours.send_signal(signal.SIGINT)
        out, said = ours.communicate()
    assert (ours.returncode, out, said) == (130, b"", b"globular: interrupted\n")


def test_ctrl_c_during_a_fit_writes_what_there_is(tmp_path):
    table = large_table(tmp_path / "t.csv", 5_000)
    out = tmp_path / "out.csv"
    endless = ["cluster", table, "-k", "20", "--restarts", "1000000", "-o", str(out)]
    with subprocess.Popen([*COMMAND, *endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ours:
        try:
            time.sleep(3)  # a start takes milliseconds
            ours.send_signal(signal.SIGINT)
            _, said = ours.communicate(timeout=60)
        finally:
            ours.kill()
    assert ours.returncode == 130
    assert said.endswith(b"globular: interrupted; this is the best result so far\n")
    assert len(out.read_text().splitlines()) == 5_001
    assert sorted(os.listdir(tmp_path)) == ["out.csv", "t.csv"]
