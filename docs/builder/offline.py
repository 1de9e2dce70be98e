"""Look through the finished site for anything that a browser would fetch from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

FETCHES = (
    re.compile(
        r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^\"'\s>]+",
        re.I,
    ),
    re.compile(
        r"<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|preload|icon|preconnect))[^>]*\bhref=[\"']?(?:https?:)?//[^\"'\s>]+",
        re.I,
    ),
    re.compile(r"url\([\"']?(?:https?:)?//[^)]+\)", re.I),
    re.compile(r"@import\s+[\"'](?:https?:)?//[^\"']+", re.I),
)
LOG = logging.getLogger(__name__)


def fetches(text: str) -> list[str]:
    """Return what a page or a style sheet would have fetched from another place.

    >>> fetches('<script src="https://there/x.js"></script><a href="https://there">there</a>')
    ['<script src="https://there/x.js']
    """
    return [found[0] for pattern in FETCHES for found in pattern.finditer(text)]


def look_through(app: Sphinx, failed: Exception | None) -> None:
    if failed is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*")):
        if path.suffix in {".html", ".css"}:
            for found in fetches(
                path.read_text(encoding="utf-8", errors="replace")
            ):
                LOG.warning(
                    "%s would fetch %s", path.relative_to(app.outdir), found
                )


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", look_through)
    return {"parallel_read_safe": True}
