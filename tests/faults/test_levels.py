"""GLOBULAR_LEVEL chooses the instruction level of a process, and a level that is not there is refused."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from globular import _native

FIT = """
import hashlib, numpy as np
from globular import KMeans, show_versions
X = np.random.default_rng(0).normal(size=(3000, 7)).astype(np.float32)
model = KMeans(9, random_state=0).fit(X)
print(hashlib.sha256(model.cluster_centers_.tobytes() + model.labels_.tobytes()).hexdigest(), model.inertia_)
"""


def run(code, level):
    environment = dict(os.environ, GLOBULAR_LEVEL=level)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )


def test_every_level_of_the_environment_gives_the_same_bits():
    outcomes = {run(FIT, level).stdout for level in [*_native.levels(), ""]}
    assert len(outcomes) == 1
    assert "" not in outcomes


@pytest.mark.parametrize("level", _native.levels())
def test_show_versions_tells_the_level(level):
    assert f"level    {level} " in run("import globular; globular.show_versions()", level).stdout


@pytest.mark.parametrize("level", ["avx9000", "AVX2", " "])
def test_an_unknown_level_is_refused_with_what_there_is(level):
    outcome = run(FIT, level)
    assert outcome.returncode != 0
    last = outcome.stderr.strip().splitlines()[-1]
    assert f"GLOBULAR_LEVEL={level!r}" in last
    assert "baseline" in last
    assert "leave it out" in last


def test_the_levels_are_in_order_and_the_first_is_everywhere():
    assert _native.levels()[0] == "baseline"
    assert _native.levels() == [
        level for level in ["baseline", "avx2", "avx512"] if level in _native.levels()
    ]


def test_the_kernels_of_blas_have_no_say_in_what_a_step_reports():
    """By which sum of squares a fit stops must not depend on the order in which some BLAS adds."""
    wide = FIT.replace("size=(3000, 7)", "size=(1500, 64)").replace(
        "KMeans(9", "KMeans(200, max_iter=3, tol=0.0"
    )
    code = f"import os; os.environ['OPENBLAS_CORETYPE'] = os.environ['GLOBULAR_LEVEL']\n{wide}"
    code = code.replace("import hashlib", "del os.environ['GLOBULAR_LEVEL']; import hashlib")
    outcomes = {run(code + "print(model.history_)", core).stdout for core in ["Haswell", "Prescott"]}
    assert len(outcomes) == 1
    assert "Step(t=3" in outcomes.pop()
