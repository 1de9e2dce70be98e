"""What of an estimator is pickled, and how a pickle of another version is read.

A pickle outlives the classes it was made of. So the state is arrays, numbers and words: records such as
``history_`` are taken apart by the names of their fields. It says which globular wrote it. A parameter
that came later gets its default, an attribute what can be told of it; a pickle of a later major version,
whose attributes may mean something else, is refused. (scikit-learn stamps and checks the pickles of its
own classes only, so its warning about other versions is of no concern here.)
"""

from __future__ import annotations

from dataclasses import asdict, fields
from inspect import signature
from typing import Any

from sklearn.base import BaseEstimator

import globular
from globular.errors import ModelFileError
from globular.step import Step
from globular.stopping import NoMoves

VERSION = "_globular_version"


class Pickled(BaseEstimator):  # type: ignore[misc]
    """Pickles that are read by every later version of the same major version."""

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__(), **{VERSION: globular.__version__})
        if "history_" in state:
            state["history_"] = [asdict(step) for step in state["history_"]]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        _refuse_later(state.pop(VERSION, "0"), type(self).__name__)
        for name, parameter in signature(type(self).__init__).parameters.items():
            if parameter.default is not parameter.empty:
                state.setdefault(name, parameter.default)
        if "history_" in state:
            state["history_"] = tuple(map(_step, state["history_"]))
            rested = state["history_"][-1].n_moved == 0
            state.setdefault("converged_", rested)
            state.setdefault("stopped_by_", NoMoves.name if rested else "unknown")
        super().__setstate__(state)


def _refuse_later(version: str, name: str) -> None:
    major = int(version.partition(".")[0])
    if major > int(globular.__version__.partition(".")[0]):
        raise ModelFileError(
            f"this {name} was pickled by globular {version}, which globular {globular.__version__} cannot "
            f"read; install globular {major} or later (pip install 'globular>={major}'), or fit it again"
        )


def _step(record: dict[str, Any] | Step) -> Step:
    """Return the step of a record; what a later version of the same major wrote besides is left out."""
    if isinstance(record, Step):
        return record
    return Step(**{field.name: record[field.name] for field in fields(Step)})
