"""Tables made from the code: ``{registry} SEEDINGS``, and ``{record} globular.step.Step``.

The registry names every algorithm once, with a class that says in its first lines what it is. A record says
what its fields are in comments beside them, with shape, dtype and unit; those are read from its source.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import globular
from builder.fields import comments
from globular import registry


class Registry(SphinxDirective):
    """What a parameter may be, from the registry's table of that name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        table = getattr(registry, self.arguments[0])
        rows = [
            [f"``'{name}'``", _what(value), _module_text(value)]
            for name, value in table.items()
        ]
        if any(row[2] for row in rows):
            return _table(["name", "what", "where it comes from"], rows)
        return _table(["name", "what"], [row[:2] for row in rows])


def _what(value: Any) -> str:
    if isinstance(value, str):
        return value
    return getattr(value, "summary", None) or _first(inspect.getdoc(value))


def _module_text(value: Any) -> str:
    """The first paragraph of the module that a value comes from."""
    if isinstance(value, str) or hasattr(value, "summary"):
        return ""
    module = inspect.getmodule(
        value if inspect.isclass(value) or callable(value) else type(value)
    )
    return (
        ""
        if module is None or module is registry
        else _first(inspect.getdoc(module))
    )


def _first(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


class Record(SphinxDirective):
    """The fields of a frozen record: name, type, and what its comment says."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        home, _, name = self.arguments[0].rpartition(".")
        record = getattr(import_module(home), name)
        self.env.note_dependency(inspect.getfile(record))
        told = comments(record)
        marked = nodes.target("", "", ids=[nodes.make_id(self.arguments[0])])
        self.state.document.note_explicit_target(marked)
        if name not in globular.__all__:  # those have a place of their own
            domain = self.env.domains.python_domain
            domain.note_object(
                self.arguments[0], "class", marked["ids"][0], location=marked
            )
        rows = [
            [f"``{field.name}``", f"``{field.type}``", told.get(field.name, "")]
            for field in fields(record)
            if not field.name.startswith("_")
        ]
        return [marked, *_table(["field", "type", "what"], rows)]


def _table(head: list[str], rows: list[list[str]]) -> list[nodes.Node]:
    """A table of short texts; what stands in double backticks is code."""
    table = nodes.table(classes=["from-code"])
    group = nodes.tgroup(cols=len(head))
    table += group
    for _ in head:
        group += nodes.colspec(colwidth=1)
    group += nodes.thead("", _row([nodes.paragraph("", text) for text in head]))
    body = nodes.tbody()
    for row in rows:
        body += _row([_paragraph(text) for text in row])
    group += body
    return [table]


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def _paragraph(text: str) -> nodes.paragraph:
    paragraph = nodes.paragraph()
    for part in re.split(r"(``.+?``|`[^`]+`|:\w+:`[^`]+`)", text):
        code = re.fullmatch(r"(?::\w+:)?`{1,2}(.+?)`{1,2}", part)
        paragraph += nodes.literal(code[1], code[1]) if code else nodes.Text(part)
    return paragraph


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("registry", Registry)
    app.add_directive("record", Record)
    return {"parallel_read_safe": True}
