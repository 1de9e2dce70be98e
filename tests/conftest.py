"""Shared by all tests: how hypothesis draws, and what a machine offers."""

from __future__ import annotations

import os

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
