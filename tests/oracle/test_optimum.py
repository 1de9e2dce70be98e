"""The best possible clustering, found by trying everything, is never beaten, and is left by nobody.

All partitions of a few points; on a line, where clusters are intervals, a dynamic programme for many.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from globular import KMeans, em
from globular.problem import Problem
from globular.registry import ENGINES
from globular.seeding.given import Given


def partitions(n, k):
    """Yield every way to split n points into at most k groups, as labels in order of first sight."""

    def grow(labels, used):
        if len(labels) == n:
            yield labels
            return
        for j in range(min(used + 1, k)):
            yield from grow([*labels, j], max(used, j + 1))

    yield from grow([], 0)


def best_of_all(points, weights, k):
    """Return the lowest cost over all partitions, and the means of that partition."""
    best, best_means = np.inf, None
    for labels in map(np.array, partitions(len(points), k)):
        groups = [labels == j for j in range(labels.max() + 1)]
        means = np.array([np.average(points[g], axis=0, weights=weights[g]) for g in groups])
        cost = float((weights[:, None] * (points - means[labels]) ** 2).sum())
        if cost < best:
            best, best_means = cost, means
    return best, best_means


@pytest.mark.parametrize("engine", ENGINES)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6), d=st.integers(1, 3), grid=st.booleans())
def test_no_fit_beats_the_best_of_all_partitions_nor_leaves_it(engine, seed, n, d, grid):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, min(n, 4) + 1))
    points = rng.integers(0, 5, size=(n, d)).astype(float) if grid else rng.normal(size=(n, d))
    k = min(k, len(np.unique(points, axis=0)))
    weights = rng.choice([1.0, 2.0, 0.5], size=n)
    best, means = best_of_all(points, weights, k)
    problem = Problem.checked(points, weights)
    found = em.fit(problem, k, n_init=10, seed=seed % 1000, tol=0.0, engine=engine)
    assert found.cost >= best * (1 - 1e-12) - 1e-14
    kept = em.fit(problem, len(means), seeding=Given(means), tol=0.0, engine=engine)
    assert abs(kept.cost - best) <= best * 1e-12 + 1e-14


@pytest.mark.parametrize("seed", range(6))
def test_eight_points_reach_the_best_of_all_partitions(seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(8, 2))
    best, _ = best_of_all(points, np.ones(8), 3)
    cost = KMeans(3, n_init=60, random_state=0, tol=0.0).fit(points).inertia_
    assert cost == pytest.approx(best, rel=1e-12)


def line_optimum(x, k):
    """Return the lowest cost of k intervals of sorted numbers, by dynamic programming."""
    x = np.sort(x)
    x -= x.mean()
    s1, s2 = np.concatenate([[0.0], np.cumsum(x)]), np.concatenate([[0.0], np.cumsum(x * x)])

    def within(i, j):  # cost of x[i:j]
        return s2[j] - s2[i] - (s1[j] - s1[i]) ** 2 / (j - i)

    n = len(x)
    cost = np.array([0.0] + [within(0, j) for j in range(1, n + 1)])
    for _ in range(k - 1):
        cost = np.array([0.0] + [min(cost[i] + within(i, j) for i in range(j)) for j in range(1, n + 1)])
    return cost[-1]


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 22), k=st.integers(1, 4))
def test_on_a_line_no_fit_beats_the_dynamic_programme(seed, n, k):
    x = np.random.default_rng(seed).normal(size=n)
    k = min(k, n)
    best = line_optimum(x, k)
    result = em.fit(Problem.checked(x[:, None]), k, seed=seed, tol=0.0)
    assert result.cost >= best - 1e-12
    order = np.argsort(x)
    assert np.count_nonzero(np.diff(result.labels[order])) == k - 1  # clusters are intervals


@pytest.mark.parametrize("k", [2, 3, 5])
def test_on_a_line_restarts_reach_the_dynamic_programme(k):
    x = np.random.default_rng(k).normal(size=60)
    cost = KMeans(k, n_init=100, random_state=0, tol=0.0).fit(x[:, None]).inertia_
    assert cost == pytest.approx(line_optimum(x, k), rel=1e-10)
