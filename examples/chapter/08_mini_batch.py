"""Mini-batches.

A step of k-means reads every point. Mini-batch k-means moves the centers after every thousand points or so,
and needs to read few of many; what it gives up is a little of the cost. The work is counted here, in
distances from a point to a center, since seconds are another machine's. An exact fit leaves out the
distances that cannot matter, so mini-batches pay where it cannot leave out many: among many clusters that
overlap, in many features.
"""

from beside import beside, remark, show
from sklearn.datasets import make_blobs

from globular import KMeans, MiniBatchKMeans
from globular.plots import ClustersDisplay

# %%
# 100,000 points of 16 features in 100 clusters that overlap, and as many in a plane in 50 that hardly do.
crowded, _ = make_blobs(n_samples=100_000, n_features=16, centers=100, cluster_std=6.0, random_state=0)
plane, _ = make_blobs(n_samples=100_000, n_features=2, centers=50, cluster_std=0.6, random_state=0)

for name, X, k in (("crowded", crowded, 100), ("plane", plane, 50)):
    full = KMeans(k, random_state=0).fit(X)
    mini = MiniBatchKMeans(k, random_state=0).fit(X)
    computed = sum(step.n_distances for step in full.history_)
    beside(
        f"{name}: cost of mini-batches, as a share of the full fit's", f"{mini.inertia_ / full.inertia_:.3f}"
    )
    beside(f"{name}: distances a point, every step reading all", f"{full.n_iter_ * k:,}")
    beside(f"{name}: distances a point, exact fit", f"{computed / len(X):,.0f}", varies=True)
    beside(f"{name}: distances a point, mini-batches", f"{mini.n_distances_ / len(X):,.0f}", varies=True)

# %%
# So many points are drawn by density.
show(ClustersDisplay.from_estimator(mini, plane), "mini_batch")

# %%
remark(
    "The book takes mini-batches for its picture of 273,280 pixels, because k-means is slow for many "
    "points. There an exact fit is quick today: three features, sixteen colours (see *Colours*)."
)
