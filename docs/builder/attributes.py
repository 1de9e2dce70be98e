"""The type of an attribute before what is said of it, as that of a parameter is.

napoleon puts it in a field of its own below the text, which makes a long list of short ones.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

DIRECTIVE, FIELD, INDENT = ".. attribute:: ", "   :type: ", "   "


def before(lines: list[str]) -> list[str]:
    """Return a docstring in which the text of each attribute begins with its type.

    >>> before([".. attribute:: cost", "", "   What it costs.", "", "   :type: float"])
    ['.. attribute:: cost', '', '   *float* – What it costs.', '']
    """
    out: list[str] = []
    text = None  # where that of the last attribute begins
    for line in lines:
        if line.startswith(FIELD) and text is not None:
            out[text] = (
                f"{INDENT}*{line.removeprefix(FIELD)}* – {out[text].strip()}"
            )
            continue
        if line.startswith(DIRECTIVE):
            text = len(out) + 2
        out.append(line)
    return out


def process(
    _app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]
) -> None:
    lines[:] = before(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect(
        "autodoc-process-docstring", process, priority=600
    )  # after napoleon
    return {"parallel_read_safe": True}
