"""A terminal shows what is going on, in one line that is gone at the end; nothing else gets any of it."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from globular.cli import exits, status
from globular.cli.status import ERASE, StatusLine

COMMAND = (sys.executable, "-m", "globular")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{i * 7919 % 1000},{i * 104729 % 997}\n" for i in range(30_000)))
    return str(path)


def on_a_terminal(*arguments, then=None):
    """Run with standard error on a terminal of 70 columns; its exit status and all that was shown."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": "70"}
    # No pipe: one that nobody reads yet would fill up.
    labels = tempfile.TemporaryFile()  # noqa: SIM115
    process = subprocess.Popen([*COMMAND, *arguments], stdout=labels, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    while True:
        assert select.select([ours], [], [], 60)[0], "nothing is said any more"
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # the other end has gone
            break
        shown += piece
        if then is not None and b"step" in shown:
            then(process)
            then = None
    os.close(ours)
    with labels:
        code = process.wait(timeout=60)
        labels.seek(0)
        return code, shown.decode(), labels.read()


def left_standing(shown):
    """What a terminal shows in the end, line by line."""
    lines = shown.replace("\r\n", "\n").split("\n")
    return [re.split(r"\r\x1b\[K", line)[-1] for line in lines]


def test_steps_are_shown_and_gone_at_the_end(table):
    asked = ["cluster", table, "-k", "40", "--restarts", "200", "--labels-only"]  # seconds on any machine
    code, shown, out = on_a_terminal(*asked)
    assert code == 0
    assert re.search(r"\r\x1b\[Kstart \d+ of 200, step \d+: cost [\d.e+]+, [\d,]+ rows changed", shown)
    assert max(len(line) for line in shown.split(ERASE)[1:-1]) < 70
    standing = left_standing(shown)
    assert standing[0].startswith(table)
    assert not any("step " in line or "reading" in line for line in standing)
    assert out.splitlines()[0] == b"cluster"
    piped = subprocess.run([*COMMAND, *asked], capture_output=True, check=True)
    assert piped.stdout == out
    assert b"\x1b" not in piped.stderr
    assert b"start " not in piped.stderr


def test_quiet_shows_nothing_on_a_terminal(table):
    asked = ["cluster", table, "-k", "40", "--restarts", "4", "-q", "--labels-only"]
    assert on_a_terminal(*asked)[:2] == (0, "")


def test_ctrl_c_takes_the_line_away_and_keeps_the_best(table):
    asked = ["cluster", table, "-k", "40", "--restarts", "100000", "--labels-only"]
    code, shown, out = on_a_terminal(*asked, then=lambda process: process.send_signal(signal.SIGINT))
    assert code == 130
    standing = left_standing(shown)
    assert standing[-2:] == ["globular: interrupted; this is the best result so far", ""]
    assert not any("step " in line for line in standing)
    assert len(out.splitlines()) == 30_001


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_line_is_shown_a_few_times_a_second_and_cut_to_the_width(monkeypatch):
    terminal, now = Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setenv("COLUMNS", "10")
    line = StatusLine()
    line.show("before it is open")
    line.open(quiet=False)
    for i in range(100):
        now[0] = i * 0.01
        line.show(f"line {i:03d}, and far beyond the width")
    line.clear()
    line.clear()
    shown = terminal.getvalue().split(ERASE)
    assert shown[0] == shown[-1] == ""
    assert shown[1:-1] == [f"line {i:03d}," for i in range(20, 100, 10)] or len(shown) - 2 in {7, 8}
    assert all(len(text) <= 9 for text in shown)


def test_what_is_said_takes_the_line_away_first(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(status, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(exits, "LINE", line := StatusLine())
    line.open(quiet=False)
    line.show("reading: 1 row")
    exits.say("note: this")
    assert terminal.getvalue() == f"{ERASE}reading: 1 row{ERASE}globular: note: this\n"


def test_a_line_is_taken_away_that_ctrl_c_interrupted(monkeypatch):
    class Interrupted(Terminal):
        def flush(self):
            if self.getvalue().count(ERASE) == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stderr", terminal := Interrupted())
    monkeypatch.setattr(status, "SECONDS_BETWEEN", 0.0)
    line = StatusLine()
    line.open(quiet=False)
    with pytest.raises(KeyboardInterrupt):
        line.show("step 1")
    line.clear()
    assert terminal.getvalue() == f"{ERASE}step 1{ERASE}"


def test_a_terminal_that_has_gone_costs_the_line_alone(monkeypatch):
    class Gone(Terminal):
        def write(self, text):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stderr", Gone())
    monkeypatch.setattr(status, "SECONDS_BETWEEN", 0.0)
    line = StatusLine()
    line.open(quiet=False)
    line.show("text")
    line.show("text")
