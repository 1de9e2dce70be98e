"""scikit-learn's own tests of spectral clustering, run on globular.

The installed ``test_spectral.py`` is loaded, never copied, with ``SpectralClustering`` replaced by ours
before its imports run.
"""

from __future__ import annotations

import importlib.util
from unittest import mock

import pytest
import sklearn.cluster

import globular


def _load() -> dict[str, object]:
    spec = importlib.util.find_spec("sklearn.cluster.tests.test_spectral")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(sklearn.cluster, SpectralClustering=globular.SpectralClustering):
        spec.loader.exec_module(module)
    assert module.SpectralClustering is globular.SpectralClustering
    return {name: test for name, test in vars(module).items() if name.startswith("test_")}


# It asks for the warning about graphs in pieces, which are answered here instead.
REPLACED = {"test_affinities"}

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")

globals().update({name: test for name, test in _load().items() if name not in REPLACED})


@pytest.fixture
def global_random_seed() -> int:
    return 42
