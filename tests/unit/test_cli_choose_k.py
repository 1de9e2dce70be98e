"""``globular choose-k``: a table that fits its terminal, the verdict on the last line, errors in one."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from command import good, run

from globular.cli.columns_of_text import Column, table_lines

PENGUINS = Path(__file__).parents[2] / "examples/data/penguins.csv"


@pytest.fixture
def three(tmp_path):
    rng = np.random.default_rng(0)
    points = np.vstack([rng.normal(size=(40, 2)) + 10.0 * j for j in range(3)])
    path = tmp_path / "three.csv"
    path.write_text("a,b\n" + "".join(f"{x!r},{y!r}\n" for x, y in points.tolist()))
    return path


def test_the_last_line_is_the_verdict(three):
    lines = good("choose-k", three, "-k", "1..5").stdout.splitlines()
    assert re.fullmatch("3: best on (four|five|six) of six criteria, every cluster stable", lines[-1])
    assert lines[0].endswith("three.csv: 120 rows, 2 columns, not scaled")
    (pick,) = [line for line in lines if line.startswith(">")]
    assert pick.split()[1] == "3"
    assert " yes " in pick


def test_json_holds_the_same_and_no_table(three):
    facts = json.loads(good("choose-k", three, "-k", "1..5", "--json").stdout)
    assert facts["k"] == 3
    assert facts["verdict"].startswith("3: best on ")
    assert facts["columns"] == ["a", "b"]
    assert facts["criteria"]["k"] == [1, 2, 3, 4, 5]
    assert facts["criteria"]["silhouette"][0] is None
    assert facts["seed"] == 0


@pytest.mark.parametrize(
    ("said", "ks"), [("2", [2]), ("2,4", [2, 4]), ("2..4", [2, 3, 4]), ("1-2,4", [1, 2, 4])]
)
def test_numbers_of_clusters_are_ranges_and_lists(three, said, ks):
    assert json.loads(good("choose-k", three, "-k", said, "--json").stdout)["criteria"]["k"] == ks


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("4..2", "-k '4..2' must go up from 1 or more"),
        ("0..2", "-k '0..2' must go up from 1 or more"),
        ("x", "-k 'x' is no range like 1..12"),
        ("1..2000", "-k '1..2000' goes beyond 1000"),
        ("", "-k '' is no range"),
    ],
)
def test_a_bad_range_is_wrong_usage(three, said, says):
    outcome = run("choose-k", three, "-k", said)
    assert outcome.exit_code == 2
    assert says in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    ("text", "k", "code", "says"),
    [
        (
            "a\n1\n2\n9\n",
            None,
            0,
            "no cluster structure found: no k from 2 to 3 gives clusters that are apart",
        ),
        ("a\n1\n2\n9\n", "1..4", 3, "has only 3 rows to cluster, but -k goes up to 4; use -k 1..3 or less"),
        ("a,b\n" + "1,2\n" * 30, None, 0, "no cluster structure found: all rows are the same point"),
        ("a,b\n" + "0,0\n5,5\n0,9\n" * 30, None, 0, "3: best on"),
        ("a\n1\nx\n", None, 3, "'x'"),
    ],
)
def test_odd_tables_get_a_sensible_answer_or_a_sentence(tmp_path, text, k, code, says):
    path = tmp_path / "t.csv"
    path.write_text(text)
    outcome = run("choose-k", path, *(["-k", k] if k else []))
    assert outcome.exit_code == code, outcome.stderr
    assert says in (outcome.stdout if code == 0 else outcome.stderr)
    assert code == 0 or (outcome.stdout == "" and len(outcome.stderr.splitlines()) == 1)


@pytest.mark.parametrize("width", [30, 50, 80, 120])
def test_the_table_fits_its_terminal(three, width):
    out = CliRunner(env={"COLUMNS": str(width)})
    from globular.cli import main

    lines = out.invoke(main, ["choose-k", str(three), "-k", "1..4"]).stdout.splitlines()
    table = [line for line in lines[2:] if line[:2] in {"  ", "> "}]
    assert len(table) == 5
    assert max(map(len, table)) <= width
    assert any(line.startswith("no room for: ") for line in lines) == (width < 90)


@pytest.mark.parametrize(("no_color", "bold"), [("", True), ("1", False)])
def test_a_terminal_sees_the_pick_in_bold_unless_it_asks_for_no_colour(three, no_color, bold):
    ours, theirs = pty.openpty()
    env = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm"}
    command = [sys.executable, "-m", "globular", "choose-k", str(three), "-k", "1..3", "-q"]
    subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, check=True, env=env)
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert ("\x1b[1m> 3" in shown) == bold
    assert "> 3" in shown  # the mark says it too


def test_a_pipe_sees_no_colour():
    columns = [Column("k", ["1", "2"], 0)]
    assert list(table_lines(columns, [1], width=80))[2] == "> 2"


def test_penguins_are_counted_and_scikit_learn_is_never_loaded():
    code = (
        "import sys\nfrom globular.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as e:\n    assert e.code == 0\n"
        "print(any(name in sys.modules for name in ('sklearn', 'scipy', 'pandas')))"
    )
    columns = "bill_*,flipper_length_mm,body_mass_g"
    words = ["choose-k", PENGUINS, "--missing", "drop", "--scale", "standard", "--columns", columns]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True
    )
    *_, verdict, loaded = done.stdout.splitlines()
    assert verdict.startswith("2: best on")
    assert loaded == "False"


def test_the_seed_decides_and_threads_do_not(three):
    one = good("choose-k", three, "-k", "1..4", "--seed", "3", "--threads", "1").stdout
    assert one == good("choose-k", three, "-k", "1..4", "--seed", "3").stdout
