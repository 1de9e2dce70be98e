"""Small tables on one thread: BLAS wakes all of its own for them, and they wait for each other longer than
they work. Mixtures of a thousand rows take a quarter of the time so, and what is found is the same however
many threads there are.
"""

from __future__ import annotations

import os
import threading
from typing import Any


class OneBlasThread:
    """While anybody is inside, BLAS has one thread; who leaves last gives it back what it had.

    The limit is the process's, and threads may diagnose at once: each for itself would find the other's
    limit and leave that behind.
    """

    def __init__(self) -> None:
        self._begun()
        os.register_at_fork(after_in_child=self._begun)  # threads of the parent are not in the child

    def _begun(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limits: Any = None

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        with self._lock:
            if self._inside == 0:
                self._limits = threadpool_limits(1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside = max(self._inside - 1, 0)
            if self._inside == 0 and self._limits is not None:
                self._limits.restore_original_limits()
                self._limits = None


ONE_BLAS_THREAD = OneBlasThread()
