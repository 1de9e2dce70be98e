"""globular: k-means without its caveats.

Names are loaded when they are first used, so that ``import globular`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from globular.about import show_versions
    from globular.em import em_steps
    from globular.estimators.functions import k_means, kmeans_plusplus
    from globular.estimators.kmeans import KMeans
    from globular.selection.choose import KChoice, choose_k
    from globular.selection.compare import Comparison, compare
    from globular.selection.silhouette import silhouette_samples, silhouette_score, simplified_silhouette

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "globular.selection.compare",
    "KChoice": "globular.selection.choose",
    "KMeans": "globular.estimators.kmeans",
    "choose_k": "globular.selection.choose",
    "compare": "globular.selection.compare",
    "k_means": "globular.estimators.functions",
    "kmeans_plusplus": "globular.estimators.functions",
    "em_steps": "globular.em",
    "show_versions": "globular.about",
    "silhouette_samples": "globular.selection.silhouette",
    "silhouette_score": "globular.selection.silhouette",
    "simplified_silhouette": "globular.selection.silhouette",
}

__all__ = [
    "Comparison",
    "KChoice",
    "KMeans",
    "__version__",
    "choose_k",
    "compare",
    "em_steps",
    "k_means",
    "kmeans_plusplus",
    "show_versions",
    "silhouette_samples",
    "silhouette_score",
    "simplified_silhouette",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value
    raise AttributeError(f"module 'globular' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
