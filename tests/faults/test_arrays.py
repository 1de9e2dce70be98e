"""Arrays as they come: read-only, strided, transposed, foreign, of other types. Same answer, no write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from globular import KMeans
from globular.problem import Problem


def whole():
    return np.random.default_rng(0).integers(0, 100, size=(500, 4)).astype(np.float64)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def unaligned(X):
    raw = np.zeros(X.nbytes + 1, dtype=np.uint8)
    view = raw[1:].view(np.float64).reshape(X.shape)
    view[:] = X
    return view


SHAPES = {
    "read-only": read_only,
    "columns first": np.asfortranarray,
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": lambda X: X[::-1].copy()[::-1],
    "transposed": lambda X: X.T.copy().T,
    "big-endian": lambda X: X.astype(">f8"),
    "big-endian float32": lambda X: X.astype(">f4"),
    "unaligned": unaligned,
    "integers": lambda X: X.astype(np.int64),
    "bytes": lambda X: X.astype(np.uint8),
    "half floats": lambda X: X.astype(np.float16),
    "long floats": lambda X: X.astype(np.longdouble),
    "objects": lambda X: X.astype(object),
    "lists": lambda X: X.tolist(),
    "matrix rows": lambda X: [tuple(row) for row in X],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_answer_does_not_depend_on_how_the_array_lies(shape):
    expected = KMeans(5, random_state=0).fit(whole())
    X = SHAPES[shape](whole())
    model = KMeans(5, random_state=0).fit(X)
    np.testing.assert_array_equal(model.labels_, expected.labels_)
    np.testing.assert_array_equal(model.cluster_centers_, expected.cluster_centers_)
    np.testing.assert_array_equal(model.predict(X), expected.labels_)
    np.testing.assert_array_equal(np.asarray(X, dtype=float), whole())
    np.testing.assert_array_equal(Problem.checked(X).points, whole())


def test_booleans_are_zeros_and_ones():
    X = whole() > 50
    model = KMeans(3, random_state=0).fit(X)
    np.testing.assert_array_equal(model.labels_, KMeans(3, random_state=0).fit(X.astype(float)).labels_)


@pytest.mark.parametrize("shape", ["read-only", "every other row", "big-endian", "integers", "lists"])
def test_weights_and_first_centers_may_lie_as_they_like_too(shape):
    weights = np.arange(500.0) % 7
    start = whole()[:5]
    expected = KMeans(5, init=start, n_init=1).fit(whole(), sample_weight=weights)
    make = SHAPES[shape]
    model = KMeans(5, init=make(start), n_init=1)
    other = make(weights[:, None])
    model.fit(whole(), sample_weight=np.asarray(other)[:, 0] if shape != "lists" else weights.tolist())
    np.testing.assert_array_equal(model.labels_, expected.labels_)
    assert model.inertia_ == expected.inertia_


def test_read_only_arrays_work_in_every_method():
    X = read_only(whole())
    model = KMeans(3, random_state=0, copy_x=False).fit(X, sample_weight=read_only(np.ones(500) * 2.0))
    model.transform(X)
    model.score(X)
    model.predict(X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_views_of_stride_0_are_what_they_look_like(dtype):
    """One row that looks like many, one column like several, one number like a whole array."""
    row, column = np.arange(4, dtype=dtype), np.arange(500, dtype=dtype)[:, None]
    for view in np.broadcast_to(column, (500, 4)), np.broadcast_to(column[::-1], (500, 4)):
        assert 0 in view.strides
        fitted, expected = (KMeans(5, random_state=0).fit(X) for X in (view, view.copy()))
        np.testing.assert_array_equal(fitted.labels_, expected.labels_)
        np.testing.assert_array_equal(fitted.cluster_centers_, expected.cluster_centers_)
        np.testing.assert_array_equal(fitted.transform(view), expected.transform(view.copy()))
    for view in np.broadcast_to(row, (500, 4)), np.broadcast_to(dtype(7), (500, 4)):
        fitted = KMeans(1).fit(view)
        np.testing.assert_array_equal(fitted.cluster_centers_, view[:1])
        assert fitted.inertia_ == 0.0
    weights = np.broadcast_to(3.0, (500,))
    three = KMeans(2, random_state=0).fit(column, sample_weight=weights)
    assert three.inertia_ == KMeans(2, random_state=0).fit(column, sample_weight=weights.copy()).inertia_


@pytest.mark.parametrize("method", ["fit", "predict", "transform", "score"])
@pytest.mark.parametrize("dtype", [np.complex64, np.complex128, object])
def test_complex_points_are_refused_everywhere(method, dtype):
    model = KMeans(3, random_state=0).fit(whole())
    before = dict(vars(model))
    with pytest.raises((ValueError, TypeError), match=r"(?i)complex"):
        getattr(model, method)((whole() + 1j).astype(dtype))
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())


@pytest.mark.parametrize("copy_x", [True, False])
@pytest.mark.parametrize("order", ["C", "F", "sparse"])
def test_no_method_writes_to_X_whatever_copy_x_says(copy_x, order):
    X = np.asarray(whole() - 50.0, order="F" if order == "F" else "C")
    if order == "sparse":
        X = scipy.sparse.csr_array(np.maximum(X, 0.0))
    held = [X] if isinstance(X, np.ndarray) else [X.data, X.indices, X.indptr]
    before = [array.copy() for array in held]
    for array in held:
        array.flags.writeable = False  # who tries to write, fails here
    weights = read_only(np.arange(500.0) % 5)
    model = KMeans(7, random_state=0, copy_x=copy_x, n_init=2).fit(X, sample_weight=weights)
    model.predict(X)
    model.transform(X)
    model.score(X, sample_weight=weights)
    model.fit_transform(X, sample_weight=weights)
    for array, old in zip(held, before, strict=True):
        np.testing.assert_array_equal(array, old)


PEAK = """
import resource, sys
import numpy as np
from globular import KMeans
n, d, k = {n}, {d}, {k}
X = np.random.default_rng(0).random(size=(n, d), dtype=np.float32)
X[:100] *= 2
model = KMeans(k, init=X[:k].copy(), n_init=1, max_iter=1, tol=0.0)
model.fit(X[:1000])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model.fit(X) if "{call}" == "fit" else model.predict(X)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / X.nbytes)
"""


@pytest.mark.parametrize(("call", "at_most"), [("fit", 2.2), ("predict", 0.5)])
def test_memory_stays_within_a_copy_of_the_points(call, at_most):
    """No n x k matrix: with k = 200 and d = 32 that would be six times the points."""
    script = PEAK.format(n=600_000, d=32, k=200, call=call)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(run.stdout) <= at_most


@pytest.mark.slow
def test_more_values_than_32_bits_count():
    """A view of stride 0: 2^31 values and more that are one row; the library may copy them."""
    available = next(
        int(line.split()[1])
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemAvailable")
    )
    if available < 24 << 20:
        pytest.skip("needs 24 GB of free memory")
    X = np.broadcast_to(np.arange(64, dtype=np.float32), (2**31 // 64 + 10, 64))
    model = KMeans(1, init=X[:1], n_init=1).fit(X)
    np.testing.assert_array_equal(model.cluster_centers_[0], np.arange(64))
