"""Run all scripts of this folder, and write what they measured into README.md.

    python examples/chapter/measure.py [FOLDER]

writes their figures to FOLDER (by default `figures/`, here), and the table between the two marks of README.md
anew. `as_notebook.py` makes a notebook of the same scripts; both read them with `Script`.
"""

from __future__ import annotations

import ast
import platform
import re
import runpy
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import beside

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
MARKS = ("<!-- measured -->", "<!-- /measured -->")


@dataclass(frozen=True)
class Script:
    """A script: a title and a paragraph, then cells of code, which begin where `# %%` stands."""

    path: Path
    title: str
    text: str
    cells: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Script:
        """Take a script apart."""
        source = path.read_text()
        title, text = (ast.get_docstring(ast.parse(source)) or "").split("\n\n", 1)
        code = source.split('"""', 2)[2]
        cells = (cell.strip() for cell in re.split(r"^# %%\n", code, flags=re.MULTILINE))
        return cls(path, title.rstrip("."), text, tuple(cells))

    def run(self, folder: Path) -> beside.Page:
        """Run it as on the command line, figures into `folder`; return what it said."""
        beside.PAGES.append(beside.Page())
        before, sys.argv = sys.argv, [str(self.path), str(folder)]
        try:
            runpy.run_path(str(self.path), run_name="__main__")
        finally:
            sys.argv = before
        return beside.PAGES[-1]


def scripts() -> list[Script]:
    """All scripts, in the order of the chapter."""
    return [Script.read(path) for path in sorted(HERE.glob("[0-9][0-9]_*.py"))]


def section(script: Script, page: beside.Page) -> str:
    """What README says of one script."""
    lines = [f"### [{script.title}]({script.path.name})", "", "| | the book | globular |", "|---|---|---|"]
    lines += [f"| {row.what} | {row.book} | {row.ours} |" for row in page.rows]
    return "\n".join([*lines, "", *(f"{text}\n" for text in page.remarks)])


def measured(pages: dict[Script, beside.Page]) -> str:
    """All that README says of the scripts, and what measured it."""
    names = ("globular", "numpy", "scipy", "scikit-learn", "scikit-image")
    by = ", ".join(f"{name} {version(name)}" for name in names)
    head = f"`make chapter`, Python {platform.python_version()} on {platform.machine()}; {by}."
    return "\n".join([head, "", *(section(script, page) for script, page in pages.items())])


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else beside.FIGURES
    pages = {}
    for script in scripts():
        print(f"\n== {script.title}")
        pages[script] = script.run(folder)
    first, last = MARKS
    before, rest = README.read_text().split(first)
    README.write_text(f"{before}{first}\n{measured(pages)}{last}{rest.split(last)[1]}")


if __name__ == "__main__":
    main()
