"""globular: k-means without its caveats.

Names are loaded when they are first used, so that ``import globular`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from globular.about import show_versions
    from globular.diagnostics.diagnose import diagnose
    from globular.diagnostics.matching import clustering_accuracy, confusion_table, match_labels
    from globular.em import em_steps
    from globular.estimators.functions import k_means, kmeans_plusplus
    from globular.estimators.kernel_kmeans import KernelKMeans
    from globular.estimators.kmeans import KMeans
    from globular.estimators.minibatch_kmeans import MiniBatchKMeans
    from globular.estimators.spectral import SpectralClustering
    from globular.selection.choice import KChoice
    from globular.selection.choose import choose_k
    from globular.selection.compare import Comparison, compare
    from globular.selection.silhouette import silhouette_samples, silhouette_score, simplified_silhouette

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "globular.selection.compare",
    "KChoice": "globular.selection.choice",
    "KMeans": "globular.estimators.kmeans",
    "choose_k": "globular.selection.choose",
    "compare": "globular.selection.compare",
    "KernelKMeans": "globular.estimators.kernel_kmeans",
    "MiniBatchKMeans": "globular.estimators.minibatch_kmeans",
    "SpectralClustering": "globular.estimators.spectral",
    "k_means": "globular.estimators.functions",
    "kmeans_plusplus": "globular.estimators.functions",
    "clustering_accuracy": "globular.diagnostics.matching",
    "confusion_table": "globular.diagnostics.matching",
    "match_labels": "globular.diagnostics.matching",
    "diagnose": "globular.diagnostics.diagnose",
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
    "KernelKMeans",
    "MiniBatchKMeans",
    "SpectralClustering",
    "__version__",
    "choose_k",
    "clustering_accuracy",
    "compare",
    "confusion_table",
    "diagnose",
    "em_steps",
    "k_means",
    "kmeans_plusplus",
    "match_labels",
    "show_versions",
    "silhouette_samples",
    "silhouette_score",
    "simplified_silhouette",
]


def __getattr__(name: str) -> Any:
    if name == "plots":
        return import_module("globular.plots")
    if name in _HOMES:
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value
    raise AttributeError(f"module 'globular' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
