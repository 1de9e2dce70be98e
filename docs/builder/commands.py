"""``{verb} cluster``: a verb of the command line, its arguments and options, from the command itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from globular.cli import exits
from globular.cli.entry import main


class Verb(SphinxDirective):
    """Describe one verb of ``globular``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        command = main.get_command(click.Context(main), name)
        if command is None:
            raise self.error(f"globular has no verb {name!r}")
        ctx = click.Context(
            command,
            info_name=name,
            parent=click.Context(main, info_name="globular"),
        )
        usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
        return [
            nodes.literal_block(usage, usage, language="text"),
            *(
                nodes.paragraph("", text)
                for text in _paragraphs(command.help or "")
            ),
            _options(command, ctx),
            *_sections(command.epilog or ""),
        ]


class Verbs(SphinxDirective):
    """The verbs, each with its one line."""

    def run(self) -> list[nodes.Node]:
        from globular.cli.entry import VERBS

        return [
            _definitions(
                (f"globular {name}", [text]) for name, text in VERBS.items()
            )
        ]


class ExitCodes(SphinxDirective):
    """The exit codes, as the help has them."""

    def run(self) -> list[nodes.Node]:
        found = re.findall(r"^ +(\d+)  (.+)$", exits.HELP, flags=re.MULTILINE)
        return [_definitions((code, [meaning]) for code, meaning in found)]


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.replace("\b", "").split("\n\n"):
        if paragraph.strip():
            yield " ".join(paragraph.split())


def _options(command: click.Command, ctx: click.Context) -> nodes.definition_list:
    def described() -> Iterator[tuple[str, list[str]]]:
        for parameter in command.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and record[1]:
                yield record[0], [" ".join(record[1].split())]

    return _definitions(described())


def _sections(epilog: str) -> Iterator[nodes.Node]:
    """What stands below the options: commands and lists. Exit codes have a place of their own."""
    found = re.split(
        r"^(\w[\w ]*):\n", epilog.replace("\b\n", ""), flags=re.MULTILINE
    )
    for title, text in zip(found[1::2], found[2::2], strict=True):
        lines = [
            line.strip() for line in text.splitlines() if line.startswith("  ")
        ]
        if title == "Exit codes":
            continue
        yield nodes.rubric("", title)
        if title == "Examples":
            commands = "\n".join(lines)
            yield nodes.literal_block(commands, commands, language="sh")
        else:
            yield _definitions(
                (name, [what.strip()])
                for name, what in (line.split(maxsplit=1) for line in lines)
            )


def _prose(text: str) -> nodes.paragraph:
    """A paragraph in which names of options are code."""
    parts = re.split(r"(?<![\w-])(--?[a-z][\w-]*)", text)
    paragraph = nodes.paragraph()
    for i, part in enumerate(parts):
        paragraph += nodes.literal(part, part) if i % 2 else nodes.Text(part)
    return paragraph


def _definitions(entries: Any) -> nodes.definition_list:
    listed = nodes.definition_list(classes=["options"])
    for term, texts in entries:
        listed += nodes.definition_list_item(
            "",
            nodes.term("", "", nodes.literal(term, term)),
            nodes.definition("", *map(_prose, texts)),
        )
    return listed


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("verb", Verb)
    app.add_directive("verbs", Verbs)
    app.add_directive("exit-codes", ExitCodes)
    return {"parallel_read_safe": True}
