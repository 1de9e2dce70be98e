"""Bad input is refused with the argument's name, the value that came, and what to do about it.

Each case says which words the message must hold. All of it goes through the estimator, as a user meets it;
what `Problem` and `assign` add is tried beside it.
"""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse

import globular
from globular import KMeans, em, kmeans_plusplus
from globular.engines.memory import MemoryEngine
from globular.errors import DataError, LevelError, ParameterError
from globular.problem import Problem
from globular.threads import threads

GOOD = np.arange(12.0).reshape(6, 2)


def with_value(value, row=3, column=1, dtype=np.float64):
    X = GOOD.astype(dtype)
    X[row, column] = value
    return X


def damaged_sparse():
    X = scipy.sparse.csr_array(GOOD)
    X.indices[3] = 7
    return X


# case: (X, words that must be in the message)
DATA = {
    "NaN": (with_value(np.nan), ["X contains NaN", "X[3, 1] = nan", "drop the rows", "fill"]),
    "infinity": (with_value(np.inf), ["X contains infinity", "X[3, 1] = inf", "drop the rows"]),
    "minus infinity": (with_value(-np.inf), ["X contains infinity", "X[3, 1] = -inf", "drop"]),
    "float32 NaN": (with_value(np.nan, dtype=np.float32), ["X contains NaN", "X[3, 1]", "drop"]),
    "too large": (with_value(1e200), ["X", "1e+200", "divide X"]),
    "one dimension": (GOOD[:, 0], ["1D array", "[ 0.", "reshape"]),
    "three dimensions": (GOOD[None], ["dim 3", "dim <= 2"]),
    "no rows": (GOOD[:0], ["0 sample(s)", "(0, 2)", "minimum of 1"]),
    "no features": (GOOD[:, :0], ["0 feature(s)", "(6, 0)", "minimum of 1"]),
    "strings": (np.array([["a", "b"]] * 6), ["could not convert string to float", "'a'"]),
    "complex": (GOOD + 1j, ["Complex data not supported", "1.j"]),
    "sparse NaN": (scipy.sparse.csc_array(with_value(np.nan)), ["X contains NaN", "X[3, 1] = nan", "fill"]),
}


@pytest.mark.parametrize("case", DATA)
def test_points_that_cannot_be_clustered_are_refused(case):
    X, words = DATA[case]
    with pytest.raises((ValueError, TypeError)) as caught:
        KMeans(2, random_state=0).fit(X)
    for word in words:
        assert word in str(caught.value)


CORE_DATA = {
    "NaN": (with_value(np.nan), ["X contains NaN", "X[3, 1] = nan", "drop the rows", "fill"]),
    "one dimension": (GOOD[:, 0], ["X has shape (6,)", "two-dimensional", "reshape(-1, 1)"]),
    "a number": (3.0, ["X has shape (", "two-dimensional", "reshape"]),
    "three dimensions": (GOOD[None], ["X has shape (1, 6, 2)", "two-dimensional", "reshape"]),
    "no rows": (GOOD[:0], ["X has shape (0, 2)", "at least one row"]),
    "ragged": ([[1.0, 2.0], [3.0]], ["X must be an array of numbers", "n rows by d features"]),
    "strings": ([["a"]], ["X must be an array of numbers", "'a'", "n rows by d features"]),
    "none": (None, ["X"]),
    "complex": (GOOD + 1j, ["X is complex", "real", "X.real"]),
    "damaged sparse": (damaged_sparse(), ["X is damaged", "indices"]),
}


@pytest.mark.parametrize("case", CORE_DATA)
def test_the_core_refuses_them_too(case):
    X, words = CORE_DATA[case]
    with pytest.raises(DataError) as caught:
        Problem.checked(X)
    for word in words:
        assert word in str(caught.value)


def test_the_first_bad_value_of_many_is_named():
    X = np.zeros((50_000, 3), dtype=np.float32)
    X[49_999, 2] = X[20_001, 1] = X[30_000, 0] = np.nan
    for n_threads in [1, 3]:
        with pytest.raises(DataError, match=re.escape("X[20001, 1] = nan")):
            Problem.checked(X, n_threads=n_threads)


WEIGHTS = {
    "NaN": ([1, 1, np.nan, 1, 1, 1], ["sample_weight[2]", "nan", "finite"]),
    "infinity": ([1, 1, np.inf, 1, 1, 1], ["sample_weight[2]", "inf", "finite"]),
    "negative": ([1, 1, 1, 1, -2.5, 1], ["sample_weight[4]", "-2.5", "weighs 0"]),
    "all zero": ([0] * 6, ["sample_weight", "zero", "positive"]),
    "too few": ([1, 1], ["sample_weight", "(2,)", "(6,)"]),
    "two-dimensional": (np.ones((6, 1)), ["sample_weight", "(6, 1)", "(6,)"]),
    "strings": (["a"] * 6, ["sample_weight", "numbers", "'a'"]),
    "too heavy": ([1e308] * 6, ["sample_weight", "1e+308", "scale"]),
}


@pytest.mark.parametrize("entry", ["estimator", "function", "core"])
@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_make_no_sense_are_refused(case, entry):
    weights, words = WEIGHTS[case]
    call = {
        "estimator": lambda: KMeans(2).fit(GOOD, sample_weight=weights),
        "function": lambda: kmeans_plusplus(GOOD, 2, sample_weight=weights),
        "core": lambda: Problem.checked(GOOD, weights),
    }[entry]
    with pytest.raises(ValueError, match="sample_weight") as caught:
        call()
    for word in words:
        assert word in str(caught.value)


PARAMETERS = {
    "no clusters": ({"n_clusters": 0}, ["n_clusters", "0", "[1, inf)"]),
    "negative clusters": ({"n_clusters": -3}, ["n_clusters", "-3", "[1, inf)"]),
    "half a cluster": ({"n_clusters": 2.5}, ["n_clusters", "2.5", "int"]),
    "more clusters than rows": ({"n_clusters": 7}, ["n_clusters=7", "only 6 rows", "n_clusters <= 6"]),
    "unknown seeding": ({"init": "best"}, ["init", "'best'", "k-means++", "random"]),
    "too few centers": ({"init": GOOD[:1]}, ["(1, 2)", "clusters 2", "(2, 2)"]),
    "too wide centers": ({"init": np.zeros((2, 3))}, ["(2, 3)", "features of the data 2", "(2, 2)"]),
    "centers not finite": ({"init": [[0.0, np.nan], [1, 1]]}, ["init[0, 1]", "nan", "finite"]),
    "centers of text": ({"init": [["a", "b"]] * 2}, ["'a'"]),
    "unknown algorithm": ({"algorithm": "full"}, ["algorithm", "'full'", "'lloyd'"]),
    "no start": ({"n_init": 0}, ["n_init", "0", "[1, inf)"]),
    "no step": ({"max_iter": 0}, ["max_iter", "0", "[1, inf)"]),
    "negative tol": ({"tol": -1.0}, ["tol", "-1.0", "[0.0, inf)"]),
    "NaN tol": ({"tol": float("nan")}, ["tol", "nan"]),
    "no threads": ({"n_threads": 0}, ["n_threads", "0"]),
    "negative threads": ({"n_threads": -1}, ["n_threads", "-1"]),
    "half a thread": ({"n_threads": 1.5}, ["n_threads", "1.5"]),
    "bad seed": ({"random_state": "x"}, ["random_state", "'x'"]),
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_parameters_outside_what_is_allowed_are_refused(case):
    parameters, words = PARAMETERS[case]
    with pytest.raises(ValueError, match=r".") as caught:
        KMeans(**{"n_clusters": 2, "n_init": 1} | parameters).fit(GOOD)
    for word in words:
        assert word in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: em.fit(p, 0), ["n_clusters=0", "at least 1"]),
        (lambda p: em.fit(p, True), ["n_clusters=True", "integer"]),
        (lambda p: em.fit(p, "3"), ["n_clusters='3'", "integer"]),
        (lambda p: em.fit(p, 7), ["n_clusters=7", "6 rows", "n_clusters <= 6"]),
        (lambda p: em.fit(p, 2, algorithm="x"), ["algorithm='x'", "'lloyd'"]),
        (lambda p: em.fit(p, 2, seeding="x"), ["seeding='x'", "'k-means++'"]),
        (lambda p: em.fit(p, 2, engine="x"), ["engine='x'", "'memory'"]),
        (lambda p: em.fit(p, 2, level="sse9"), ["level='sse9'", "baseline", "leave it out"]),
        (lambda p: em.fit(p, 2, n_threads=0), ["n_threads=0", "positive integer", "None"]),
        (lambda p: em.assign(GOOD, np.zeros((2, 3))), ["centers", "(2, 3)", "(k, 2)"]),
        (lambda p: em.assign(GOOD, np.zeros(2)), ["centers", "(2,)", "(k, 2)"]),
        (lambda p: em.assign(GOOD, np.zeros((0, 2))), ["centers", "(0, 2)", "(k, 2)"]),
        (lambda p: em.assign(GOOD, [[np.nan, 1.0]]), ["centers", "finite", "NaN"]),
        (lambda p: em.assign(with_value(np.nan), GOOD), ["X contains NaN", "X[3, 1]"]),
        (lambda p: next(em.em_steps(GOOD, [[1.0]])), ["(1, 1)", "features of the data 2", "(1, 2)"]),
        (lambda p: next(em.em_steps(GOOD, 3.0)), ["()"]),
        (
            lambda p: next(em.em_steps(GOOD, GOOD, sample_weight=[0, 1, 1, 1, 1, 1])),
            ["weight 0", "leave them out"],
        ),
        (lambda p: threads(0), ["n_threads=0", "positive integer"]),
        (lambda p: globular.kmeans_plusplus(GOOD, 7), ["n_clusters=7", "6 rows", "n_clusters <= 6"]),
    ],
)
def test_the_core_names_what_came_what_is_allowed_and_what_to_do(call, words):
    with pytest.raises((ParameterError, DataError)) as caught:
        call(Problem.checked(GOOD))
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_a_problem_of_too_few_rows_that_weigh_says_so():
    problem = Problem.checked(GOOD, [1, 1, 0, 0, 0, 0])
    with pytest.raises(DataError, match="only 2 rows with a positive weight; use n_clusters <= 2"):
        em.fit(problem, 3)


def test_an_unknown_level_is_refused_by_name():
    with pytest.raises(LevelError, match=r"level='avx1024'.*baseline"):
        MemoryEngine(Problem.checked(GOOD), level="avx1024")


def test_the_session_refuses_centers_of_another_shape():
    engine = MemoryEngine(Problem.checked(GOOD))
    with pytest.raises(ValueError, match=r"centers must be \(k >= 1, 2\), not \(1, 3\)"):
        engine.e_step(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="centers must be"):
        engine.e_step(np.zeros((0, 2)))
    tally = engine.e_step(GOOD[:2].copy())
    with pytest.raises(IndexError):
        engine.move(np.array([6]), 0, tally)
    with pytest.raises(IndexError):
        engine.move(np.array([0]), 2, tally)
    with pytest.raises(ValueError, match="centers must be"):
        engine.cost(np.zeros((2, 5)))


EARLY = """
import numpy as np
from globular.engines.memory import MemoryEngine
from globular.problem import Problem
engine = MemoryEngine(Problem.checked(np.arange(12.0).reshape(6, 2)))
try:
    {call}
except Exception as error:
    print(error)
"""


@pytest.mark.parametrize(
    "call",
    [
        "engine.labels()",
        "engine.give_labels()",
        "engine.e_step(np.zeros((2, 2))), engine.give_labels(), engine.labels()",
        "engine.e_step(np.zeros((2, 2))), engine.give_labels(), engine.cost(np.zeros((2, 2)))",
        "engine.cost(np.zeros((2, 2)))",
        "engine.farthest(np.zeros((2, 2)), 1)",
        "engine._session.move(np.array([0]), 0)",
    ],
)
def test_a_session_asked_before_its_first_e_step_reads_no_foreign_memory(call):
    """In a process of its own: what goes wrong here takes the interpreter along."""
    script = EARLY.format(call=call)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"ended by signal {-run.returncode}"


def test_predict_refuses_other_features():
    model = KMeans(2, random_state=0).fit(GOOD)
    with pytest.raises(ValueError, match="X has 3 features, but KMeans is expecting 2 features"):
        model.predict(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="NaN"):
        model.predict(with_value(np.nan))
    with pytest.raises(ValueError, match="NaN"):
        model.transform(with_value(np.nan))
    with pytest.raises(ValueError, match="NaN"):
        model.score(with_value(np.nan))
