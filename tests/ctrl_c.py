"""Ctrl-C after some time, for tests of what it leaves behind."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager


@contextmanager
def ctrl_c_after(seconds):
    """Raise KeyboardInterrupt after some seconds, as Ctrl-C does; at the end none is under way."""
    assert threading.current_thread() is threading.main_thread()

    def ring(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # first: one may still come
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
