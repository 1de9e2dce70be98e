"""A rival at work on a case: the process that fits, held to its time from outside."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import environment

LOADING = 300.0  # seconds that a rival may take to load its library and the points


class Over(Exception):
    """A fit took longer than it may; the process is ended."""


class Failed(Exception):
    """A fit ended in an error, or in the end of its process. Says with which last words."""


@dataclass(frozen=True)
class Run:
    """One answer: seconds a fit, steps and distances where they are told, and final centers (k, d)."""

    seconds: float
    n_iter: float | None
    n_distances: int | None
    centers: Any


class Player:
    """A process of one rival on one case, which waits to be told to fit. Leave it to end the process.

    The process is started by the first fit, and by the next one after a fit that was ended or failed.
    """

    def __init__(self, python: Path, rival: str, case: str, n_threads: int, level: str | None) -> None:
        self._command = [str(python), "-m", "benchmarks.worker", rival, case]
        self._cpus = environment.cpus(n_threads)
        self._environment = environment.bound(n_threads, level)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-")
        self._centers = Path(self._folder.name) / "centers.npy"
        self._errors = Path(self._folder.name) / "errors"

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._folder.cleanup()

    def fit(self, cap: float, repeat: int = 1, *, start: bool = True, **task: Any) -> Run:
        """Fit `repeat` times. Raises Over where that takes more than `cap` seconds, or Failed."""
        if self._process is None:
            self._begin()
        request = {"repeat": repeat, "centers": str(self._centers), "start": start, **task}
        try:
            self._process.stdin.write((json.dumps(request) + "\n").encode())
        except BrokenPipeError as error:
            raise Failed(self._last_words()) from error
        return Run(**self._reply(cap), centers=np.load(self._centers))

    def _begin(self) -> None:
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                self._command,
                cwd=environment.ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
            )
        os.sched_setaffinity(self._process.pid, self._cpus)
        try:
            self._reply(LOADING)
        except Over as error:
            raise Failed(f"not ready after {LOADING:.0f} s") from error

    def _end(self) -> int | None:
        """End the process, if any, and return its code."""
        if self._process is None:
            return None
        self._process.kill()  # does nothing to one that ended by itself
        code = self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process = None
        return code

    def _reply(self, cap: float) -> dict[str, Any]:
        until, line = time.monotonic() + cap, b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self._end()
                raise Over(f"over {cap:.0f} s")
            read = self._process.stdout.read(65536)
            if not read:
                raise Failed(self._last_words())
            line += read
        return json.loads(line)

    def _last_words(self) -> str:
        code = self._end()
        words = [said for said in self._errors.read_text(errors="replace").splitlines() if said.strip()]
        return words[-1].strip()[:200] if words else f"its process ended with {code}"
