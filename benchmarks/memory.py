"""How much memory does a fit take beside the points? Ours and scikit-learn's, each in a process of its own.

    python -m benchmarks.memory [--write]

Measured is the peak of resident memory of the process less what it held before the fit, in MB, with the
labels that it returns. Beside it stands what a copy of the points takes, in float32, with 16 bytes for each.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks import table

SCRIPT = """
import resource, sys, warnings
import numpy as np, scipy.sparse
import sklearn.cluster, globular, globular.estimators.kmeans
warnings.simplefilter("ignore")
n, d, k, dtype, density, library = {case!r}
rng = np.random.default_rng(0)
if density is None:
    X = rng.random((n, d), dtype=dtype)
else:  # in every row one entry from each stretch of the features
    m = int(d * density)
    features = rng.integers(d // m, size=(n, m)) + d // m * np.arange(m)
    entries = rng.random(n * m, dtype=dtype), features.ravel(), m * np.arange(n + 1)
    X = scipy.sparse.csr_matrix(entries, shape=(n, d))
model = {{"globular": globular.KMeans, "scikit-learn": sklearn.cluster.KMeans}}[library]
model(2, n_init=1, max_iter=2).fit(np.eye(40))
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = resident()
model(k, n_init=1, max_iter=5, random_state=0).fit(X)
peak = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")) * 1024 / 1e6
print(peak - before)
"""
CASES = [
    (500_000, 16, 64, "float32", None),
    (500_000, 16, 64, "float64", None),
    (1_000_000, 2, 50, "float32", None),
    (4_000_000, 4, 40, "float32", None),
    (1_000_000, 8, 100, "float32", None),
    (30_000, 784, 10, "float32", None),
    (30_000, 784, 100, "float64", None),
    (50_000, 100, 1000, "float32", None),
    (50_000, 100, 1000, "float64", None),
    (20_000, 50_000, 8, "float32", 0.001),
    (20_000, 50_000, 10, "float64", 0.001),
    (20_000, 50_000, 100, "float64", 0.001),
    (20_000, 50_000, 100, "float32", 0.001),
]


def peak(case: tuple[object, ...], library: str) -> float:
    """Return the MB of one fit, in a process of its own."""
    code = SCRIPT.format(case=(*case, library))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(run.stdout)


def main() -> None:
    options = table.parser(__doc__, None, "memory").parse_args()

    def rows() -> Iterator[list[object]]:
        for case in CASES:
            ours, theirs = (peak(case, library) for library in ("globular", "scikit-learn"))
            n, d, *_, density = case
            shape = ["dense" if v is None else v for v in case]
            copy = "-" if density else f"{n * (4 * d + 16) / 1e6:.0f}"
            yield [*shape, f"{ours:.0f}", copy, f"{theirs:.0f}", f"{ours / theirs:.2f}"]

    columns = ["n", "d", "k", "dtype", "entries", "globular", "copy + 16 B", "scikit-learn", "of it"]
    about = "MB beside the points in a fit of five steps, first centers included"
    table.show("memory", about, columns, rows, options)


if __name__ == "__main__":
    main()
