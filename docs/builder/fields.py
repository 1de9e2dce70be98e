"""What the comments of a record say of its fields.

A record states shape, dtype and unit of each field in a comment beside it, where a reader of the code needs
it. Python forgets comments, so they are read from the source.
"""

from __future__ import annotations

import inspect
import io
import tokenize
from dataclasses import fields


def comments(record: type) -> dict[str, str]:
    """Return what the comments of a dataclass say of each field.

    Beside a field, and in the lines after it that go on in the middle of a sentence; or in the lines before
    it, if they begin one.
    """
    source = inspect.getsource(record)
    names = {field.name for field in fields(record)}
    told: dict[str, list[str]] = {name: [] for name in names}
    waiting: list[str] = []
    last = ""
    by_line: dict[int, list[tokenize.TokenInfo]] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        by_line.setdefault(token.start[0], []).append(token)
    for tokens in by_line.values():
        words = [token.string for token in tokens if token.type == tokenize.NAME]
        said = " ".join(
            token.string.lstrip("# ")
            for token in tokens
            if token.type == tokenize.COMMENT
        )
        if (
            words
            and words[0] in names
            and any(token.string == ":" for token in tokens)
        ):
            last = words[0]
            told[last] += [*waiting, said]
            waiting = []
        elif said and not words:
            goes_on = (
                last
                and told[last][-1:] != [""]
                and not waiting
                and not said[:1].isupper()
            )
            (told[last] if goes_on else waiting).append(said)
        elif words:
            last, waiting = "", []
    return {name: " ".join(filter(None, said)) for name, said in told.items()}
