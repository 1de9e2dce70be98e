"""Every mistake ends in its exit code and one line that says where it is and what to do."""

from __future__ import annotations

import json
import os
import shlex

import pytest
from command import run

TABLE = "x,y,name\n1,2,a\n3,4,b\n5,6,c\n"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    """A folder with a good table, a model of it, and an older output."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    made = run("cluster", "t.csv", "-k2", "--columns", "x,y", "--model", "m.json", "-q")
    assert made.exit_code == 0, made.stderr


def refused(code, message, *arguments):
    before = {name: os.lstat(name).st_mtime_ns for name in os.listdir()}
    outcome = run(*arguments)
    assert outcome.stderr == f"globular: {message}\n"
    assert outcome.exit_code == code
    assert outcome.stdout == ""
    assert {name: os.lstat(name).st_mtime_ns for name in os.listdir()} == before


@pytest.mark.parametrize(
    ("code", "message", "text", "options"),
    [
        (
            3,
            "b.csv: column 'name' is text (row 1: 'a'); leave text out: --exclude name, "
            "encode it: --categorical onehot, or name the columns: --columns x,y",
            TABLE,
            "-k 2",
        ),
        (
            3,
            "b.csv: row 2 (line 3), column 'y': 'four' is not a number; "
            "correct the cell or leave the column out: --exclude y",
            "x,y\n1,2\n3,four\n5,6\n",
            "-k 2",
        ),
        (
            3,
            "b.csv: row 2 (line 3), column 'x': the value is missing (NA); "
            "leave such rows out with --missing drop, or fill them with --missing mean",
            "x,y\n1,2\nNA,4\n5,6\n",
            "-k 2",
        ),
        (
            3,
            "b.csv: row 1 (line 2), column 'y': 'inf' is not a finite number; "
            "correct the cell or take the row out",
            "x,y\n1,inf\n",
            "-k 1 --missing drop",
        ),
        (3, "b.csv: row 2 (line 3) has 1 cell, but the header has 2", "x,y\n1,2\n3\n", "-k 2"),
        (3, "b.csv: no column is named 'z'; there are x, y, name", TABLE, "-k 2 --columns z"),
        (3, "b.csv: no column is named 'nam'; did you mean 'name'?", TABLE, "-k 2 --exclude nam"),
        (3, "b.csv: no column is named 'w'; there are x, y, name", TABLE, "-k 2 --weights w"),
        (3, "b.csv: no column matches 'q_*'; there are x, y, name", TABLE, "-k 2 --columns q_*"),
        (
            3,
            "b.csv: row 1 (line 2), column 'y': '-1' is no weight; a weight is 0 or more",
            "x,y\n1,-1\n",
            "-k 1 --weights y",
        ),
        (
            3,
            "b.csv: row 1 (line 2), column 'y': '1e200' is too large for a weight; "
            "a weight is at most 2e+96: divide all by a power of ten",
            "x,y\n1,1e200\n",
            "-k 1 --weights y",
        ),
        (
            3,
            "b.csv: row 2 (line 3), column 'y': '1e97' is too large for a weight; "
            "a weight is at most 2e+96: divide all by a power of ten",
            "x,y\n1,1\n1,1e97\n",
            "-k 1 --weights y",
        ),
        (
            3,
            "b.csv: column 'x' goes up to 1e+140, beyond exact sums under weights from 1e+90 to 1e+90; "
            "correct the column (does a number stand for a missing value?), or the weights",
            "x,w\n1,1e90\n1e140,1e90\n",
            "-k 2 --weights w",
        ),
        (
            3,
            "b.csv: column 'x' goes up to inf under robust scaling, beyond exact sums; "
            "correct the column, or scale in another way",
            "x\n0\n1e-300\n2e-300\n3e-300\n1e100\n",
            "-k 2 --scale robust",
        ),
        (3, "b.csv: column 'y' weighs every row 0", "x,y\n1,0\n", "-k 1 --weights y"),
        (3, "b.csv is empty; a table needs a header line and at least one row", "", "-k 2"),
        (3, "b.csv has a header line but no rows", "x,y\n", "-k 2"),
        (3, "b.csv: columns 1 and 2 are both named 'x'; rename one of them", "x,x\n1,2\n", "-k 1"),
        (
            3,
            "b.csv: line 2 holds a zero byte, so this is a binary file; pass CSV text",
            "x\n\0\n",
            "-k 1",
        ),
        (
            3,
            "b.csv has only 3 rows to cluster, but k is 4; use -k 3 or less",
            TABLE,
            "-k 4 --columns x",
        ),
        (
            3,
            "b.csv has only 1 row to cluster, but k is 2; use -k 1 or less",
            "x,w\n1,0\n2,1\n",
            "-k 2 --weights w",
        ),
        (
            6,
            "b.csv has a column 'cluster' already; give the labels another name with --append, "
            "or replace it with --force",
            "x,cluster\n1,2\n",
            "-k 1",
        ),
    ],
)
def test_bad_tables(code, message, text, options):
    with open("b.csv", "w", encoding="utf-8") as file:
        file.write(text)
    refused(code, message, "cluster", "b.csv", *options.split())


@pytest.mark.parametrize(
    ("code", "message", "arguments"),
    [
        (2, "no verb 'clustr': did you mean 'cluster'? (see globular --help)", "clustr t.csv"),
        (
            2,
            "no verb 'x': there are cluster, predict, choose-k, compare, diagnose, plot "
            "(see globular --help)",
            "x",
        ),
        (2, "missing option '-k' / '--n-clusters' (see globular cluster --help)", "cluster t.csv"),
        (
            2,
            "invalid value for '-k' / '--n-clusters': 0 is not in the range x>=1 "
            "(see globular cluster --help)",
            "cluster t.csv -k 0",
        ),
        (
            2,
            "--model needs a file: standard output is for the labels (see globular cluster --help)",
            "cluster t.csv -k 2 --model -",
        ),
        (
            2,
            "--json and -o - both want standard output; give -o a file (see globular cluster --help)",
            "cluster t.csv -k 2 --json -o -",
        ),
        (
            2,
            "-o and --model name the same file; give each its own (see globular cluster --help)",
            "cluster t.csv -k 2 -o a --model ./a",
        ),
        (2, "TABLE is empty; name a file (see globular cluster --help)", "cluster '' -k 2"),
        (2, "MODEL is empty; name a file (see globular predict --help)", "predict '' t.csv"),
        (2, "TABLE is empty; name a file (see globular predict --help)", "predict m.json ''"),
        (2, "-o is empty; name a file (see globular cluster --help)", "cluster t.csv -k 2 -o ''"),
        (2, "-o is empty; name a file (see globular predict --help)", "predict m.json t.csv -o ''"),
        (2, "--model is empty; name a file (see globular cluster --help)", "cluster t.csv -k 2 --model ''"),
        (
            2,
            "--append is empty; give the column with the labels a name (see globular cluster --help)",
            "cluster t.csv -k 2 --append ' '",
        ),
        (
            2,
            "--columns is empty; name a column, or leave --columns out to take all "
            "(see globular cluster --help)",
            "cluster t.csv -k 2 --columns ' ,'",
        ),
        (
            7,
            f"{256 * 'a'}: this name is too long for a file; choose a shorter one",
            f"cluster t.csv -k 2 -o {256 * 'a'}",
        ),
        (3, "nope.csv: no such file", "cluster nope.csv -k 2"),
        (3, "folder is a directory; name a file in it", "cluster folder -k 2"),
        (3, "nope.json: no such file", "predict nope.json t.csv"),
        (
            3,
            "t.csv is not a globular model: not JSON (line 1: Expecting value)",
            "predict t.csv m.json",
        ),
        (
            6,
            "old.csv exists; replace it with --force or choose another name",
            "cluster t.csv -k 2 --columns x -o old.csv",
        ),
        (
            6,
            "old.csv exists; replace it with --force or choose another name",
            "cluster t.csv -k 2 --columns x --model old.csv",
        ),
        (
            6,
            "old.csv exists; replace it with --force or choose another name",
            "predict m.json t.csv -o old.csv",
        ),
        (7, "folder is a directory; name a file in it", "cluster t.csv -k 2 -o folder --force"),
        (7, "no/a.csv: the folder no does not exist; create it first", "cluster t.csv -k 2 -o no/a.csv"),
        (
            7,
            "file/a.csv: its folder cannot be written to; choose another place",
            "predict m.json -o file/a.csv",
        ),
    ],
)
def test_wrong_usage_and_files(code, message, arguments):
    refused(code, message, *shlex.split(arguments))


def test_a_link_that_leads_nowhere_is_known_before_the_work():
    os.symlink("no/t.csv", "link")
    os.symlink("loop", "loop")
    folder = os.path.realpath(".")
    message = f"link is a link to {folder}/no/t.csv, whose folder does not exist; create it first"
    refused(7, message, "cluster", "t.csv", "-k2", "-o", "link")
    message = "loop is a link that leads back to itself; remove the link"
    refused(7, message, "cluster", "t.csv", "-k2", "-o", "loop")


def test_a_wrong_option_gets_a_suggestion():
    outcome = run("cluster", "t.csv", "--colums", "x")
    assert outcome.exit_code == 2
    assert len(outcome.stderr.splitlines()) == 1
    assert "--columns" in outcome.stderr


@pytest.mark.parametrize(
    ("option", "meant"), [("--k", "-k"), ("--o", "-o"), ("--version", "globular --version")]
)
def test_an_option_with_a_dash_too_many_and_one_of_the_whole_command_are_known(option, meant):
    message = f"no such option '{option}'. Did you mean '{meant}'? (see globular cluster --help)"
    for arguments in ["cluster", "t.csv", option, "3"], ["cluster", "t.csv", f"{option}=3"]:
        refused(2, message, *arguments)


def test_no_other_option_is_suggested_for_the_version():
    assert "--json" not in run("predict", "--version").stderr


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("x,name\n1,a\n", 5, "b.csv lacks the column 'y', which m.json needs; there are name"),
        ("x,Y\n1,2\n", 5, "b.csv lacks the column 'y', which m.json needs; did you mean 'Y'?"),
        ("1,2\n3,4\n", 5, "b.csv has no header line, but m.json needs the columns x, y; add one"),
        ("x,y\n1,two\n", 3, "b.csv: row 1 (line 2), column 'y': 'two' is not a number; correct the cell"),
        (
            "x,y\n1,\n",
            3,
            "b.csv: row 1 (line 2), column 'y': the value is missing; "
            "leave such rows out with --missing drop, or fill them with --missing mean",
        ),
    ],
)
def test_tables_that_do_not_fit_the_model(text, code, message):
    with open("b.csv", "w", encoding="utf-8") as file:
        file.write(text)
    refused(code, message, "predict", "m.json", "b.csv")


def test_a_row_that_the_scaling_of_the_model_makes_too_large_is_said():
    with open("b.csv", "w", encoding="utf-8") as file:
        file.write("x\n1e-300\n3e-300\n")
    assert run("cluster", "b.csv", "-k2", "--scale", "standard", "--model", "b.json").exit_code == 0
    with open("b.csv", "w", encoding="utf-8") as file:
        file.write("x\n1e100\n")
    message = (
        "b.csv: column 'x' goes up to inf under standard scaling, beyond exact sums; "
        "correct the column, or scale in another way"
    )
    refused(3, message, "predict", "b.json", "b.csv")


def test_a_model_of_a_later_version_is_refused():
    with open("m.json", encoding="utf-8") as file:
        fields = json.load(file)
    with open("m.json", "w", encoding="utf-8") as file:
        json.dump({**fields, "version": 3}, file)
    message = "m.json is of version 3, but this globular reads up to 2; upgrade globular"
    refused(3, message, "predict", "m.json", "t.csv")


def test_force_replaces_files():
    forced = run("cluster", "t.csv", "-k2", "--columns", "x", "-o", "old.csv", "--force", "-q")
    assert (forced.exit_code, forced.stderr) == (0, "")
    with open("old.csv", encoding="utf-8") as file:
        assert file.readline() == "x,y,name,cluster\n"


def test_asked_for_nothing_the_help_is_shown_where_messages_go():
    for arguments in [], ["cluster"], ["predict"]:
        outcome = run(*arguments)
        assert (outcome.exit_code, outcome.stdout) == (2, "")
        assert outcome.stderr.startswith(f"Usage: {' '.join(['globular', *arguments])} ")
        assert "130  interrupted (Ctrl-C)" in outcome.stderr
