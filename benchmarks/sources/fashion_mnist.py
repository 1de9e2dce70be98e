"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, MIT licence), from Debian's dataset-fashion-mnist.

All 70,000 pictures of clothes, 28 x 28 pixels of 0 to 255, float32.
"""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np

from benchmarks.case import Source
from benchmarks.sources.packages import debian

HEADER = 16  # bytes before the pixels: a magic number and three sizes


def make() -> Any:
    """Read both files of pictures."""
    with debian("dataset-fashion-mnist") as root:
        folder = root / "usr/share/datasets/fashion-mnist"
        pixels = [
            np.frombuffer(gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes()), np.uint8)
            for part in ("train", "t10k")
        ]
    return np.concatenate([part[HEADER:].reshape(-1, 784) for part in pixels]).astype(np.float32)


SOURCE = Source("fashion-mnist", 70_000, 784, "float32", make)
