"""Sums, means and costs against arithmetic that knows no rounding at all: `fractions.Fraction`."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from globular.problem import Problem
from globular.registry import ENGINES


def fractions(values):
    return [Fraction(float(v)) for v in values]


@pytest.mark.parametrize("engine", ENGINES)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    kind=st.tuples(
        st.sampled_from(["none", "whole", "fractional", "heavy", "light"]), st.sampled_from([0.0, 1.0, 1e6])
    ),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_means_and_costs_are_those_of_exact_arithmetic(engine, seed, n, kind, dtype):
    weighing, offset = kind
    rng = np.random.default_rng(seed)
    points = (rng.normal(size=(n, 2)) + offset).astype(dtype)
    weights = {
        "none": None,
        "whole": rng.integers(1, 9, n).astype(float),
        "fractional": rng.uniform(0.1, 2.0, n),
        "heavy": rng.integers(1, 2**20, n) * 2.0**20,
        "light": rng.uniform(0.1, 2.0, n) * 1e-30,
    }[weighing]
    problem = Problem.checked(points, weights)
    k = int(rng.integers(1, 4))
    centers = points[rng.integers(0, n, k)].astype(np.float64) + 0.1
    reader = ENGINES[engine](problem)
    tally = reader.e_step(centers)
    labels, means = reader.labels(), tally.m_step(centers)
    w = fractions(np.ones(n) if weights is None else weights)
    exact_cost, Q = Fraction(0), Fraction(float(problem.spread.total_sq))
    reach = Fraction(float(np.abs(points - problem.frame.origin).max()))
    for j in range(k):
        mine = np.flatnonzero(labels == j)
        if len(mine) == 0:
            np.testing.assert_array_equal(means[j], centers[j])
            continue
        total = sum(w[i] for i in mine)
        assert abs(Fraction(float(tally.sizes[j])) - total) <= total * Fraction(1, 2**52)
        for f in range(2):
            x = fractions(points[:, f])
            mean = sum(w[i] * x[i] for i in mine) / total
            assert abs(Fraction(float(means[j, f])) - mean) <= abs(mean) / 2**52 + reach / 2**50
            c = Fraction(float(centers[j, f]))
            exact_cost += sum(w[i] * (x[i] - c) ** 2 for i in mine)
    assert abs(Fraction(tally.cost(centers, problem.spread)) - exact_cost) <= (Q + exact_cost) / 10**15


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 50),
    exponent=st.integers(-300, 300),
    weighted=st.booleans(),
)
def test_the_final_cost_is_rounded_once(seed, n, exponent, weighted):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 1)) * 10.0 ** rng.integers(-8, 9, size=(n, 1)) * 2.0**exponent
    weights = rng.uniform(0.1, 2.0, n) if weighted else None
    reader = ENGINES["memory"](Problem.checked(points, weights))
    centers = points[:1].copy()
    reader.e_step(centers)
    t = points[:, 0] - centers[0, 0]
    w = np.ones(n) if weights is None else weights
    exact = sum(a * b for a, b in zip(fractions(w), fractions(t * t), strict=True))
    assert reader.cost(centers) == float(exact)
