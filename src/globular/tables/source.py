"""Where the bytes of a table come from: a file, or standard input, packed by gzip or not.

A table is read more than once: for its numbers, again if it turns out to hold text, and again
when its labelled copy is written. So a ``Source`` can be read from the beginning as often as
wanted, and none of it is kept in memory. What can be read only once (standard input, a pipe) goes
to an unnamed temporary file on the way, in memory while it is small. gzip is known by its first
bytes, whatever the file is called. A file that somebody changes between two readings is refused:
its labels would belong to other rows.
"""

from __future__ import annotations

import gzip
import os
import stat
import sys
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

from globular.errors import GlobularError, TableError

STDIN = "-"
CHUNK = 1 << 20
START = 1 << 12  # enough to know any kind of file by
LARGEST_IN_MEMORY = 1 << 24  # of what can be read only once

GZIP = b"\x1f\x8b"


class Source:
    """The bytes of one table. ``name`` is what messages call it, ``path`` what suffixes are read from."""

    def __init__(self, name: str, file: IO[bytes], path: str | None = None) -> None:
        self.name, self.path, self.file = name, path, file
        weakref.finalize(self, file.close)  # goes with the table that reads it
        self._stamp = self._stamped()
        file.seek(0)
        self.is_packed = file.read(len(GZIP)) == GZIP
        self.start = next(self.chunks(START), b"")  # the first bytes, unpacked

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """All bytes from the beginning, unpacked, in pieces. TableError if they cannot be read."""
        self.file.seek(0)
        stream = gzip.GzipFile(fileobj=self.file, mode="rb") if self.is_packed else self.file
        try:
            while chunk := stream.read(size):
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise TableError(f"{self.name} is damaged or cut short (gzip); get it once more") from None
        except OSError as reason:
            raise TableError(f"{self.name} cannot be read: {reason.strerror or reason}") from None
        self.refuse_change()

    def refuse_change(self) -> None:
        """TableError if the file is not the one that was opened any more."""
        if self._stamped() != self._stamp:
            raise TableError(changed(self.name))

    def _stamped(self) -> tuple[int, int] | None:
        if self.path is None:
            return None
        found = os.fstat(self.file.fileno())
        return found.st_size, found.st_mtime_ns


def changed(name: str) -> str:
    """The message for a file that is not the same at its second reading."""
    return f"{name} changed while it was read; run again when nobody writes to it"


def open_source(path: str) -> Source:
    """The source at ``path`` (``-``: standard input); TableError with the reason if there is none."""
    if path == STDIN:
        return Source("standard input", _kept(_standard_input(TableError), "standard input"))
    file = _opened(path, TableError)
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return Source(path, file, path)
    with file:
        return Source(path, _kept(file, path))


def read_bytes(path: str, error: type[GlobularError] = TableError) -> bytes:
    """All bytes of a file that is small; ``error`` with the reason if there are none."""
    with _opened(path, error) as file:
        try:
            start = file.read(START)
            # A model is text; a device that never ends is none.
            return start if b"\0" in start else start + file.read()
        except OSError as reason:
            raise error(f"{path} cannot be read: {reason.strerror or reason}") from None


def _opened(path: str, error: type[GlobularError]) -> BinaryIO:
    try:
        return open(path, "rb")
    except FileNotFoundError:
        raise error(f"{path}: no such file") from None
    except IsADirectoryError:
        raise error(f"{path} is a directory; name a file in it") from None
    except PermissionError:
        raise error(f"{path} cannot be read: permission denied") from None
    except OSError as reason:
        raise error(f"{path} cannot be read: {reason.strerror or reason}") from None
    except ValueError:  # a zero byte in the name
        raise error(f"{path!r} is no name of a file") from None


def _standard_input(error: type[GlobularError]) -> IO[bytes]:
    if sys.stdin is None:
        raise error("standard input is closed; name a file")
    return sys.stdin.buffer


def _kept(stream: IO[bytes], name: str) -> IO[bytes]:
    """What can be read only once, in a file that has no name and goes with the process."""
    kept = tempfile.SpooledTemporaryFile(LARGEST_IN_MEMORY)  # noqa: SIM115
    try:
        while chunk := _next_chunk(stream, name):
            kept.write(chunk)
    except OSError as reason:
        kept.close()
        raise TableError(
            f"{name} finds no room among the temporary files ({reason.strerror or reason}); "
            "name a folder for them in TMPDIR, or pass a file"
        ) from None
    except BaseException:
        kept.close()
        raise
    return kept


def _next_chunk(stream: IO[bytes], name: str) -> bytes:
    try:
        return stream.read(CHUNK)
    except OSError as reason:
        raise TableError(f"{name} cannot be read: {reason.strerror or reason}") from None
