"""What an estimator says while it fits: scikit-learn's lines for ``verbose``, its warnings, its callbacks."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from sklearn import exceptions

from globular import errors
from globular.centers import Centers
from globular.progress import Progress
from globular.step import Step
from globular.stopping import NoMoves, Stop


class ConvergenceWarning(errors.ConvergenceWarning, exceptions.ConvergenceWarning):  # type: ignore[misc]
    """globular's warning, which filters for scikit-learn's catch too."""


class Listener(Progress):
    """Prints what scikit-learn prints, warns in its classes, and passes all else on to others."""

    def __init__(self, verbose: int, tolerance: float, others: Sequence[Progress] = ()) -> None:
        self.verbose = verbose
        self.tolerance = tolerance
        self.others = others

    def start(self, index: int) -> None:
        if self.verbose:
            print("Initialization complete")
        for other in self.others:
            other.start(index)

    def moved(self, centers: Centers) -> None:
        for other in self.others:
            other.moved(centers)

    def step(self, step: Step, stopped: Stop | None) -> bool:
        if self.verbose:
            self._print(step, stopped)
        answers = [other.step(step, stopped) for other in self.others]  # all are told, whoever says stop
        return any(answers)

    def end(self, index: int) -> bool:
        answers = [other.end(index) for other in self.others]
        return any(answers)

    def _print(self, step: Step, stopped: Stop | None) -> None:
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
