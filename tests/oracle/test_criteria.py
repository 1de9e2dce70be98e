"""Criteria against scikit-learn, against their definition, and the dip against a linear programme."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from globular import _native
from globular.seeding import Draws
from globular.selection.criteria import figures
from globular.selection.dip_table import QUANTILES, TAILS, dip_p_value
from globular.selection.labelling import Labelling
from globular.selection.valley import FEW, HALVES, _at_least, borders


def labelled(seed, n=300, d=4, k=5):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    return rng.normal(size=(n, d)) + 2.0 * rng.normal(size=(k, d))[labels], labels


@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_gives_the_same_figures(seed):
    points, labels = labelled(seed)
    found = figures(Labelling.checked(points, labels))
    assert found.calinski_harabasz == pytest.approx(calinski_harabasz_score(points, labels), rel=1e-12)
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(points, labels), rel=1e-12)


def test_figures_of_weights_are_those_of_repeated_rows():
    points, labels = labelled(9)
    times = np.random.default_rng(9).integers(1, 5, len(points))
    weighted = figures(Labelling.checked(points, labels, times))
    repeated = figures(Labelling.checked(points.repeat(times, 0), labels.repeat(times)))
    np.testing.assert_allclose(weighted, repeated, rtol=1e-12)


def test_bic_is_the_likelihood_of_spheres_and_a_price():
    points, labels = labelled(1, n=40, d=2, k=3)
    n, d, k = 40, 2, 3
    means = np.array([points[labels == j].mean(axis=0) for j in range(k)])
    variance = np.sum((points - means[labels]) ** 2) / (d * (n - k))
    shares = np.bincount(labels) / n
    logs = [
        math.log(shares[j])
        - d / 2 * math.log(2 * math.pi * variance)
        - np.sum((x - means[j]) ** 2) / (2 * variance)
        for x, j in zip(points, labels, strict=True)
    ]
    expected = -2 * sum(logs) + (k - 1 + k * d + 1) * math.log(n)
    assert figures(Labelling.checked(points, labels)).bic == pytest.approx(expected, rel=1e-12)


def dip_by_linear_programme(values, weights):
    """The distance to the nearest distribution with one mode, for each place that the mode can have."""
    x = np.unique(values)
    mass = np.array([weights[values == v].sum() for v in x]) / weights.sum()
    upto = np.cumsum(mass)
    below = upto - mass
    m = len(x)
    best = 1.0
    for mode in range(m):
        # Unknown: the distribution at each place, at the mode from the left and the right; the distance.
        names = [*range(mode + 1), *range(mode, m)]
        left, right = list(range(mode + 1)), list(range(mode + 1, m + 1))
        n = m + 2
        rows, limits = [], []

        def at_most(terms, limit, n=n, rows=rows, limits=limits):
            row = np.zeros(n)
            for i, factor in terms:
                row[i] += factor
            rows.append(row)
            limits.append(limit)

        for i in left + right:
            place = names[i]
            highest = below[place] if i == mode else upto[place]
            lowest = upto[place] if i == mode + 1 else below[place]
            at_most([(i, -1.0), (n - 1, -1.0)], -highest)
            at_most([(i, 1.0), (n - 1, -1.0)], lowest)
        at_most([(mode, 1.0), (mode + 1, -1.0)], 0.0)
        for side, sign in ((left, 1.0), (right, -1.0)):
            for a, b in pairwise(side):
                at_most([(a, 1.0), (b, -1.0)], 0.0)
            for a, b, c in zip(side, side[1:], side[2:], strict=False):
                ab, bc = x[names[b]] - x[names[a]], x[names[c]] - x[names[b]]
                at_most([(b, sign / ab), (a, -sign / ab), (c, -sign / bc), (b, sign / bc)], 0.0)
        found = linprog([0.0] * (n - 1) + [1.0], A_ub=np.array(rows), b_ub=limits, bounds=[(0, 1)] * n)
        best = min(best, found.fun)
    return best


@pytest.mark.parametrize("seed", range(40))
def test_the_dip_is_the_distance_to_the_nearest_distribution_with_one_mode(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 14))
    values = np.sort(
        [rng.normal(size=n), rng.random(n), rng.normal(size=n) + 5 * (np.arange(n) % 2)][seed % 3]
    )
    weights = np.ones(n) if seed % 2 else rng.uniform(0.5, 2.0, n)
    found, true = _native.dip(values, weights), dip_by_linear_programme(values, weights)
    least = 0.5 * weights.min() / weights.sum()  # by convention
    if seed % 2:
        assert found == pytest.approx(max(true, least), abs=1e-9)
    else:  # the published algorithm knows no weights
        assert true - 1e-9 <= found <= true + 0.5 * weights.max() / weights.sum()


def test_the_dip_of_weights_is_that_of_repeated_values():
    rng = np.random.default_rng(0)
    values, times = np.sort(rng.normal(size=60)), rng.integers(1, 4, 60)
    repeated = np.repeat(values, times)
    weighted = _native.dip(values, times.astype(float))
    assert weighted == pytest.approx(_native.dip(repeated, np.ones(len(repeated))), abs=1e-12)


def test_a_published_dip():
    """Two heaps far apart have a quarter, evenly spaced points the least there is."""
    assert _native.dip(np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4)) == pytest.approx(0.25)
    assert _native.dip(np.arange(10.0), np.ones(10)) == pytest.approx(0.05)


@pytest.mark.parametrize("n", [8, 30, 200])
def test_the_table_of_dips_is_that_of_uniform_points(n):
    rng = np.random.default_rng(n)
    dips = [_native.dip(np.sort(rng.random(n)), np.ones(n)) for _ in range(4000)]
    for tail, quantile in zip(TAILS[1:6], QUANTILES[n][1:6], strict=True):
        share = np.mean(np.array(dips) * math.sqrt(n) >= quantile)
        assert abs(share - tail) < 5 * math.sqrt(tail / 4000)


def test_p_values_of_dips_fall_and_are_shares():
    for n in (4, 9, 77, 10**6):
        p = [dip_p_value(dip / math.sqrt(n), n) for dip in np.linspace(0.0, 20.0, 300)]
        assert p[0] == 1.0
        assert all(a >= b >= 0.0 for a, b in pairwise(p))
    assert dip_p_value(0.25, 3) == 1.0
    assert dip_p_value(QUANTILES[100][3] / 10, 100) == pytest.approx(0.05)


def test_halves_of_a_uniform_stretch_are_as_far_apart_as_is_said():
    for share in (0.5, 0.2, 0.05):
        a, b = (np.linspace(0, share, 10_001), np.linspace(share, 1, 10_001))
        assert (b.mean() - a.mean()) / (a.std() + b.std()) == pytest.approx(HALVES, rel=1e-3)


def test_the_tail_of_the_binomial():
    from scipy.stats import binom

    for n, count in ((5, 0), (8, 2), (100, 17), (2000, 260)):
        assert _at_least(count, n, FEW) == pytest.approx(binom.sf(count - 1, n, FEW), abs=1e-12)


def test_two_blobs_have_a_valley_and_a_cut_one_has_none():
    rng = np.random.default_rng(0)
    for n, d in ((12, 2), (200, 2), (30, 20)):
        blob = rng.normal(size=(2 * n, d))
        labels = np.repeat([0, 1], n)
        two = blob + np.where(labels[:, None] == 1, 8.0 * np.eye(d)[0], 0.0)
        assert borders(Labelling.checked(two, labels), Draws(0, 0)).supported
        cut = (blob[:, 0] > 0).astype(int)
        assert not borders(Labelling.checked(blob, cut), Draws(0, 0)).supported


def test_a_point_has_no_part_in_the_mean_it_is_measured_by():
    """In many dimensions any cut of few points looks like a valley, if each pulls its own mean to itself."""
    rng = np.random.default_rng(1)
    apart = []
    for _ in range(20):
        points = rng.normal(size=(20, 200))
        found = borders(Labelling.checked(points, np.arange(20) % 2), Draws(0, 0))
        apart.append(found.valleys[0].apart)
        assert not found.supported
    assert np.mean(apart) < 0.3


def test_a_weight_lies_between_as_the_row_repeated_does():
    points, labels = labelled(3, n=60, k=2)
    times = np.random.default_rng(3).integers(1, 4, 60)
    weighted = borders(Labelling.checked(points, labels, times), Draws(0, 0)).valleys[0]
    repeated = borders(Labelling.checked(points.repeat(times, 0), labels.repeat(times)), Draws(0, 0)).valleys[
        0
    ]
    assert weighted.apart == pytest.approx(repeated.apart, rel=0.02)  # all but the degrees of freedom
    assert weighted.p_value == pytest.approx(repeated.p_value, rel=1e-9)
