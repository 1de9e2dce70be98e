"""How many clusters?

The book leaves the number of clusters to the reader. `choose_k` tries several and answers with one of them;
with 1 where there is no structure, and with none where that is not clear. It gives its reason in a
sentence, and the usual criteria in a table.
"""

import numpy as np
from beside import beside, remark, show
from sklearn.datasets import make_blobs

from globular import choose_k
from globular.plots import ChooseKDisplay

X, _ = make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)

# %%
choice = choose_k(X, random_state=0)
print(choice.verdict)
columns = ["k", "cost", "silhouette", "calinski_harabasz", "davies_bouldin", "gap"]
print(choice.to_frame()[columns].round(3).to_string(index=False))
show(ChooseKDisplay.from_choice(choice), "choose_k")
beside("clusters in the four blobs", choice.k)
beside("criteria that agree, of six", list(choice.best_by.values()).count(choice.k))

# %%
# Points without clusters: their silhouettes have a best k too, but no cluster is apart from another.
noise = choose_k(np.random.default_rng(0).uniform(size=(300, 2)), random_state=0)
print(noise.verdict)
beside("clusters in 300 points spread evenly", noise.k)
beside("k at which their silhouette is best", noise.best_by["silhouette"])

# %%
remark(
    "The book offers Gaussian mixtures, DBSCAN, mean-shift and affinity propagation as ways to find the "
    "number of clusters. They trade it for other parameters; globular.compare runs them all beside "
    "k-means."
)
