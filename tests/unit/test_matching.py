"""Matching clusters and classes: laws, a brute-force oracle, and what is refused."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score
from sklearn.metrics.cluster import contingency_matrix

import globular
from globular import clustering_accuracy, confusion_table, match_labels
from globular.errors import DataError, ParameterError

METHODS = ["hungarian", "mode"]
pairs = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 4), min_size=n, max_size=n),
        st.lists(st.integers(0, 4), min_size=n, max_size=n),
    )
)


def best_by_trying(y, labels):
    """The most rows that any one-to-one matching gets right."""
    counts = contingency_matrix(y, labels)
    small, large = sorted([counts, counts.T], key=len)[0], max(counts.shape)
    ways = permutations(range(large), len(small))
    return max(sum(row[j] for row, j in zip(small, way, strict=True)) for way in ways)


@given(pairs)
def test_no_one_to_one_matching_gets_more_rows_right(pair):
    y, labels = pair
    assert confusion_table(y, labels).n_right == best_by_trying(y, labels)


@given(pairs)
def test_the_mode_gives_every_cluster_its_most_frequent_class_and_flatters(pair):
    y, labels = pair
    table = confusion_table(y, labels, "mode")
    assert table.n_right == contingency_matrix(y, labels).max(axis=0).sum()
    assert table.accuracy >= clustering_accuracy(y, labels)
    finer = [5 * a + b for a, b in zip(labels, reversed(labels), strict=True)]
    assert clustering_accuracy(y, finer, "mode") >= table.accuracy
    assert clustering_accuracy(y, range(len(y)), "mode") == 1.0


@pytest.mark.parametrize("method", METHODS)
@given(pairs)
def test_matched_labels_are_right_as_often_as_the_accuracy_says(method, pair):
    y, labels = pair
    matched = match_labels(y, labels, method)
    assert accuracy_score(y, matched) == pytest.approx(clustering_accuracy(y, labels, method))
    of_cluster = {j: {m for m, label in zip(matched, labels, strict=True) if label == j} for j in labels}
    assert all(len(names) == 1 for names in of_cluster.values())
    if method == "hungarian":
        classes = [min(names) for names in of_cluster.values() if min(names) in y]
        assert len(classes) == len(set(classes)) == min(len(set(y)), len(set(labels)))


@pytest.mark.parametrize("method", METHODS)
@given(pairs, st.permutations(range(5)))
def test_the_names_of_clusters_do_not_matter(method, pair, names):
    y, labels = pair
    renamed = [names[j] for j in labels]
    assert clustering_accuracy(y, renamed, method) == clustering_accuracy(y, labels, method)


def test_the_table_counts_every_row_once_and_has_the_right_ones_on_the_diagonal():
    rng = np.random.default_rng(0)
    y, labels = rng.integers(0, 4, 500), rng.integers(0, 6, 500)
    labels[:300] = 5 - y[:300]
    table = confusion_table(y, labels)
    assert table.counts.sum() == 500
    for i, name in enumerate(table.classes):
        for j, cluster in enumerate(table.clusters):
            assert table.counts[i, j] == np.sum((y == name) & (labels == cluster))
    np.testing.assert_array_equal(table.stands_for, [0, 1, 2, 3, -1, -1])
    assert np.trace(table.counts) == table.n_right
    assert str(table).splitlines()[1].split() == ["stands", "for", "0", "1", "2", "3", "-", "-"]


def test_the_book_s_accuracy_on_digits_is_the_one_by_mode():
    digits = load_digits()
    clusters = globular.KMeans(10, n_init=5, random_state=0).fit_predict(digits.data)
    book = np.zeros_like(clusters)
    for i in range(10):
        mask = clusters == i
        book[mask] = np.bincount(digits.target[mask]).argmax()
    np.testing.assert_array_equal(match_labels(digits.target, clusters, "mode"), book)
    assert clustering_accuracy(digits.target, clusters, "mode") == accuracy_score(digits.target, book)
    assert 0.6 < clustering_accuracy(digits.target, clusters) <= accuracy_score(digits.target, book)


@pytest.mark.parametrize(
    ("y", "nobody"),
    [
        (np.array([3, 3, 4], dtype=np.int32), -1),
        (np.array([-5, -5, 4]), -6),
        (np.array([0.5, 0.5, 2.0]), np.nan),
        (np.array(["ant", "ant", "bee"]), ""),
        (np.array(["ant", "ant", "bee"], dtype=object), ""),
        (np.array([b"ant", b"ant", b"bee"]), b""),
        (np.array([True, True, False]), -1),
    ],
)
def test_a_cluster_too_many_stands_for_no_class(y, nobody):
    matched = match_labels(y, [0, 1, 2])
    np.testing.assert_array_equal(matched, np.array([y[0], nobody, y[2]], dtype=matched.dtype))
    assert clustering_accuracy(y, [0, 1, 2]) == pytest.approx(2 / 3)
    assert clustering_accuracy(y, [0, 1, 2], "mode") == 1.0


def test_who_matches_says_what_no_class_is_called():
    assert match_labels(["a", "a", "b"], [0, 1, 2], unmatched="none").tolist() == ["a", "none", "b"]
    with pytest.raises(ParameterError, match="unmatched='b' is one of the classes; pass another value"):
        match_labels(["a", "a", "b"], [0, 1, 2], unmatched="b")


@pytest.mark.parametrize("function", [match_labels, clustering_accuracy, confusion_table])
@pytest.mark.parametrize(
    ("y", "labels", "method", "message"),
    [
        ([0, 1], [0, 1, 1], "mode", "y_true has 2 rows, but labels has 3; pass one label for each row"),
        ([[0, 1]], [0, 1], "mode", r"y_true has shape \(1, 2\), but must be one label a row: pass shape"),
        ([0, 1], 3, "mode", r"labels has shape \(\), but must be"),
        ([], [], "mode", "y_true is empty; there must be at least one row"),
        ([0.0, np.nan], [0, 1], "mode", r"y_true\[1\] is NaN; leave out the rows without a label"),
        (np.array([0, "a"], dtype=object), [0, 1], "mode", "y_true holds labels that do not sort"),
        ([0, 1], [0, 1], "best", "method='best', but it must be one of 'hungarian', 'mode'"),
    ],
)
def test_what_cannot_be_matched_is_refused(function, y, labels, method, message):
    error = ParameterError if method == "best" else DataError
    with pytest.raises(error, match=message):
        function(y, labels, method)


def test_measurements_are_not_taken_for_labels():
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="are these labels, or measurements"):
        clustering_accuracy(rng.normal(size=20_000), rng.normal(size=20_000))
