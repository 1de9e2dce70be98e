"""Best known costs of small classical data sets, reached by a handful of restarts.

Values: Aloise, Hansen & Liberti (2012) for iris, the SOS-SDP tables for wine; see notes/algorithms.md C.3.
"""

from __future__ import annotations

import pytest
from sklearn.datasets import load_iris, load_wine

from globular import KMeans

IRIS = {2: 152.347951760358, 3: 78.8514414261460, 4: 57.2284732142857, 5: 46.4461820512821}
WINE = {2: 4543749.615, 3: 2370689.687}


@pytest.mark.parametrize(("k", "best"), IRIS.items())
@pytest.mark.parametrize("init", ["k-means++", "random"])
def test_iris_reaches_its_best_known_cost(init, k, best):
    assert KMeans(k, init=init, n_init=30, random_state=0).fit(load_iris().data).inertia_ == pytest.approx(
        best, rel=1e-12
    )


@pytest.mark.parametrize(("k", "best"), WINE.items())
def test_wine_reaches_its_best_known_cost(k, best):
    assert KMeans(k, n_init=20, random_state=0).fit(load_wine().data).inertia_ == pytest.approx(
        best, rel=1e-9
    )
