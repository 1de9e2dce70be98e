"""Cluster 0 is the largest, and each label is what ``assign`` says of the renumbered centers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from globular.em import assign
from globular.tables.numbering import number_by_size

# Few values on a coarse grid: ties between centers are the rule.
GRID = st.integers(0, 3).map(float)


@given(st.data(), st.integers(1, 20), st.integers(1, 6), st.integers(1, 2))
def test_sizes_never_rise_and_labels_are_nearest(data, n, k, d):
    points = data.draw(arrays(np.float64, (n, d), elements=GRID))
    centers = data.draw(arrays(np.float64, (k, d), elements=GRID))
    numbered = number_by_size(points, centers, assign(points, centers))
    assert (np.diff(numbered.sizes) <= 0).all()
    np.testing.assert_array_equal(numbered.sizes, np.bincount(numbered.labels, minlength=k))
    np.testing.assert_array_equal(numbered.labels, assign(points, numbered.centers))
    assert sorted(map(tuple, numbered.centers)) == sorted(map(tuple, centers))


@given(st.permutations(range(4)))
def test_numbers_do_not_depend_on_the_order_of_the_centers(order):
    points = np.array([[0.0, 0], [0, 1], [10, 0], [10, 1], [20, 0], [30, 5], [30, 6], [31, 5]])
    centers = np.array([[30.3, 5.3], [0, 0.5], [10, 0.5], [20, 0]])
    shuffled = np.ascontiguousarray(centers[list(order)])
    numbered = number_by_size(points, shuffled, assign(points, shuffled))
    assert numbered.centers.tolist() == centers.tolist()
    assert numbered.labels.tolist() == [1, 1, 2, 2, 3, 0, 0, 0]
    assert numbered.sizes.tolist() == [3, 2, 2, 1]
