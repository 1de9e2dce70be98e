"""Every page of the documentation tells the truth, and the reference leaves nothing out."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module

import matplotlib
import pytest
from builder import pages
from builder.fields import comments
from builder.pages import DOCS, Untrue, blocks, run

import globular
from globular.cli.entry import VERBS
from globular.result import Result
from globular.step import Step

EVERY_PAGE = [str(page.relative_to(DOCS)) for page in pages.pages()]
REFERENCE = "\n".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))


@pytest.fixture(autouse=True)
def _no_windows():
    """Draw into memory, and leave no figure open."""
    with matplotlib.rc_context({"backend": "agg"}):
        yield
    from matplotlib import pyplot

    pyplot.close("all")


@pytest.mark.parametrize("name", [name for name in EVERY_PAGE if any(blocks((DOCS / name).read_text()))])
def test_a_page_goes_as_it_says(name, tmp_path):
    run(DOCS / name, tmp_path)


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_what_is_not_run_is_only_installed_or_measured(name):
    for block in blocks((DOCS / name).read_text()):
        if block.kind == "sh":
            harmless = r"(git clone|cd|pip install|make|python -m benchmarks)\b"
            assert all(re.match(harmless, line) for line in block.text.splitlines()), block.text


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_code_is_no_wider_than_the_page(name):
    for block in blocks((DOCS / name).read_text()):
        if block.kind == "python":
            assert max(map(len, block.text.splitlines())) <= 84, f"line {block.line}"


@pytest.mark.parametrize("name", [name for name in globular.__all__ if not name.startswith("_")])
def test_every_public_name_is_in_the_reference(name):
    assert re.search(rf"^\.\. auto\w+:: (globular\.)?{name}$", REFERENCE, flags=re.MULTILINE)


@pytest.mark.parametrize("name", import_module("globular.plots").__all__)
def test_every_display_is_in_the_reference(name):
    assert f".. autoclass:: globular.plots.{name}\n" in REFERENCE


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_reference(verb):
    assert f"```{{verb}} {verb}\n" in REFERENCE


@pytest.mark.parametrize("name", re.findall(r"^```\{record\} (\S+)$", REFERENCE, flags=re.MULTILINE))
def test_what_is_said_of_a_record_s_fields_is_found(name):
    home, _, record = name.rpartition(".")
    told = comments(getattr(import_module(home), record))
    assert set(told) == {field.name for field in fields(getattr(import_module(home), record))}
    assert any(told.values())


def test_a_comment_belongs_to_the_field_that_it_is_about():
    told = comments(Step)
    assert told["n_moved"] == "centers that the M-step moved, however little"
    assert told["cost"].endswith("squared distances from their middle")  # goes on below the field
    told = comments(Result)
    assert told["stopped_by"].startswith("What ended the fit")  # stands above the field
    assert told["converged"].endswith("of the start that won")


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page of the given text, and a folder to run it in."""
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    (tmp_path / "folder").mkdir()

    def of(text):
        (tmp_path / "page.md").write_text(text)
        run(tmp_path / "page.md", tmp_path / "folder")

    return of


def test_a_true_page_passes(page):
    page("```python\nx = 1\nprint(x + 1)\n```\n```output\n2\n```\n```console\n$ echo a \\\n  b\na b\n```\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("```python\nprint(2)\n```\n```output\n3\n```\n", "page.md:5: the page says\n3"),
        ("```python\nprint(2)\n```\n", "no output follows"),
        ("```python\nprint(2)\n```\n```python\npass\n```\n", "no output follows"),
        ("```output\nyes\n```\n", "the page says\nyes"),
        ("```console\n$ echo yes\nno\n```\n", "the page says\nno"),
        ("```console\n$ false\n```\n", "'false' ends with 1"),
        ("```{display} gone\nA caption.\n```\n", "no 'gone' to draw"),
        ("```python\nx = 1\n```\n```{moving} x\nWords.\n```\n", "'x' cannot be set in motion"),
    ],
)
def test_a_page_that_lies_is_found_out(page, text, says):
    with pytest.raises(Untrue, match=re.escape(says)):
        page(text)
