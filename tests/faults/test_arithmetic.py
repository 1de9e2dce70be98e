"""What other libraries do to the processor's arithmetic changes nothing, and they find it as they left it."""

from __future__ import annotations

import ctypes
import platform
from contextlib import contextmanager

import numpy as np
import pytest
from brute import LEVELS

from globular import KMeans, em

FLUSH = 0x8040  # of x86's control word: small results become zero, and small operands are taken for it


def c_library():
    if platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc":
        pytest.skip("knows the floating point environment of glibc on x86-64 only")
    return ctypes.CDLL("libm.so.6")


def control_word(library):
    environment = (ctypes.c_uint32 * 8)()
    library.fegetenv(environment)
    return environment[7]


@contextmanager
def small_numbers_lost():
    library = c_library()
    environment = (ctypes.c_uint32 * 8)()
    library.fegetenv(environment)
    environment[7] |= FLUSH
    library.fesetenv(environment)
    assert np.float32(1e-39) * np.float32(0.5) == 0
    try:
        yield library
    finally:
        environment[7] &= ~FLUSH
        library.fesetenv(environment)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 20])
@pytest.mark.parametrize("k", [5, 100])
def test_labels_are_right_where_small_numbers_are_lost(k, d, level):
    """A center in the very middle of the points: its value is nothing but its index."""
    rng = np.random.default_rng(0)
    points = rng.integers(0, 256, size=(5000, d)).astype(np.float32)
    points[rng.random(5000) < 0.6] = 255
    centers = rng.integers(0, 256, size=(k, d)).astype(np.float64)
    centers[1] = 255
    right = em.assign(points, centers, level=level)
    with small_numbers_lost() as library:
        word = control_word(library)
        labels = em.assign(points, centers, level=level)
        assert control_word(library) == word
    np.testing.assert_array_equal(labels, right)


def test_a_fit_has_the_same_bits_where_small_numbers_are_lost():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(20_000, 3)) * np.array([1.0, 1e-150, 1e-300])
    model = KMeans(8, n_init=2, random_state=0).fit(points)
    with small_numbers_lost():
        again = KMeans(8, n_init=2, random_state=0).fit(points)
    np.testing.assert_array_equal(again.labels_, model.labels_)
    np.testing.assert_array_equal(again.cluster_centers_, model.cluster_centers_)
    assert again.inertia_ == model.inertia_
    assert [s.cost for s in again.history_] == [s.cost for s in model.history_]
