"""Moons.

Borders between clusters of k-means are straight, so two interleaved half moons are cut across. Spectral
clustering looks at a graph of the points instead. Which graph matters: the default one, of all distances
under a Gaussian, is as blind to the moons as k-means; the graph of nearest neighbours tells them apart.
"""

from beside import beside, remark, show
from sklearn.datasets import make_moons

from globular import KMeans, SpectralClustering, clustering_accuracy, diagnose
from globular.plots import ComparisonDisplay

X, y = make_moons(200, noise=0.05, random_state=0)

# %%
kmeans = KMeans(2, random_state=0).fit(X)
labels = {
    "k-means": kmeans.labels_,
    "spectral, rbf": SpectralClustering(2, random_state=0).fit_predict(X),
    "spectral, knn": SpectralClustering(2, affinity="nearest_neighbors", random_state=0).fit_predict(X),
}
show(ComparisonDisplay.from_labels(X, labels), "moons")
for name, found in labels.items():
    beside(f"points in the cluster of their moon: {name}", f"{clustering_accuracy(y, found):.3f}")

# %%
same = clustering_accuracy(labels["k-means"], labels["spectral, rbf"])
beside("points that k-means and spectral, rbf, put alike", f"{same:.3f}")

# %%
remark(
    "SpectralClustering needs affinity='nearest_neighbors' here, as the book has it: with the default, "
    "affinity='rbf', all but one of the points are labelled as k-means labels them."
)

# %%
# The question can be asked before: is k-means the right model for these points?
print(diagnose(kmeans, X))
