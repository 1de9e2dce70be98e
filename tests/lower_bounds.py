"""Print the lower bounds of pyproject.toml as exact versions, one a line: what ``make test-oldest`` installs.

``numpy>=1.25`` becomes ``numpy==1.25.*``: the first minor version that is promised, with its last fixes.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text())


def lowest(requirement: str) -> str:
    """Return the exact version of a requirement's lower bound.

    >>> lowest("numpy>=1.25"), lowest("pytest>=8")
    ('numpy==1.25.*', 'pytest==8.*')
    """
    name, version = re.fullmatch(r"([\w.-]+)>=([\d.]+)", requirement).groups()
    return f"{name}=={version}.*"


if __name__ == "__main__":
    for requirement in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["test"]:
        print(lowest(requirement))
