"""Shared by all tests: how hypothesis draws, and what a machine offers."""

from __future__ import annotations

import os
import signal

# Before NumPy is loaded, here and in processes that tests start. The matrices of tests are small: threads of
# BLAS would spend most of their time waiting for each other (measured: five times the work of one thread and
# more in what diagnose does). Our own threads are no matter of these.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from hypothesis import HealthCheck, settings

settings.register_profile(
    "laws",
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
)
settings.load_profile("laws")

os.environ.setdefault("MPLBACKEND", "Agg")  # pictures need no screen, in processes that tests start neither

# A shell lets what it starts in the background ignore Ctrl-C, and tests send it to themselves.
signal.signal(signal.SIGINT, signal.default_int_handler)
