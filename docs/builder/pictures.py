"""``{display} name``: what the page's own code has drawn; ``{moving} name``: the same in motion.

The page is run when the first of its pictures is asked for. Each display is drawn into ``docs/_generated``;
its own words describe it to those who cannot see it.
"""

from __future__ import annotations

import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from builder.pages import DOCS, run

MADE = DOCS / "_generated"
PIXELS_AN_INCH = 160
LARGEST_SVG = 400_000  # bytes


class Drawn(NamedTuple):
    """A picture that was drawn."""

    path: Path
    words: str  # what it shows
    width: int  # pixels, on the page
    display: Any  # what drew it


class Display(SphinxDirective):
    """A display that the page has made by here, with a caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        page = Path(self.env.doc2path(self.env.docname))
        path, words, width, _ = draw(page)[self.arguments[0]]
        image = nodes.image(
            uri=f"/{path.relative_to(DOCS)}", alt=words, width=f"{width}px"
        )
        figure = nodes.figure(
            "", image, classes=["display", *self.options.get("class", [])]
        )
        if self.content:
            caption, _ = self.parse_inline(
                " ".join(self.content), lineno=self.content_offset
            )
            figure += nodes.caption("", "", *caption)
        return [figure]


class Moving(SphinxDirective):
    """A display that the page has shown, in motion, for those who ask to see it move."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        shown = draw(Path(self.env.doc2path(self.env.docname)))[self.arguments[0]]
        path = shown.path.with_suffix(".gif")
        shown.display.animate(path)
        image = nodes.image(uri=f"/{path.relative_to(DOCS)}", alt=shown.words)
        summary, _ = self.parse_inline(
            " ".join(self.content), lineno=self.content_offset
        )
        return [
            nodes.raw("", '<details class="moving"><summary>', format="html"),
            nodes.inline("", "", *summary),
            nodes.raw("", "</summary>", format="html"),
            image,
            nodes.raw("", "</details>", format="html"),
        ]


@cache
def draw(page: Path) -> dict[str, Drawn]:
    """Run a page and draw its displays; return them by name."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot, rc_context

    folder = MADE / page.relative_to(DOCS).with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, Drawn] = {}

    def see(name: str, display: Any) -> None:
        figure = display.figure_
        path = folder / f"{name}.svg"
        with rc_context({"svg.hashsalt": name}):
            figure.savefig(path, metadata={"Date": None}, dpi=PIXELS_AN_INCH)
        # Photographs, and points by the thousand.
        if path.stat().st_size > LARGEST_SVG:
            path.unlink()
            path = path.with_suffix(".png")
            figure.savefig(path, dpi=PIXELS_AN_INCH)
        width = round(figure.get_figwidth() * 96)
        drawn[name] = Drawn(path, display.describe(), width, display)

    with tempfile.TemporaryDirectory() as there, warnings.catch_warnings():
        warnings.simplefilter("error")
        run(page, Path(there), see)
    pyplot.close("all")
    return drawn


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("display", Display)
    app.add_directive("moving", Moving)
    return {"parallel_read_safe": True}
