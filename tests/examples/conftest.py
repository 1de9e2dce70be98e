"""What the tests of the examples share: where the scripts are, and t-SNE, computed once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

CHAPTER = Path(__file__).parents[2] / "examples/chapter"
sys.path.insert(0, str(CHAPTER))  # as if a script there had been started


@pytest.fixture(scope="session")
def projections():
    """Remember what t-SNE answers: several forms of the chapter, and its script, ask it the same.

    One thread: beside other work, two of them spend most of their time waiting for each other.
    """
    mpl.use("agg")
    compute, known = TSNE.fit_transform, {}

    def fit_transform(self: TSNE, X: Any, y: Any = None) -> Any:
        key = (str(sorted(self.get_params().items())), np.asarray(X).tobytes())
        if key not in known:
            with threadpool_limits(1):
                known[key] = compute(self, X)
        return known[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TSNE, "fit_transform", fit_transform)
        yield
