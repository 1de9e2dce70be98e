"""Colours.

A picture is a cloud of pixels in the space of red, green and blue. Sixteen centers of that cloud are a
palette, and the picture painted with it is still the picture. The book clusters by mini-batches; here all
pixels count.
"""

import io

import numpy as np
from beside import beside, remark, show
from matplotlib import pyplot as plt
from PIL import Image
from sklearn.datasets import load_sample_image

from globular import KMeans
from globular.plots import ColorCloudDisplay


def png_size(image):
    """Bytes of a picture as PNG, as small as Pillow makes it."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.tell()


def with_palette(labels, colours):
    """A picture of a palette (16, 3) uint8 and, for each pixel, a place in it: labels (height, width)."""
    image = Image.frombytes("P", labels.shape[::-1], labels.astype(np.uint8).tobytes())
    image.putpalette(colours.ravel().tolist())
    return image


def side_by_side(picture, reduced):
    """A figure of a picture before and after."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.3), layout="constrained")
    for ax, image, title in zip(axes, (picture, reduced), ("all colours", "16 colours"), strict=True):
        ax.imshow(image)
        ax.set_title(title, loc="left", fontsize=10)
        ax.set_axis_off()
    return figure


# %%
for name in ("china", "flower"):
    picture = load_sample_image(f"{name}.jpg")
    pixels = picture.reshape(-1, 3) / 255.0
    model = KMeans(16, n_init=10, random_state=0).fit(pixels)
    colours = np.rint(255 * model.cluster_centers_).astype(np.uint8)
    labels = model.labels_.reshape(picture.shape[:2])
    reduced = colours[labels]

    some = np.random.RandomState(0).permutation(len(pixels))[:10_000]  # as many as the book draws
    show(ColorCloudDisplay.from_image(pixels[some]), f"{name}_cloud")
    show(ColorCloudDisplay.from_estimator(model, pixels[some], reduced=True), f"{name}_cloud_16")
    show(side_by_side(picture, reduced), f"{name}_16", f"{name}.jpg in all its colours and in 16.")

    error = ((picture.astype(float) - reduced) ** 2).sum(axis=2).mean()
    shrunk = png_size(Image.fromarray(picture)) / png_size(with_palette(labels, colours))
    beside(f"{name}: colours before", f"{len(np.unique(picture.reshape(-1, 3), axis=0)):,}")
    beside(f"{name}: squared error of a pixel (each channel from 0 to 255)", f"{error:.1f}")
    beside(f"{name}: how much smaller, raw", f"{24 / 4:.0f}x", "about 1 million")
    beside(f"{name}: how much smaller, as PNG", f"{shrunk:.1f}x")

# %%
remark(
    "The compression factor is not around a million. A pixel takes 4 bits where it took 24, six times "
    "less; as PNG the pictures shrink to a seventh and an eleventh. (A million is how many times fewer "
    "colours there could be.)"
)
