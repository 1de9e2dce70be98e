"""The scalings are those of scikit-learn where it has them, and a weight is the row so many times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from globular.tables.scaling import KINDS, learn_scaling

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 4))
POINTS = arrays(np.float64, SHAPES, elements=st.integers(-1000, 1000).map(lambda i: i / 8))


@given(POINTS)
def test_standard_and_minmax_are_those_of_scikit_learn(points):
    for kind, theirs in ("standard", StandardScaler()), ("minmax", MinMaxScaler()):
        ours = learn_scaling(kind, points)
        np.testing.assert_allclose(ours.apply(points), theirs.fit_transform(points), rtol=0, atol=1e-9)


@given(POINTS)
def test_robust_is_median_and_quartiles_by_their_definition(points):
    scaling = learn_scaling("robust", points)
    below, median, above = np.quantile(points, [0.25, 0.5, 0.75], axis=0, method="averaged_inverted_cdf")
    np.testing.assert_array_equal(median, np.median(points, axis=0))
    np.testing.assert_array_equal(scaling.shift, median)
    constant = np.ptp(points, axis=0) == 0
    np.testing.assert_array_equal(scaling.scale, np.where(constant | (above == below), 1, above - below))


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_a_weight_of_three_is_the_row_three_times(kind, data):
    points = data.draw(POINTS)
    weights = data.draw(arrays(np.int64, len(points), elements=st.integers(0, 4)).filter(np.any))
    weighted = learn_scaling(kind, points, weights.astype(np.float64))
    repeated = learn_scaling(kind, np.repeat(points, weights, axis=0))
    np.testing.assert_allclose(weighted.shift, repeated.shift, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(weighted.scale, repeated.scale, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@given(POINTS)
def test_centers_come_back_to_the_units_of_the_table(kind, points):
    scaling = learn_scaling(kind, points)
    np.testing.assert_allclose(scaling.invert(scaling.apply(points)), points, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_column_keeps_scale_one(kind):
    scaling = learn_scaling(kind, np.full((7, 1), 0.1))
    assert scaling.scale.tolist() == [1.0]
    assert np.ptp(scaling.apply(np.full((7, 1), 0.1))) == 0
    assert kind == "none" or scaling.apply(np.full((7, 1), 0.1))[0, 0] == 0


def test_no_scaling_leaves_the_very_points():
    points = np.array([[-0.0, 1e300]])
    assert learn_scaling("none", points).apply(points) is points


@given(POINTS, st.integers(-960, 470))
def test_a_power_of_two_as_unit_changes_no_digit(points, exponent):
    plain, other = learn_scaling("standard", points), learn_scaling("standard", np.ldexp(points, exponent))
    varied = np.ptp(points, axis=0) > 0
    np.testing.assert_array_equal(other.shift, np.ldexp(plain.shift, exponent))
    np.testing.assert_array_equal(other.scale[varied], np.ldexp(plain.scale[varied], exponent))


def test_large_weights_of_large_values_have_a_mean():
    scaling = learn_scaling("standard", np.array([[0.0], [2.0**480]]), np.full(2, 2.0**320))
    assert (scaling.shift.tolist(), scaling.scale.tolist()) == ([2.0**479], [2.0**479])


def test_a_column_far_from_zero_keeps_its_deviation():
    assert learn_scaling("standard", np.array([[1e9], [1e9 + 1]])).scale.tolist() == [0.5]
