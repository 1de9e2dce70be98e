"""The pixels of china.jpg, which scikit-learn carries: 427 x 640, three colours of 0 to 1, float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.case import Absent, Source


def make() -> Any:
    """Decode the picture."""
    from sklearn.datasets import load_sample_image

    try:
        pixels = load_sample_image("china.jpg")
    except ImportError as error:
        raise Absent("china.jpg needs Pillow to be decoded (pip install Pillow)") from error
    return pixels.reshape(-1, 3).astype(np.float32) / np.float32(255)


SOURCE = Source("china", 273_280, 3, "float32", make)
