"""Which cases and rivals there are: the files of the folders cases/ and rivals/, by their names."""

from __future__ import annotations

import importlib
import pkgutil

from benchmarks import cases as case_files
from benchmarks import rivals as rival_files
from benchmarks.case import Case
from benchmarks.rival import Rival

OURS = "globular_kmeans"


def cases() -> dict[str, Case]:
    """Return all cases by the names of their files, those of few features first."""
    names = [module.name for module in pkgutil.iter_modules(case_files.__path__)]
    found = {name: importlib.import_module(f"{case_files.__name__}.{name}").CASE for name in names}
    return dict(sorted(found.items(), key=lambda item: (item[1].source.d, item[1].source.n, item[1].k)))


def rivals() -> dict[str, Rival]:
    """Return all rivals, and globular, by the names of their files."""
    names = sorted(module.name for module in pkgutil.iter_modules(rival_files.__path__))
    return {name: importlib.import_module(f"{rival_files.__name__}.{name}").RIVAL for name in names}
