"""``{display} name``: the picture of something that the page's own code has made.

The page is run when the first of its pictures is asked for. Each display is drawn into ``docs/_generated``;
its own words describe it to those who cannot see it.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from builder.pages import DOCS, run

MADE = DOCS / "_generated"
PIXELS_AN_INCH = 160
LARGEST_SVG = 400_000  # bytes


class Display(SphinxDirective):
    """A display that the page has made by here, with a caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        drawn = self.env.temp_data.setdefault("globular_drawn", {})
        if not drawn:
            drawn.update(draw(Path(self.env.doc2path(self.env.docname))))
        name = self.arguments[0]
        path, words, width = drawn[name]
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


def draw(page: Path) -> dict[str, tuple[Path, str, int]]:
    """Run a page and draw its displays; return where each is, its words, and its width in pixels."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot, rc_context

    folder = MADE / page.relative_to(DOCS).with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, tuple[Path, str, int]] = {}

    def see(name: str, display: Any) -> None:
        figure = display.figure_
        path = folder / f"{name}.svg"
        with rc_context({"svg.hashsalt": name}):
            figure.savefig(path, metadata={"Date": None}, dpi=PIXELS_AN_INCH)
        if (
            path.stat().st_size > LARGEST_SVG
        ):  # photographs, and points by the thousand
            path.unlink()
            path = path.with_suffix(".png")
            figure.savefig(path, dpi=PIXELS_AN_INCH)
        drawn[name] = (path, display.describe(), round(figure.get_figwidth() * 96))

    with tempfile.TemporaryDirectory() as there, warnings.catch_warnings():
        warnings.simplefilter("error")
        run(page, Path(there), see)
    pyplot.close("all")
    return drawn


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("display", Display)
    return {"parallel_read_safe": True}
