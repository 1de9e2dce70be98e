"""Six clusters asked of four.

k-means finds as many clusters as it is told to, whether they are there or not. Silhouettes, which the book
names without showing them, compare for each point the distance to its own cluster with that to the next:
four clusters are even and far above zero, of six some are cut out of one blob and their silhouettes show
it.
"""

from beside import beside, show
from sklearn.datasets import make_blobs

from globular import KMeans, silhouette_score
from globular.plots import ClustersDisplay, ClusterTreeDisplay, SilhouetteDisplay

X, _ = make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)

# %%
four = KMeans(4, n_init=10, random_state=0).fit(X)
six = KMeans(6, n_init=10, random_state=0).fit(X)
show(ClustersDisplay.from_estimator(six, X), "six_of_four")
beside("cost of six clusters (of four: 212.006)", f"{six.inertia_:.3f}")

# %%
for model, name in ((four, "silhouettes_four"), (six, "silhouettes_six")):
    show(SilhouetteDisplay.from_estimator(model, X), name)
    k = model.n_clusters
    beside(f"mean silhouette of {k} clusters", f"{silhouette_score(X, model.labels_):.3f}")

# %%
# Which clusters are cut when one more is asked for: up to four along gaps, from there on within blobs.
show(ClusterTreeDisplay.from_estimator(six, X), "six_of_four_tree")
