"""Write the pickle of this version: ``.venv-oldest/bin/python tests/estimators/pickles/write.py``.

Once a version, before it is released, and with the oldest NumPy that is supported: a pickle names NumPy's
own functions, and only the old names are known to old and new. A pickle that is there is never renewed.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

import globular


def points() -> np.ndarray:
    """The points that the pickled models were fitted to: the same in every version of NumPy."""
    return (np.arange(180) * 7919 % 101).reshape(60, 3).astype(np.float64)


if __name__ == "__main__":
    model = globular.KMeans(4, random_state=0, n_init=3, max_iter=20).fit(points())
    path = Path(__file__).with_name(f"{globular.__version__}.pickle")
    if path.exists():
        raise SystemExit(f"{path} is there already; a pickle of a version must never change")
    path.write_bytes(pickle.dumps(model, protocol=4))
    print(f"wrote {path}: {path.stat().st_size} bytes")
