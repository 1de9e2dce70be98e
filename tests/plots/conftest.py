"""What holds for every picture: it leaves matplotlib and the warnings as it found them."""

from __future__ import annotations

import warnings

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def nothing_global_changes():
    before, filters = dict(mpl.rcParams), list(warnings.filters)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before
    assert list(warnings.filters) == filters
