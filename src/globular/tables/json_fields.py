"""JSON objects: written for people, read as if by a customs officer.

Written, every key has its line, and so has every row of a matrix: short enough to read, and
a difference between two files shows as the lines that differ.

JSON itself knows objects, lists, text, numbers and truth; a format knows counts, names, vectors
and matrices of a given shape. ``Fields`` asks for a key as the one or the other and refuses
in one sentence that names the file, the key and what stands there. ``true`` is not a number
here, though Python thinks so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn, TextIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from globular.errors import ModelFileError
from globular.tables.table import shown

Choice = TypeVar("Choice", bound=str)


def write_object(stream: TextIO, fields: Mapping[str, Any]) -> None:
    """Write ``fields`` as one object. Floats read back to the same bits; NaN is a ValueError."""
    stream.write("{\n" + ",\n".join(f"  {_json(key)}: {_block(fields[key])}" for key in fields) + "\n}\n")


def _block(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(f"    {_json(row)}" for row in value) + "\n  ]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"    {_json(key)}: {_json(row)}" for key, row in value.items()) + "\n  }"
    return _json(value)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # A path may hold bytes that are no UTF-8; Python keeps them as surrogates, JSON as escapes.
    return text.encode("utf-8", "backslashreplace").decode()


def parse_object(data: bytes, name: str) -> Fields:
    """The one object of a JSON file called ``name``; ModelFileError if there is none."""
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=lambda pairs: _without_repeats(pairs, name),
            parse_constant=lambda constant: _refuse_constant(constant, name),
        )
    except ModelFileError:
        raise
    except json.JSONDecodeError as error:
        raise ModelFileError(
            f"{name} is not a globular model: not JSON (line {error.lineno}: {error.msg})"
        ) from None
    except (ValueError, RecursionError):  # bad UTF-8, endless digits, endless nesting
        raise ModelFileError(f"{name} is not a globular model: not JSON text") from None
    if not isinstance(value, dict):
        raise ModelFileError(f"{name} is not a globular model: JSON, but no object")
    return Fields(name, value)


def _without_repeats(pairs: Sequence[tuple[str, Any]], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ModelFileError(f"{name} is damaged: the key {shown(key)} appears twice")
        found[key] = value
    return found


def _refuse_constant(constant: str, name: str) -> NoReturn:
    raise ModelFileError(f"{name} is damaged: {constant} is not a finite number")


class Fields:
    """The keys of one JSON object. ``inside`` is how messages call it within the file."""

    def __init__(self, name: str, values: Mapping[str, Any], inside: str = "") -> None:
        self._name, self._values, self._inside = name, values, inside

    def refuse(self, reason: str) -> NoReturn:
        raise ModelFileError(f"{self._name} {reason}")

    def require_only(self, keys: Collection[str]) -> None:
        """Refuse keys that are unknown and keys that are not there."""
        for key in keys:
            if key not in self._values:
                self.refuse(f"is damaged: {self._key(key)} is missing")
        for key in self._values:
            if key not in keys:
                self.refuse(f"is damaged: {self._key(key)} is no key of this format")

    def get(self, key: str) -> Any:
        return self._values.get(key)

    def text(self, key: str) -> str:
        return str(self._expect(key, "text", isinstance(self.get(key), str)))

    def text_or_null(self, key: str) -> str | None:
        return None if self.get(key) is None else self.text(key)

    def truth(self, key: str) -> bool:
        return bool(self._expect(key, "true or false", isinstance(self.get(key), bool)))

    def one_of(self, key: str, allowed: Sequence[Choice]) -> Choice:
        value = self._expect(key, "one of " + ", ".join(allowed), self.get(key) in allowed)
        return allowed[allowed.index(value)]

    def count(self, key: str) -> int:
        return int(self._expect(key, "a whole number, 0 or more", _is_count(self.get(key))))

    def number(self, key: str) -> float:
        return float(self._expect(key, "a finite number", _is_finite(self.get(key))))

    def object(self, key: str, keys: Collection[str]) -> Fields:
        fields = Fields(self._name, self._expect(key, "an object", isinstance(self.get(key), dict)), key)
        fields.require_only(keys)
        return fields

    def names(self, key: str) -> tuple[str, ...]:
        """Texts, at least one, none twice."""
        names = self.get(key)
        good = isinstance(names, list) and len(names) > 0 and all(isinstance(name, str) for name in names)
        self._expect(key, "a list of names", good)
        self._expect(key, "a list of names, none twice", len(set(names)) == len(names))
        return tuple(names)

    def counts(self, key: str, length: int) -> tuple[int, ...]:
        counts = self.get(key)
        good = isinstance(counts, list) and len(counts) == length and all(map(_is_count, counts))
        return tuple(self._expect(key, f"a list of {length} whole numbers, 0 or more", good))

    def vector(self, key: str, length: int) -> NDArray[np.float64]:
        good = _is_vector(self.get(key), length)
        return np.array(self._expect(key, f"a list of {length} finite numbers", good), np.float64)

    def matrix(self, key: str, n_columns: int) -> NDArray[np.float64]:
        """Rows of ``n_columns`` finite numbers, at least one row."""
        rows = self.get(key)
        good = isinstance(rows, list) and len(rows) > 0 and all(_is_vector(row, n_columns) for row in rows)
        what = f"a list of centers, each of {n_columns} finite numbers"
        return np.array(self._expect(key, what, good), np.float64)

    def _expect(self, key: str, what: str, good: bool) -> Any:
        value = self._values.get(key)
        if not good:
            found = shown(json.dumps(value))[1:-1]
            self.refuse(f"is damaged: {self._key(key)} must be {what}, but is {found}")
        return value

    def _key(self, key: str) -> str:
        return f'"{self._inside}.{key}"' if self._inside else f'"{key}"'


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_finite(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def _is_vector(value: Any, length: int) -> bool:
    return isinstance(value, list) and len(value) == length and all(map(_is_finite, value))
