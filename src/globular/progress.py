"""What a fit tells whoever waits for it: a start begun, a step done, a warning.

The base class keeps silent about steps and passes warnings on; a listener overrides what it cares for.
"""

from __future__ import annotations

import warnings

from globular.errors import GlobularWarning
from globular.step import Step
from globular.stopping import Stop


class Progress:
    """Listens to a fit."""

    def start(self, index: int) -> None:
        """Hear that start number `index` (from 0) has its first centers."""

    def step(self, step: Step, stopped: Stop | None) -> None:
        """Hear of a finished step, and of the rule that made it the last, if it was."""

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        """Pass a warning on."""
        warnings.warn(message, category, stacklevel=4)
