"""Breaks the sources on purpose: each change of `mutations.py` must turn a named law red.

``python tests/mutants.py [WORD ...]`` copies the sources, applies one change at a time (those whose line
holds a WORD), builds what it concerns, and runs the test that should notice. A mutant that survives means
that a law has no teeth; one whose text is no longer there must be rewritten.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[1]
PASSED, FAILED, NO_TESTS = 0, 1, 5  # pytest's exit status; the last where all tests are left out


class Sources:
    """A copy of the sources that can be changed, built in place, and tested.

    Without a change it has the native module that is installed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("src", "native", "tests", "examples"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        for name in ("CMakeLists.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, folder / name)
        installed = find_spec("globular._native")
        assert installed is not None
        assert installed.origin is not None
        self.module = Path(shutil.copy(installed.origin, folder / "src" / "globular"))
        self.sound = self.module.read_bytes()
        self.green: set[str] = set()  # tests that pass without any change
        self.red: set[str] = set()

    def configure(self) -> None:
        """Build the sources as they are, once: what a change does not concern is not built again."""
        nanobind = [sys.executable, "-m", "nanobind", "--cmake_dir"]
        directory = subprocess.run(nanobind, capture_output=True, text=True, check=True).stdout.strip()
        configure = ["cmake", "-S", ".", "-B", "build", "-G", "Ninja", f"-Dnanobind_DIR={directory}"]
        configure += ["-DCMAKE_BUILD_TYPE=Release", f"-DPython_EXECUTABLE={sys.executable}"]
        self.make([*configure, "-DCMAKE_CXX_FLAGS=-w"])
        self.build()
        shutil.copytree(self.folder / "build", self.folder / "as_built")

    def build(self) -> Path:
        """Build the native module; return where it lies. Raises SystemExit."""
        self.make(["cmake", "--build", "build", "-j2"])
        (module,) = (self.folder / "build").glob("_native*.so")
        return module

    def make(self, command: list[str]) -> None:
        beside_python = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = dict(os.environ, PATH=beside_python)
        run = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise SystemExit(f"the copy does not build:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")

    @contextmanager
    def changed(self, mutant: Mutation) -> Iterator[None]:
        """Within the context the mutant stands, built where it must be; then all is as it was, and as old."""
        path = self.folder / mutant.file
        text, times, is_native = path.read_text(), path.stat(), mutant.file.startswith("native")
        path.write_text(text.replace(mutant.old, mutant.new))
        try:
            if is_native:
                shutil.copy(self.build(), self.module)
            yield
        finally:
            path.write_text(text)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            if is_native:
                shutil.copytree(self.folder / "as_built", self.folder / "build", dirs_exist_ok=True)
                self.module.write_bytes(self.sound)

    def killer(self, mutant: Mutation) -> str | None:
        """Apply a mutant; return the first test that notices, None if none does.

        What is red without the mutant too does not count.
        """
        with self.changed(mutant):
            found = self.first_failure(f"tests/{mutant.test}")
        if found is None or found in self.green:
            return found
        without = self.first_failure(found)
        if without is None:
            self.green.add(found)
            return found
        print(f"red without any mutant, left out: {without}", flush=True)
        self.red.add(without)
        return self.killer(mutant)

    def first_failure(self, tests: str) -> str | None:
        """Run a file of tests or a single one; return the first that fails, or all of it if Python dies.

        Raises SystemExit where there is no such test.
        """
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider"]
        command += ["-m", "not slow", tests, *(f"--deselect={name}" for name in self.red)]
        environment = dict(os.environ, PYTHONPATH=str(self.folder / "src"), CI="1", COLUMNS="400")
        run = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if run.returncode < 0:
            return tests
        if run.returncode not in (PASSED, FAILED, NO_TESTS):
            raise SystemExit(f"{tests} does not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        for line in run.stdout.splitlines():
            if line.startswith(("FAILED ", "ERROR ")):
                return line.split(" - ")[0].split(maxsplit=1)[1]
        return None


def main(words: list[str]) -> int:
    """Try the mutants; return how many survived."""
    chosen = [m for m in MUTATIONS if not words or any(word in " ".join(m) for word in words)]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        sources = Sources(Path(folder))
        if any(mutant.file.startswith("native") for mutant in chosen):
            sources.configure()
        for mutant in chosen:
            verdict, by = "TEXT GONE", ""
            if mutant.old in (sources.folder / mutant.file).read_text():
                killer = sources.killer(mutant)
                verdict, by = ("caught", killer.rpartition("::")[2]) if killer else ("SURVIVED", mutant.test)
            survivors += verdict != "caught"
            print(f"{verdict:10} {mutant.file}: {mutant.old} -> {mutant.new} | {by}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} caught")
    return survivors


if __name__ == "__main__":
    raise SystemExit(min(main(sys.argv[1:]), 1))
