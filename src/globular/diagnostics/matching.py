"""Clusters and classes: which cluster stands for which class, and how often that is right.

The number of a cluster means nothing, so labels cannot be compared with a truth as they are: each
cluster must first be taken for a class. The k-means chapter of VanderPlas' *Python Data Science
Handbook* takes it for the class that most of its rows have, its mode. That is not one-to-one: two
clusters may stand for one class and a class for none; and it flatters: the more clusters, the better,
up to 1 for a cluster a row. (A cluster of every row is as good as the largest class, whichever way.)
The other way takes the one-to-one matching under which most rows are right: a cluster too many stands
for no class, and all its rows count as wrong. Both are offered; the accuracy by mode is never the lower.

Kuhn (1955), Munkres (1957) for the matching; Manning, Raghavan & Schütze (2008), section 16.3, who call
the accuracy by mode "purity".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from globular.errors import DataError, ParameterError
from globular.points import Array

Method = Literal["hungarian", "mode"]
MOST_CELLS = 10**8  # of a table of classes by clusters: 0.8 GB


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionTable:
    """How many rows of each class lie in each cluster, matched clusters first: right ones on the diagonal.

    By 'mode' the clusters of one class stand side by side, and there is no diagonal.
    """

    counts: Array  # (n_classes, n_clusters) int64, rows
    classes: Array  # (n_classes,), the values of y_true, sorted
    clusters: Array  # (n_clusters,), the values of labels, in the order of the classes that they stand for
    stands_for: Array  # (n_clusters,) int64, index of the class of each cluster; -1: of none
    method: str  # 'hungarian' or 'mode'

    @property
    def n_right(self) -> int:
        """Rows whose cluster stands for their class."""
        matched = np.flatnonzero(self.stands_for >= 0)
        return int(self.counts[self.stands_for[matched], matched].sum())

    @property
    def accuracy(self) -> float:
        """Share of the rows whose cluster stands for their class."""
        return self.n_right / int(self.counts.sum())

    def __str__(self) -> str:
        named = [str(self.classes[i]) if i >= 0 else "-" for i in self.stands_for]
        lines = [["cluster", *map(str, self.clusters)], ["stands for", *named]]
        lines += [
            [str(name), *map(str, row)] for name, row in zip(self.classes, self.counts.tolist(), strict=True)
        ]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join([first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))])
            for first, *rest in lines
        )


def confusion_table(
    y_true: npt.ArrayLike, labels: npt.ArrayLike, method: Method = "hungarian"
) -> ConfusionTable:
    """Count the rows of each class in each cluster, and say which class each cluster stands for.

    y_true (n,) classes and labels (n,) clusters, of any kind that sorts; a label of -1 (noise, of
    DBSCAN) is a cluster like any other. method 'hungarian' matches one-to-one so that most rows are
    right; 'mode' gives each cluster the class of most of its rows, the first of several. O(n log n), and
    O(n_classes · n_clusters · min) for 'hungarian'. Raises DataError and ParameterError.

    >>> print(confusion_table(["a", "a", "b", "b", "b"], [1, 1, 0, 0, 1]))
    cluster     1  0
    stands for  a  b
    a           2  0
    b           1  2
    """
    if method not in get_args(Method):
        raise ParameterError(f"method={method!r}, but it must be one of 'hungarian', 'mode'")
    classes, row_class = _distinct(y_true, "y_true")
    clusters, row_cluster = _distinct(labels, "labels")
    if len(row_class) != len(row_cluster):
        raise DataError(
            f"y_true has {len(row_class)} rows, but labels has {len(row_cluster)}; "
            "pass one label for each row"
        )
    if len(classes) * len(clusters) > MOST_CELLS:
        raise DataError(
            f"{len(classes)} classes and {len(clusters)} clusters make a table of more than {MOST_CELLS} "
            "cells; are these labels, or measurements?"
        )
    cells = np.bincount(row_class * len(clusters) + row_cluster, minlength=len(classes) * len(clusters))
    counts = cells.reshape(len(classes), len(clusters))
    stands_for = _one_to_one(counts) if method == "hungarian" else counts.argmax(axis=0)
    order = np.lexsort((np.arange(len(clusters)), np.where(stands_for < 0, len(classes), stands_for)))
    return ConfusionTable(counts[:, order], classes, clusters[order], stands_for[order], method)


def match_labels(
    y_true: npt.ArrayLike, labels: npt.ArrayLike, method: Method = "hungarian", *, unmatched: Any = None
) -> Array:
    """Return for each row the class that its cluster stands for: labels in the words of y_true.

    y_true (n,) classes and labels (n,) clusters, of any kind that sorts. method 'hungarian' matches
    clusters and classes one-to-one so that most rows are right; the rows of a cluster that is one too
    many get `unmatched`, by default -1 (below the classes, if they begin there or lower), NaN among floats,
    or '' among words. 'mode' gives each cluster the class of most of its rows, as the *Python Data
    Science Handbook* does: every cluster gets one, but several may get the same, which flatters (more
    clusters never look worse). Returns (n,), dtype of y_true. O(n log n), and the matching. Raises
    DataError and ParameterError.

    >>> match_labels([0, 0, 0, 1, 1], [7, 7, 3, 5, 5])
    array([ 0,  0, -1,  1,  1])
    >>> match_labels([0, 0, 0, 1, 1], [7, 7, 3, 5, 5], method="mode")
    array([0, 0, 0, 1, 1])
    """
    table = confusion_table(y_true, labels, method)
    names = table.classes
    if (table.stands_for < 0).any():
        name = _no_class(names) if unmatched is None else unmatched
        if np.isin(name, names):
            raise ParameterError(
                f"unmatched={name!r} is one of the classes; pass another value for clusters that stand for "
                "none"
            )
        names = np.append(names, np.asarray([name], dtype=object if names.dtype == object else None))
    of_cluster = names[table.stands_for]  # -1 takes the last, which is `unmatched`
    order = np.argsort(table.clusters)
    rows = np.searchsorted(table.clusters, np.asarray(labels), sorter=order)
    return np.asarray(of_cluster[order[rows]])


def clustering_accuracy(y_true: npt.ArrayLike, labels: npt.ArrayLike, method: Method = "hungarian") -> float:
    """Return the share of the rows whose cluster stands for their class.

    y_true (n,) classes and labels (n,) clusters, of any kind that sorts. By 'hungarian' clusters and
    classes are matched one-to-one, so clusters too many count as wrong: this is what papers call
    clustering accuracy. By 'mode' each cluster takes the class of most of its rows ("purity"), which is
    never lower and grows with the number of clusters, up to 1 with a cluster a row: compare it between
    clusterings of as many clusters only. O(n log n), and the matching. Raises DataError and ParameterError.

    >>> clustering_accuracy([0, 0, 0, 1, 1], [7, 7, 3, 5, 5])
    0.8
    >>> clustering_accuracy([0, 0, 0, 1, 1], [7, 7, 3, 5, 5], method="mode")
    1.0
    """
    return confusion_table(y_true, labels, method).accuracy


def _one_to_one(counts: Array) -> Array:
    from scipy.optimize import linear_sum_assignment

    matched_classes, matched_clusters = linear_sum_assignment(counts, maximize=True)
    stands_for = np.full(counts.shape[1], -1, dtype=np.int64)
    stands_for[matched_clusters] = matched_classes
    return stands_for


def _distinct(values: npt.ArrayLike, name: str) -> tuple[Array, Array]:
    """Return the distinct values, sorted, and the index of each row's among them."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise DataError(f"{name} has shape {array.shape}, but must be one label a row: pass shape (n,)")
    if len(array) == 0:
        raise DataError(f"{name} is empty; there must be at least one row")
    if array.dtype.kind == "f" and np.isnan(array).any():
        row = int(np.isnan(array).argmax())
        raise DataError(f"{name}[{row}] is NaN; leave out the rows without a label, from both")
    try:
        distinct, rows = np.unique(array, return_inverse=True)
    except TypeError as error:
        raise DataError(f"{name} holds labels that do not sort among each other: {error}") from None
    return distinct, rows


def _no_class(classes: Array) -> Any:
    """Return a value that stands for no class, of the classes' own kind."""
    if classes.dtype.kind in "OUS":
        return "" if classes.dtype.kind != "S" else b""
    if classes.dtype.kind == "f":
        return np.nan
    return min(-1, int(classes[0]) - 1)
