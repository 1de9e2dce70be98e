"""A bad start, and what to do about it.

Every step improves the clusters, but the end depends on the start: from one of the book's seeds two blobs
share a center and another is cut in two, and no further step helps. The remedy is to start more than once
and keep the best, and to choose first centers well. A picture of where many starts end says how much of it
is needed.
"""

import numpy as np
from beside import beside, remark, show
from sklearn.datasets import make_blobs

from globular import KMeans
from globular.plots import RestartsDisplay, VoronoiDisplay

X, _ = make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)

# %%
first = X[np.random.RandomState(0).permutation(len(X))[:4]]  # find_clusters(X, 4, rseed=0)
stuck = KMeans(4, init=first, n_init=1, tol=0).fit(X)
show(VoronoiDisplay.from_estimator(stuck, X), "bad_start")
beside("cost from the bad start", f"{stuck.inertia_:.3f}", "527.168")

# %%
best = KMeans(4, n_init=10, random_state=0).fit(X)
beside("cost of the best of ten starts", f"{best.inertia_:.3f}", "212.006")

# %%
# Where a thousand starts end, by the way in which first centers are chosen.
for init, name in (("random", "restarts_random"), ("k-means++", "restarts_plus_plus")):
    display = RestartsDisplay.from_estimator(stuck, X, init=init, n_restarts=1000)
    show(display, name)
    beside(f"starts of 1000 that reach the optimum, {init}", display.data_["n_best"])

# %%
remark(
    "The book draws first centers at random among the points. k-means++ spreads them, and is the default "
    "of scikit-learn and of globular: a single start of it misses the optimum about as rarely as three "
    "random ones."
)
