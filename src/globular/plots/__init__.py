"""Pictures of clusterings, finished in one call: scikit-learn's Displays, for k-means and its kin.

Every Display computes once and draws as often as it is asked to. ``from_estimator(model, X)`` takes any
fitted clusterer, ours or scikit-learn's; ``from_labels(X, labels)`` takes labels alone; both draw at once.
``plot(ax)`` draws again, without computing again. ``data_`` has the numbers that were drawn, ``to_frame()``
the same as a table, ``describe()`` one sentence for those who do not see the picture.

matplotlib is imported when a Display is first used. Nothing here changes ``rcParams`` or the warning filters.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from globular.errors import MissingExtraError

if TYPE_CHECKING:
    from globular.plots.centers_as_images import CentersAsImagesDisplay
    from globular.plots.centers_heatmap import CentersHeatmapDisplay
    from globular.plots.choose_k import ChooseKDisplay
    from globular.plots.cluster_tree import ClusterTreeDisplay
    from globular.plots.clusters import ClustersDisplay
    from globular.plots.color_cloud import ColorCloudDisplay
    from globular.plots.comparison import ComparisonDisplay
    from globular.plots.confusion import ConfusionDisplay
    from globular.plots.em_steps import EMStepsDisplay
    from globular.plots.restarts import RestartsDisplay
    from globular.plots.silhouette import SilhouetteDisplay
    from globular.plots.voronoi import VoronoiDisplay

_HOMES = {
    "CentersAsImagesDisplay": "centers_as_images",
    "CentersHeatmapDisplay": "centers_heatmap",
    "ChooseKDisplay": "choose_k",
    "ClusterTreeDisplay": "cluster_tree",
    "ClustersDisplay": "clusters",
    "ColorCloudDisplay": "color_cloud",
    "ComparisonDisplay": "comparison",
    "ConfusionDisplay": "confusion",
    "EMStepsDisplay": "em_steps",
    "RestartsDisplay": "restarts",
    "SilhouetteDisplay": "silhouette",
    "VoronoiDisplay": "voronoi",
}

__all__ = [
    "CentersAsImagesDisplay",
    "CentersHeatmapDisplay",
    "ChooseKDisplay",
    "ClusterTreeDisplay",
    "ClustersDisplay",
    "ColorCloudDisplay",
    "ComparisonDisplay",
    "ConfusionDisplay",
    "EMStepsDisplay",
    "RestartsDisplay",
    "SilhouetteDisplay",
    "VoronoiDisplay",
]


def require(name: str = "a picture") -> None:
    """Raise MissingExtraError, with the remedy, if matplotlib is not installed."""
    try:
        import_module("matplotlib")
    except ImportError:
        raise MissingExtraError(
            f"{name} needs matplotlib, which is not installed: pip install 'globular[plots]'"
        ) from None


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'globular.plots' has no attribute {name!r}")
    require(name)
    value = globals()[name] = getattr(import_module(f"globular.plots.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return list(__all__)
