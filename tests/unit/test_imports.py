"""Importing costs next to nothing: what is loaded when, seen from a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["sklearn", "scipy", "pandas", "matplotlib", "PIL", "pyarrow", "click"]


def loaded(code):
    script = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return set(run.stdout.split())


def test_import_globular_loads_nothing_but_itself():
    modules = loaded("import globular")
    assert not modules & {*HEAVY, "numpy", "importlib.metadata"}


@pytest.mark.parametrize(
    "code",
    [
        "import globular; globular.em_steps",
        "from globular.em import Problem, fit; fit(Problem.checked([[0.0], [1.0]]), 2)",
        "from globular import registry",
    ],
)
def test_the_core_needs_numpy_alone(code):
    assert not loaded(code) & set(HEAVY)


def test_the_estimator_loads_scikit_learn_when_it_is_asked_for():
    modules = loaded("import globular; globular.KMeans")
    assert "sklearn" in modules
    assert not modules & {"matplotlib", "PIL", "click"}  # scikit-learn itself looks for pandas


def test_a_star_import_is_no_trap():
    assert "sklearn" in loaded("from globular import *; KMeans(2).fit([[0.0], [1.0]])")


@pytest.mark.parametrize(
    "code",
    [
        "import globular; globular.plots",
        "from globular.cli import main",
        "from globular.cli.choose_k import choose_k; from globular.cli.plot import plot",
    ],
)
def test_pictures_cost_nothing_until_one_is_drawn(code):
    assert not loaded(code) & {"matplotlib", "PIL", "sklearn"}


def test_a_display_loads_matplotlib_and_no_scikit_learn():
    modules = loaded("from globular.plots import ClustersDisplay")
    assert "matplotlib" in modules
    assert "sklearn" not in modules
