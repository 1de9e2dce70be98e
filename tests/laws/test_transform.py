"""`transform` is the square root of q, the same on any number of threads."""

from __future__ import annotations

import brute
import numpy as np
import pytest
from hypothesis import given

from globular import KMeans, _native


@pytest.mark.parametrize(("dtype", "digits"), [(np.float32, 1e-6), (np.float64, 1e-14)])
@given(case=brute.cases(weighings=("none",), dtypes=(np.float64,)))
def test_transform_is_the_root_of_q(dtype, digits, case):
    points = np.ascontiguousarray(case.points, dtype=dtype)
    out = _native.transform(points, case.centers, 2)
    assert out.dtype == dtype
    np.testing.assert_allclose(out, np.sqrt(brute.q(points, case.centers)), rtol=digits, atol=0)


@pytest.mark.parametrize("dtype", brute.DTYPES)
@pytest.mark.parametrize("n_threads", [2, 3, 7, 16])
@pytest.mark.parametrize(("d", "k"), [(2, 5), (13, 100), (64, 17)])
def test_threads_change_no_bit_of_transform(d, k, n_threads, dtype):
    rng = np.random.default_rng(d)
    points, centers = rng.normal(size=(9001, d)).astype(dtype), rng.normal(size=(k, d))
    np.testing.assert_array_equal(
        _native.transform(points, centers, n_threads), _native.transform(points, centers, 1)
    )


@pytest.mark.parametrize("dtype", brute.DTYPES)
def test_the_estimator_s_transform_is_near_zero_only_on_its_own_center(dtype):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 4)).astype(dtype)
    model = KMeans(300, n_init=1, init=points).fit(points)
    out = model.transform(points)
    np.testing.assert_array_equal(np.argmin(out, axis=1), model.labels_)
    assert out.dtype == dtype
    np.testing.assert_array_equal(out, KMeans(300, n_init=1, init=points).fit_transform(points))
    other = model.transform(points.astype(np.float32 if dtype == np.float64 else np.float64))
    np.testing.assert_allclose(out, other, rtol=1e-5, atol=1e-6)
