"""Faces.

100 faces and 100 patches of background, 25 by 25 pixels each. Does k-means tell faces from other things?
Not so well: what differs most between two patches is how bright they are, and two clusters put a third of
the background with the faces. At equal brightness and contrast it gets better. Of ten centers four look
like a face, each in a light of its own.
"""

import numpy as np
from beside import beside, remark, show
from skimage.data import lfw_subset

from globular import KMeans, clustering_accuracy
from globular.plots import CentersAsImagesDisplay, ConfusionDisplay

patches = lfw_subset()  # of Labeled Faces in the Wild, comes with scikit-image
X = patches.reshape(200, 25 * 25)
y = np.repeat(["face", "other"], 100)

# %%
two = KMeans(2, n_init=10, random_state=0).fit(X)
beside("faces and others told apart by two clusters", f"{clustering_accuracy(y, two.labels_):.3f}")
show(ConfusionDisplay.from_labels(y, two.labels_), "faces_confusion")

# %%
even = X - X.mean(axis=1, keepdims=True)
even /= even.std(axis=1, keepdims=True)
evened = KMeans(2, n_init=10, random_state=0).fit(even)
beside("the same at equal brightness and contrast", f"{clustering_accuracy(y, evened.labels_):.3f}")

# %%
ten = KMeans(10, n_init=10, random_state=0).fit(X)
show(CentersAsImagesDisplay.from_estimator(ten, X), "faces_centers")
beside("ten clusters, each its mode", f"{clustering_accuracy(y, ten.labels_, 'mode'):.3f}")
beside("ten clusters, one-to-one", f"{clustering_accuracy(y, ten.labels_):.3f}")

# %%
remark(
    "Accuracy by mode, with which the book measures digits, never falls when a cluster is split, up to 1 "
    "for a cluster a patch. Ten clusters look better than two by mode; one-to-one, eight of them count "
    "for nothing."
)
