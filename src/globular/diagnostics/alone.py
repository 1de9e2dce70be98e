"""Small tables on one thread: BLAS and OpenMP wake all of theirs for them, and these wait for each other
longer than they work. Mixtures of a thousand rows take a quarter of the time so, the neighbours of two
thousand a fifteenth on a busy machine, and what is found is the same however many threads there are.
"""

from __future__ import annotations

import os
import threading
from typing import Any


class OneThread:
    """While anybody is inside, BLAS has one thread; who leaves last gives it back what it had.

    That limit is the process's, and threads may diagnose at once: each for itself would find the other's
    limit and leave that behind. The limit of OpenMP is each thread's own. Which libraries are loaded is
    looked up once: that takes half as long as a diagnosis of some hundred rows, and they stay where they are.
    """

    def __init__(self) -> None:
        self._libraries: Any = None
        self._begun()
        os.register_at_fork(after_in_child=self._begun)  # threads of the parent are not in the child

    def _begun(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limits: Any = None
        self._of_thread = threading.local()

    def __enter__(self) -> None:
        with self._lock:
            libraries = self._found()
            if self._inside == 0:
                self._limits = libraries.limit(limits=1, user_api="blas")
            self._inside += 1
        self._of_thread.limits = libraries.limit(limits=1, user_api="openmp")

    def __exit__(self, *_: object) -> None:
        self._of_thread.limits.restore_original_limits()
        with self._lock:
            self._inside = max(self._inside - 1, 0)
            if self._inside == 0 and self._limits is not None:
                self._limits.restore_original_limits()
                self._limits = None

    def _found(self) -> Any:
        if self._libraries is None:
            import scipy.linalg  # noqa: F401  has a BLAS of its own
            import sklearn.neighbors  # noqa: F401  has an OpenMP
            from threadpoolctl import ThreadpoolController

            self._libraries = ThreadpoolController()
        return self._libraries


ONE_THREAD = OneThread()
