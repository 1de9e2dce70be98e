"""Install the rivals one by one: what does not install here is said in one line and left out.

    python benchmarks/install.py PYTHON

PYTHON is the interpreter of the environment to install them into. The rivals are the dependency group
``bench`` of pyproject.toml, their versions those of constraints.txt; nothing is compiled.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def install(python: str, requirement: str) -> str | None:
    """Install one requirement. Returns None, or pip's last words."""
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--only-binary", ":all:"]
    run = subprocess.run(
        [*pip, "--constraint", str(ROOT / "constraints.txt"), requirement],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if run.returncode == 0 else (run.stderr.strip() or "no reason given").splitlines()[-1]


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for requirement in project["dependency-groups"]["bench"]:
        failure = install(sys.argv[1], requirement)
        if failure is not None:
            print(f"{requirement} does not install here and is left out: {failure}")


if __name__ == "__main__":
    main()
