"""One tree of exceptions and warnings: one class per cause.

Every message says what came, what is allowed, and what to do. Everything globular raises
on purpose is a ``GlobularError``; those about a value that was passed are ``ValueError``
too, so that code written for NumPy or scikit-learn catches them unchanged.
"""

from __future__ import annotations

from typing import Any


class GlobularError(Exception):
    """The root: catch this to catch everything globular raises on purpose."""


class ParameterError(GlobularError, ValueError):
    """A parameter is outside what is allowed."""


class DataError(GlobularError, ValueError):
    """The points or weights cannot be clustered as they are."""


class TableError(DataError):
    """A table file cannot be read: the message names row and column where it can."""


class ModelFileError(GlobularError, ValueError):
    """A model file is damaged, or of a version this globular does not know."""


class ModelMismatchError(GlobularError, ValueError):
    """The model and the data do not belong together (columns, number of features)."""


class OutputExistsError(GlobularError, FileExistsError):
    """The output file is there already and nobody said that it may be replaced."""


class OutputError(GlobularError, OSError):
    """The output cannot be written; nothing half-written is left behind."""


class MissingExtraError(GlobularError, ImportError):
    """An optional dependency is not installed: the message has the pip command."""


class LevelError(ParameterError):
    """The instruction level asked for does not exist or this machine lacks it."""


class OutOfMemory(GlobularError, MemoryError):
    """Memory ran out: the message says while doing what, and to how many points."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a fit. ``result`` is the best result so far, or None before the first step."""

    def __init__(self, result: Any) -> None:
        super().__init__(
            "interrupted before the first step was done: there is no result"
            if result is None
            else "interrupted; the best result so far is in .result"
        )
        self.result = result


class GlobularWarning(UserWarning):
    """The root of the warnings."""


class ConvergenceWarning(GlobularWarning):
    """The fit found fewer distinct points than clusters; on the command line also: it did not settle."""


class CostRoseWarning(GlobularWarning):
    """The cost rose between two steps, which the algorithm forbids: please report it."""


class ParameterWarning(GlobularWarning, RuntimeWarning):
    """A combination of parameters in which one has no effect."""


class ApproximationWarning(GlobularWarning):
    """Something too large for an exact answer was answered approximately, though nobody asked for that."""
