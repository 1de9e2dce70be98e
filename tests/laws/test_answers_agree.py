"""Labels, centers and cost of a result describe each other, however the fit ended.

`labels_` is what `predict(X)` says and `inertia_` is the exact cost of those labels and those very
centers: after rest, after `tol`, after `max_iter`, in float32 too, where the centers are rounded once.
"""

from __future__ import annotations

import warnings

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_same_bits import Silent

from globular import KMeans, em
from globular.registry import ENGINES, SEEDINGS
from globular.seeding.given import Given

ENDINGS = {"rest": (0.0, 300), "tol": (1e-2, 300), "one step": (0.0, 1), "three steps": (0.0, 3)}


def assert_agrees(points, weights, result):
    assert result.centers.dtype == points.dtype
    np.testing.assert_array_equal(result.labels, brute.nearest(points, result.centers))
    assert result.cost == brute.cost(points, result.centers, result.labels, weights)
    sizes = np.bincount(result.labels, weights, len(result.centers))
    np.testing.assert_allclose(result.sizes, sizes, rtol=1e-13)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=("none", "whole", "fractional", "thousands", "absent rows")))
def test_labels_and_cost_describe_the_centers_however_the_fit_ended(engine, ending, case):
    tol, max_iter = ENDINGS[ending]
    problem = case.problem()
    k = min(case.k, problem.n)
    result = em.fit(
        problem,
        k,
        seeding=Given(case.centers[:k]),
        engine=engine,
        tol=tol,
        max_iter=max_iter,
        progress=Silent(),
    )
    assert_agrees(case.points, case.weights, result)


@pytest.mark.parametrize("init", SEEDINGS)
@given(
    case=brute.cases(weighings=("none", "whole", "fractional", "absent rows")), seed=st.integers(0, 2**31 - 1)
)
def test_predict_of_the_training_data_is_labels_(init, case, seed):
    k = min(case.k, case.problem().n, len(np.unique(case.points, axis=0)))
    model = KMeans(k, init=init, n_init=2, random_state=seed, max_iter=1 + seed % 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fewer distinct points than clusters
        model.fit(case.points, sample_weight=case.weights)
    np.testing.assert_array_equal(model.predict(case.points), model.labels_)
    np.testing.assert_array_equal(model.labels_, brute.nearest(case.points, model.cluster_centers_))
    expected = brute.cost(case.points, model.cluster_centers_, model.labels_, case.weights)
    assert model.inertia_ == expected
    assert -model.score(case.points, sample_weight=case.weights) == expected


@given(case=brute.cases(kinds=("plain", "gridded", "far away", "mixed scales"), weighings=("none",)))
def test_predict_takes_the_other_float_as_it_is(case):
    model = KMeans(case.k, init=case.centers, n_init=1, max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fewer distinct points than clusters
        model.fit(case.points)
    other = case.points.astype(np.float32 if case.points.dtype == np.float64 else np.float64)
    np.testing.assert_array_equal(model.predict(other), brute.nearest(other, model.cluster_centers_))


def with_values(*rows):
    return np.array(rows, dtype=np.float64)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "points",
    [
        with_values([0.0], [1e-30], [2e-30], [1.0]),
        with_values([0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1e20, 1e20], [3.0, 3.0]),
        with_values([0.0], [1.0], [2.0], [3.0], [1e30]),
        with_values([1e140], [2e140], [3e140], [-1e140]),
        with_values([5e-324], [1e-323], [0.0], [1e-310]),
        with_values([1e-170], [2e-170], [3e-170], [9e-170]),
        np.array([[1e38], [3e38], [-3e38], [1.0]], dtype=np.float32),
        np.array([[1e-45], [3e-45], [0.0], [1e-40]], dtype=np.float32),
    ],
)
def test_they_agree_where_float64_runs_out_of_digits(points, engine):
    problem = em.Problem.checked(points)
    for k in range(1, len(points) + 1):
        for start in range(len(points)):
            centers = np.roll(points, start, axis=0)[:k].astype(np.float64)
            for tol in [0.0, 1e-4]:
                result = em.fit(
                    problem, k, seeding=Given(centers), engine=engine, tol=tol, max_iter=20, progress=Silent()
                )
                assert_agrees(points, None, result)
        assert_agrees(points, None, em.fit(problem, k, seed=k, engine=engine, progress=Silent()))
