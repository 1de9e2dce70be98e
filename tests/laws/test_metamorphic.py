"""The same points elsewhere, in other units or in another order are clustered the same.

From given centers, on data where no float needs rounding (whole numbers, powers of two), a shift, a
scaling, a mirror, a swap of features, or a new order of rows or centers must carry the whole answer with it,
bit for bit. A rotation rounds, so it is tried where the clusters lie well apart.
"""

from __future__ import annotations

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_same_bits import Silent

from globular import em
from globular.problem import Problem
from globular.registry import ENGINES
from globular.seeding.given import Given

WHOLE = ("gridded",)
UNTIED = ("plain", "mixed scales", "tiny", "huge", "outlier")


def fit(points, centers, weights=None, engine="memory", steps=4):
    problem = Problem.checked(points, weights)
    return em.fit(
        problem,
        len(centers),
        seeding=Given(centers),
        tol=0.0,
        max_iter=steps,
        engine=engine,
        progress=Silent(),
    )


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(weighings=("none", "fractional")), exponent=st.integers(-200, 100))
def test_another_unit_scales_the_answer(engine, case, exponent):
    points = case.points.astype(np.float64)
    a = fit(points, case.centers, case.weights, engine)
    b = fit(np.ldexp(points, exponent), np.ldexp(case.centers, exponent), case.weights, engine)
    np.testing.assert_array_equal(a.labels, b.labels)
    np.testing.assert_array_equal(np.ldexp(a.centers, exponent), b.centers)
    assert np.ldexp(a.cost, 2 * exponent) == b.cost
    assert [np.ldexp(s.cost, 2 * exponent) for s in a.history] == [s.cost for s in b.history]


@given(
    case=brute.cases(kinds=WHOLE, dtypes=(np.float64,), weighings=("none", "whole")),
    shift=st.integers(-(2**30), 2**30),
)
def test_a_shift_moves_the_first_labels_and_sums_with_it(case, shift):
    points, centers = case.points + shift, np.rint(case.centers) + shift
    a, b = (ENGINES["memory"](Problem.checked(p, case.weights)) for p in (case.points, points))
    ta, tb = a.e_step(np.rint(case.centers)), b.e_step(centers)
    np.testing.assert_array_equal(a.labels(), b.labels())
    np.testing.assert_array_equal(ta.sizes, tb.sizes)
    np.testing.assert_allclose(
        ta.m_step(np.rint(case.centers)) + shift, tb.m_step(centers), rtol=3e-16, atol=1e-14
    )
    assert a.cost(np.rint(case.centers)) == b.cost(centers)


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9, 2.0**40])
def test_data_far_from_zero_loses_nothing(offset):
    rng = np.random.default_rng(0)
    points = np.rint(rng.normal(size=(3000, 3)) * 2**10) / 2**10  # exact after the shift too
    near = fit(points, points[:8].copy(), steps=50)
    far = fit(points + offset, points[:8] + offset, steps=50)
    np.testing.assert_array_equal(near.labels, far.labels)
    np.testing.assert_allclose(near.centers + offset, far.centers, rtol=3e-16)
    step = np.spacing(offset)  # what a center may be off there, by its last bit
    assert abs(near.cost - far.cost) <= 3000 * 3 * step**2 + 1e-10 * near.cost
    assert near.history[-1].cost == pytest.approx(far.history[-1].cost, rel=1e-6 * (1 + offset * 1e-9))


@pytest.mark.parametrize("engine", ENGINES)
@given(case=brute.cases(kinds=UNTIED, weighings=("none", "fractional")), seed=st.integers(0, 2**32 - 1))
def test_another_order_of_rows_is_the_same_clustering(engine, case, seed):
    order = np.random.default_rng(seed).permutation(len(case.points))
    weights = None if case.weights is None else case.weights[order]
    a = fit(case.points, case.centers, case.weights, engine)
    b = fit(case.points[order], case.centers, weights, engine)
    np.testing.assert_array_equal(a.labels[order], b.labels)
    np.testing.assert_array_equal(a.centers, b.centers)
    assert a.cost == b.cost
    assert [s.cost for s in a.history] == [s.cost for s in b.history]


@given(case=brute.cases(kinds=UNTIED), seed=st.integers(0, 2**32 - 1))
def test_another_order_of_centers_is_the_same_clustering(case, seed):
    if len(np.unique(case.centers, axis=0)) < case.k:
        return
    order = np.random.default_rng(seed).permutation(case.k)
    a, b = (ENGINES["memory"](case.problem()) for _ in range(2))
    ta, tb = a.e_step(case.centers), b.e_step(np.ascontiguousarray(case.centers[order]))
    d = brute.q(case.points, case.centers)
    untied = (d == d.min(axis=1, keepdims=True)).sum(axis=1) == 1
    np.testing.assert_array_equal(a.labels()[untied], order[b.labels()[untied]])
    if untied.all():
        np.testing.assert_array_equal(ta.sums[order], tb.sums)


@given(case=brute.cases(kinds=WHOLE, weighings=("none", "whole")), seed=st.integers(0, 2**32 - 1))
def test_swapped_and_mirrored_features_carry_the_answer_along(case, seed):
    rng = np.random.default_rng(seed)
    order, sign = rng.permutation(case.points.shape[1]), rng.choice([-1.0, 1.0], case.points.shape[1])
    centers = np.rint(case.centers)  # sums of squares of whole numbers are exact in any order
    a = ENGINES["memory"](case.problem())
    b = ENGINES["memory"](
        Problem.checked((case.points * sign.astype(case.points.dtype))[:, order], case.weights)
    )
    ta, tb = a.e_step(centers), b.e_step(np.ascontiguousarray((centers * sign)[:, order]))
    np.testing.assert_array_equal(a.labels(), b.labels())
    np.testing.assert_array_equal(
        (ta.m_step(centers) * sign)[:, order], tb.m_step((centers * sign)[:, order].copy())
    )


@given(case=brute.cases(weighings=("none", "whole")))
def test_a_data_set_taken_twice_has_the_same_centers(case):
    a = fit(case.points, case.centers, case.weights)
    twice = None if case.weights is None else np.tile(case.weights, 2)
    b = fit(np.tile(case.points, (2, 1)), case.centers, twice)
    np.testing.assert_array_equal(np.tile(a.labels, 2), b.labels)
    np.testing.assert_array_equal(a.centers, b.centers)
    assert b.cost == 2 * a.cost


@pytest.mark.parametrize("dtype", brute.DTYPES)
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(2, 9))
def test_a_rotation_keeps_clusters_that_lie_apart(dtype, seed, d):
    rng = np.random.default_rng(seed)
    middles = 40.0 * np.eye(d)
    labels = np.concatenate([np.arange(d), rng.integers(0, d, 80)])
    points = (middles[labels] + rng.uniform(-1, 1, (len(labels), d))).astype(dtype)
    rotation = np.linalg.qr(rng.normal(size=(d, d)))[0]
    turned = np.ascontiguousarray(points @ rotation.astype(dtype))
    a, b = fit(points, points[:d].astype(float), steps=9), fit(turned, turned[:d].astype(float), steps=9)
    np.testing.assert_array_equal(a.labels, b.labels)
    np.testing.assert_array_equal(a.labels, labels)
    assert a.cost == pytest.approx(b.cost, rel=1e-3 if dtype == np.float32 else 1e-11)
