"""The line at the bottom of a terminal that tells what is going on, and is gone when it is done.

It is written to standard error only if that is a terminal, a few times a second, and taken away
before anything else is said there. Nothing of it reaches a file or a pipe.
"""

from __future__ import annotations

import shutil
import sys
import time

SECONDS_BETWEEN = 0.1
ERASE = "\r\x1b[K"


class StatusLine:
    """One line, over and over. Silent until ``open`` finds a terminal."""

    def __init__(self) -> None:
        self._is_open = self._is_shown = False
        self._next = 0.0

    def open(self, *, quiet: bool) -> None:
        """Begin to show, if there is a terminal to show on and nobody asked for quiet."""
        self._is_open = not quiet and sys.stderr is not None and sys.stderr.isatty()
        # What is done in an instant needs no line.
        self._next = time.monotonic() + 2 * SECONDS_BETWEEN

    def show(self, text: str, *, now: bool = False) -> None:
        """Show a text in place of the one before, unless that is too fresh to have been read.

        ``now`` is for what will stand for a while: it does not wait once a line is shown at all.
        """
        due = time.monotonic() >= self._next or (now and self._is_shown)
        if not self._is_open or not due:
            return
        width = max(shutil.get_terminal_size().columns - 1, 1)
        self._is_shown = True  # first: Ctrl-C may come while it is written
        self._next = time.monotonic() + SECONDS_BETWEEN
        self._write(ERASE + text[:width])

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._write(ERASE)
            self._is_shown = False

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # a terminal that has gone costs the line, not the work
            self._is_open = False


# A process has one standard error, so there is one line.
LINE = StatusLine()


def show_rows(n_rows: int) -> None:
    """Say how many rows have been read."""
    LINE.show(f"reading: {n_rows:,} rows")
