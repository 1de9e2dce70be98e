"""A page of the documentation as something that runs: its code, what that prints, what it draws.

A page is run from top to bottom, like a notebook, in a folder of its own. The ``python`` blocks share one
namespace. An ``output`` block holds what the block before it prints. A ``console`` block holds commands, each
after a ``$``, and what they say. A ``{display}`` names something that the code has made and that can be
drawn, a ``{moving}`` one that can be set in motion. Where ``...`` stands in an output, anything may.

The tests run every page to see whether it tells the truth; the site runs those with pictures to draw them.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1]
DATA = DOCS.parent / "examples" / "data"
FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<what>\{?[\w-]+\}?)[ \t]*(?P<argument>.*)$"
)
COMMAND = re.compile(r"(?:[^\n]*\\\n)*[^\n]*")
RUN = ("python", "console", "output", "{display}", "{moving}")


class Untrue(Exception):
    """A page says what is not so."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    kind: str  # 'python', 'output', 'console', '{display}', ...
    argument: str  # what stands behind the kind: the name of a display
    text: str
    line: int  # where its text begins, from 1


def pages() -> list[Path]:
    """Return all pages, in the order of their names."""
    made = {"_generated", "_static", "builder"}
    return sorted(
        page
        for page in DOCS.rglob("*.md")
        if not made & set(page.relative_to(DOCS).parts)
    )


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order.

    >>> [(b.kind, b.argument, b.text, b.line) for b in blocks("Add:\\n```python\\n1 + 1\\n```\\n")]
    [('python', '', '1 + 1\\n', 3)]
    """
    lines = text.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        opened = FENCE.match(lines[at])
        at += 1
        if not opened:
            continue
        begin = at
        while at < len(lines) and lines[at].rstrip() != opened["fence"]:
            at += 1
        yield Block(
            opened["what"],
            opened["argument"].strip(),
            "".join(lines[begin:at]),
            begin + 1,
        )
        at += 1


def run(
    page: Path, folder: Path, see: Callable[[str, Any], None] | None = None
) -> None:
    """Run a page in an empty folder. `see` is shown each display by its name.

    Raises Untrue, with the page and the line, where it does not go as the page says.
    """
    if not page.is_relative_to(DOCS):
        raise ValueError(f"{page} is no page of {DOCS}")
    _Run(page, folder, see).all()


class _Run:
    """One page being run."""

    def __init__(
        self, page: Path, folder: Path, see: Callable[[str, Any], None] | None
    ) -> None:
        self.page, self.folder, self.see = page, folder, see
        self.names: dict[str, Any] = {"__name__": "__page__"}
        self.printed, self.printed_at = "", 0

    def all(self) -> None:
        for table in DATA.glob("*.csv"):
            shutil.copy(table, self.folder)
        found = [
            block for block in blocks(self.page.read_text()) if block.kind in RUN
        ]
        with contextlib.chdir(self.folder):
            for block in found:
                if block.kind != "output":
                    self._nothing_untold()
                {
                    "python": self._python,
                    "output": self._output,
                    "console": self._console,
                    "{display}": self._display,
                    "{moving}": self._moving,
                }[block.kind](block)
            self._nothing_untold()

    def _python(self, block: Block) -> None:
        padded = (
            "\n" * (block.line - 1) + block.text
        )  # so that a traceback names the line of the page
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(padded, str(self.page), "exec"), self.names)
        self.printed, self.printed_at = printed.getvalue(), block.line

    def _output(self, block: Block) -> None:
        self._same(block.text, self.printed, block.line)
        self.printed = ""

    def _console(self, block: Block) -> None:
        for command, said, line in _commands(block):
            self._same(said, self._shell(command, line), line)

    def _shell(self, command: str, line: int) -> str:
        path = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        )
        done = subprocess.run(
            ["bash", "-c", command],
            env={
                **os.environ,
                "PATH": path,
                "COLUMNS": "100",
                "PYTHONIOENCODING": "utf-8",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            raise Untrue(
                f"{self._at(line)}: {command!r} ends with {done.returncode}:\n{done.stdout}"
            )
        return done.stdout

    def _display(self, block: Block) -> None:
        if block.argument not in self.names:
            raise Untrue(
                f"{self._at(block.line)}: there is no {block.argument!r} to draw"
            )
        shown = self.names[block.argument]
        if not shown.describe().strip():
            raise Untrue(
                f"{self._at(block.line)}: {block.argument!r} has no words for those who cannot see it"
            )
        if self.see is not None:
            self.see(block.argument, shown)

    def _moving(self, block: Block) -> None:
        if not hasattr(self.names.get(block.argument), "animate"):
            raise Untrue(
                f"{self._at(block.line)}: {block.argument!r} cannot be set in motion"
            )

    def _same(self, said: str, got: str, line: int) -> None:
        want, have = _plain(said), _plain(got)
        if not doctest.OutputChecker().check_output(want, have, doctest.ELLIPSIS):
            raise Untrue(
                f"{self._at(line)}: the page says\n{want}\nbut it is\n{have}"
            )

    def _nothing_untold(self) -> None:
        if self.printed:
            raise Untrue(
                f"{self._at(self.printed_at)}: this prints, and no output follows:\n{self.printed}"
            )

    def _at(self, line: int) -> str:
        return f"{self.page.relative_to(DOCS.parent)}:{line}"


def _plain(text: str) -> str:
    """Lines without blanks at their ends: nobody sees those."""
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def _commands(block: Block) -> Iterator[tuple[str, str, int]]:
    """Yield each command of a console block, what it says, and its line. A backslash continues a command."""
    line = block.line
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE):
        command = COMMAND.match(part)
        assert command is not None  # nothing is a match, too
        if line > block.line or command[0]:
            yield command[0], part[command.end() :], line
        line += part.count("\n")
