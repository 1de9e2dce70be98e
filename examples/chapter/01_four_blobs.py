"""Four blobs.

The chapter begins with 300 points in four heaps and asks k-means for four clusters. A fit gives every point
the label of its nearest center, and every center is the mean of its points. The regions in which a center
is the nearest one have straight borders, always: that is what k-means can see, and what it cannot (see
*Moons*).
"""

from beside import beside, remark, show
from sklearn.datasets import make_blobs

from globular import KMeans, clustering_accuracy
from globular.plots import ClustersDisplay, VoronoiDisplay

X, y_true = make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)

# %%
model = KMeans(n_clusters=4, random_state=0).fit(X)

beside("cost of four clusters", f"{model.inertia_:.3f}")
beside("steps until no center moves", model.n_iter_)
beside("points in the cluster of their blob", f"{clustering_accuracy(y_true, model.labels_):.3f}")
assert (model.predict(X) == model.labels_).all()  # of any fit, however it ended

show(ClustersDisplay.from_estimator(model, X), "four_blobs")

# %%
show(VoronoiDisplay.from_estimator(model, X), "four_blobs_regions")

# %%
remark(
    "The book says that KMeans tries ten starts by default. scikit-learn has tried one since 1.4 "
    "(n_init='auto', with k-means++), and so does globular: ask for n_init=10 where the optimum matters."
)
