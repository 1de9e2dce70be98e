"""The handwritten digits that scikit-learn carries: 8 x 8 pixels of 0 to 16, float64."""

from __future__ import annotations

from typing import Any

from benchmarks.case import Source


def make() -> Any:
    """Load the digits."""
    from sklearn.datasets import load_digits

    return load_digits().data


SOURCE = Source("digits", 1797, 64, "float64", make)
