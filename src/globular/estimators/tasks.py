"""scikit-learn's callbacks (1.9 and later): a fit told as a tree of tasks.

The fit is the root; its subtasks are the starts, theirs are the steps. A callback that returns True at
the end of a step ends this start, at the end of a start it ends the fit: scikit-learn's own rule, "stop
the current level of iterations". A start begins when its first centers are chosen. Without callbacks
nothing of this happens; with an older scikit-learn there is no ``set_callbacks``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from globular.centers import Centers
from globular.progress import Progress
from globular.step import Step
from globular.stopping import Stop

if TYPE_CHECKING:

    class CallbackSupportMixin:
        """Of scikit-learn, which has no types."""

        def _init_callback_context(self, **_: Any) -> Any: ...

else:
    try:
        from sklearn.callback import CallbackSupportMixin
    except ImportError:  # scikit-learn before 1.9

        class CallbackSupportMixin:
            """Stands in for scikit-learn's, which this version does not have."""


# From the centers after a step and the steps so far to the attributes of an estimator that stopped there.
Reconstruct = Callable[[Centers, tuple[Step, ...]], dict[str, Any]]

TASK_STATE = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")


def open_in(estimator: Any) -> dict[str, Any]:
    """Return what scikit-learn keeps in an estimator while it fits, and needs to end its callbacks."""
    return {name: value for name, value in vars(estimator).items() if name in TASK_STATE}


class Fit:
    """The root task of a fit: begins here, and ends with ``end`` unless the fit fails.

    passed: X, y and metadata, as callbacks get them. Nothing is done if nobody listens.
    """

    def __init__(self, estimator: Any, reconstruct: Reconstruct, passed: dict[str, Any]) -> None:
        self.listeners: list[Progress] = []
        self.passed = dict(passed, estimator=estimator)
        if not getattr(estimator, "_skl_callbacks", None):
            return
        self.root = estimator._init_callback_context(max_subtasks=estimator._n_init)
        self.root.call_on_fit_task_begin(**self.passed)
        self.listeners = [Starts(self.root, estimator.max_iter, reconstruct, self.passed)]

    def end(self) -> None:
        """Tell that the estimator is fitted."""
        if self.listeners:
            self.root.call_on_fit_task_end(**self.passed, reconstruction_attributes={})


class Starts(Progress):
    """Tells callbacks of starts and steps."""

    def __init__(self, root: Any, max_iter: int, reconstruct: Reconstruct, passed: dict[str, Any]) -> None:
        self.root = root
        self.max_iter = max_iter
        self.reconstruct = reconstruct
        self.passed = passed

    def start(self, index: int) -> None:
        self.history: list[Step] = []
        self.task = self.root.subcontext(task_name="start", max_subtasks=self.max_iter)
        self.task.call_on_fit_task_begin(**self.passed)
        self._begin_step()

    def moved(self, centers: Centers) -> None:
        self.centers = centers

    def step(self, step: Step, stopped: Stop | None) -> bool:
        self.history.append(step)
        enough = self._end(self.step_task)
        if not (stopped or enough):
            self._begin_step()
        return enough

    def end(self, index: int) -> bool:
        return self._end(self.task)

    def _begin_step(self) -> None:
        self.step_task = self.task.subcontext(task_name="step")
        self.step_task.call_on_fit_task_begin(**self.passed)

    def _end(self, task: Any) -> bool:
        return bool(task.call_on_fit_task_end(**self.passed, reconstruction_attributes=self._as_if_stopped))

    def _as_if_stopped(self) -> dict[str, Any]:
        return self.reconstruct(self.centers, tuple(self.history))
