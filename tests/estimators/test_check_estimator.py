"""scikit-learn's own checks of what an estimator must do: all of them pass."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from globular import KMeans


# The checks' own data has fewer distinct rows than clusters here and a single cluster there.
@pytest.mark.filterwarnings(
    "ignore:Number of distinct clusters", "ignore:algorithm='elkan' doesn't make sense"
)
@parametrize_with_checks([KMeans(), KMeans(3, init="random", algorithm="elkan", tol=0.0)])
def test_scikit_learn_s_checks_pass(estimator, check):
    check(estimator)
