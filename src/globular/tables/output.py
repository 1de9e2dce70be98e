"""Output: a file is written whole or not at all, and never over another one unasked.

The text goes to a new file beside the target, which takes the target's name when it is
complete. A full disk, an error or Ctrl-C on the way leaves the target as it was and nothing
beside it. ``check_target`` finds what would fail at the end before the work begins.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import IO, TextIO

from globular.errors import GlobularError, OutputError, OutputExistsError

STDOUT = "-"


def check_target(path: str, *, force: bool) -> None:
    """Refuse what cannot be written: OutputExistsError for a file that is there, else OutputError."""
    if path == STDOUT or _is_stream(path):
        return
    _refuse_bad_name(path)
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if os.path.isdir(path):
        raise OutputError(f"{path} is a directory; name a file in it")
    if os.path.exists(path) and not force:
        raise OutputExistsError(f"{path} exists; replace it with --force or choose another name")
    if not os.path.exists(folder):
        if os.path.islink(path):
            raise OutputError(f"{path} is a link to {target}, whose folder does not exist; create it first")
        raise OutputError(f"{path}: the folder {os.path.dirname(path)} does not exist; create it first")
    if not (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
        raise OutputError(f"{path}: its folder cannot be written to; choose another place")


def _refuse_bad_name(path: str) -> None:
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise OutputError(f"{path}: this name is too long for a file; choose a shorter one") from None
        if error.errno == errno.ELOOP:
            raise OutputError(f"{path} is a link that leads back to itself; remove the link") from None


def write_text(path: str, write: Callable[[TextIO], None], *, force: bool) -> None:
    """Call ``write`` with a UTF-8 stream that becomes the file at ``path``; like ``write_file``."""

    def encoded(stream: IO[bytes]) -> None:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        try:
            write(text)
            text.flush()
        finally:
            # A wrapper that is collected while attached would close what it wraps.
            text.detach()

    write_file(path, encoded, force=force)


def write_file(path: str, write: Callable[[IO[bytes]], None], *, force: bool) -> None:
    """Call ``write`` with a stream of bytes that becomes the file at ``path`` (``-``: standard output).

    OutputExistsError, OutputError. A reader of standard output that has gone is BrokenPipeError.
    """
    if path == STDOUT:
        _write_to_stdout(write)
        return
    check_target(path, force=force)
    try:
        with _device(path) if _is_stream(path) else _replacing(path) as stream:
            write(stream)
    except (BrokenPipeError, GlobularError):
        raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def _is_stream(path: str) -> bool:
    """Whether ``path`` is a pipe or a device: those are written to, not replaced."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def _device(path: str) -> IO[bytes]:
    return open(path, "wb")


@contextlib.contextmanager
def _replacing(path: str) -> Iterator[IO[bytes]]:
    # The name behind a symbolic link: the link stays and what it points to is replaced.
    target = os.path.realpath(path)
    # A name of its own: the target's with an addition may be longer than a name can be.
    draft = os.path.join(os.path.dirname(target), f".globular.{secrets.token_hex(4)}")
    try:
        # "x" and not tempfile: the file gets the permissions that the user's umask says.
        with open(draft, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(target):
            shutil.copymode(target, draft)
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def _write_to_stdout(write: Callable[[IO[bytes]], None]) -> None:
    if sys.stdout is None:
        raise OutputError("standard output is closed; name a file with -o")
    sys.stdout.flush()
    try:
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except (BrokenPipeError, GlobularError):
        raise
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror or error}") from error
