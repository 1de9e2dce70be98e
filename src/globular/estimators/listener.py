"""What an estimator says while it fits: scikit-learn's lines for ``verbose``, and its warnings."""

from __future__ import annotations

import warnings

from sklearn import exceptions

from globular import errors
from globular.progress import Progress
from globular.step import Step
from globular.stopping import NoMoves, Stop


class ConvergenceWarning(errors.ConvergenceWarning, exceptions.ConvergenceWarning):  # type: ignore[misc]
    """globular's warning, which filters for scikit-learn's catch too."""


class Listener(Progress):
    """Prints what scikit-learn prints, and warns in its classes."""

    def __init__(self, verbose: int, tolerance: float) -> None:
        self.verbose = verbose
        self.tolerance = tolerance

    def start(self, index: int) -> None:
        if self.verbose:
            print("Initialization complete")

    def step(self, step: Step, stopped: Stop | None) -> None:
        if not self.verbose:
            return
        print(f"Iteration {step.t - 1}, inertia {step.cost}.")
        if isinstance(stopped, NoMoves):
            print(f"Converged at iteration {step.t - 1}: strict convergence.")
        elif stopped is not None and stopped.settled:
            print(
                f"Converged at iteration {step.t - 1}: center shift {step.shift_sq} "
                f"within tolerance {self.tolerance}."
            )

    def warn(self, message: str, category: type[errors.GlobularWarning]) -> None:
        if category is errors.ConvergenceWarning:
            category = ConvergenceWarning
        warnings.warn(message, category, stacklevel=7)
