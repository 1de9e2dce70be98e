"""What the documentation shows is run: README's Python, every docstring's example, the commands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import globular

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def modules() -> list[str]:
    found = pkgutil.walk_packages(globular.__path__, "globular.")
    return sorted(m.name for m in found if not m.name.endswith(("_native", "__main__")))


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_the_readme_runs(code):
    exec(compile(code, "README.md", "exec"), {})


def test_the_first_python_block_prints_what_it_says(capsys):
    exec(compile(blocks("python")[0], "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("78.851441\n")


def test_the_commands_of_the_readme_run(tmp_path):
    data = (ROOT / "examples/data/penguins.csv").read_text()
    (tmp_path / "examples/data").mkdir(parents=True)
    (tmp_path / "examples/data/penguins.csv").write_text(data)
    (tmp_path / "new.csv").write_text("".join(data.splitlines(keepends=True)[:4]))
    shells = [block.strip() for block in blocks("sh") if block.startswith("globular ")]
    commands = "\n".join(shells).replace("\\\n", " ").splitlines()
    said = {shlex.split(command)[1] for command in commands}
    assert said >= {"cluster", "predict", "choose-k", "compare", "diagnose", "plot"}
    for command in commands:
        words = shlex.split(command)
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "labelled.csv").read_text().splitlines()[0].endswith("cluster")


@pytest.mark.parametrize("name", modules())
def test_the_examples_in_docstrings_are_true(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


@pytest.mark.parametrize("name", [n for n in globular.__all__ if not n.startswith("_")])
def test_every_public_name_has_an_example(name):
    assert ">>>" in (getattr(globular, name).__doc__ or ""), name
