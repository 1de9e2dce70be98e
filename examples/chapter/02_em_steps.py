"""E-step and M-step.

The chapter writes k-means down in a dozen lines, `find_clusters`: give every point its nearest center (E),
move every center to the mean of its points (M), stop when no center moved. `em_steps` takes the same steps
and hands out each half of them. From the same first centers both end at the same place.
"""

import warnings

import numpy as np
from as_printed import run
from beside import beside, remark
from sklearn.datasets import make_blobs

from globular import em_steps

X, _ = make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)

# The function as the book prints it, in its cell 5.
find_clusters = run("first_edition", only=(1, 2, 5)).names[5]["find_clusters"]

# %%
for rseed in (2, 1, 0, 208):  # the first two of the book's seeds end well, the others do not
    centers, labels = find_clusters(X, 4, rseed=rseed)
    book = ((X - centers[labels]) ** 2).sum()

    first = X[np.random.RandomState(rseed).permutation(len(X))[:4]]  # where find_clusters starts
    *_, last = em_steps(X, first)
    assert (last.labels == labels).all()
    beside(f"cost at the end, rseed={rseed} ({last.t} steps)", f"{last.cost:.3f}", f"{book:.3f}")

# %%
# Each half step says what it did. The cost never rises, from one half step to the next.
for half in em_steps(X, X[np.random.RandomState(2).permutation(len(X))[:4]]):
    print(f"{half.t} {half.kind}: cost {half.cost:9.3f}, {len(half.changed):3} points changed cluster")

# %%
# Two equal first centers leave one cluster without a point, and its mean is 0 / 0.
line = np.array([[0.0], [0.0], [1.0], [9.0]])
equal = next(s for s in range(100) if len(np.unique(line[np.random.RandomState(s).permutation(4)[:2]])) == 1)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # NumPy warns of the mean of nothing
    try:
        find_clusters(line, 2, rseed=equal)
        end = "ended well"
    except ValueError as error:
        end = str(error).splitlines()[0]
*_, last = em_steps(line, [[0.0], [0.0]])
beside("two equal first centers: cost at the end", f"{last.cost:.3f}", end.rstrip("."))

# %%
remark(
    "find_clusters breaks where a cluster loses all its points: the mean of nothing is NaN, and so is "
    "the next distance. em_steps and KMeans give an empty cluster the point that is farthest from its "
    "center."
)
