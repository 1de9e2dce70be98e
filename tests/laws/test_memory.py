"""A fit of dense rows needs little memory beside them, and the most it needs goes by their number.

Measured is the peak of resident memory in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import numpy as np
import globular
n, d, k, dtype, init = {case!r}
rng = np.random.default_rng(0)
middles = rng.uniform(-10.0, 10.0, (k, d))
X = np.empty((n, d), dtype)
for begin in range(0, n, 100_000):
    rows = slice(begin, min(n, begin + 100_000))
    X[rows] = middles[rng.integers(k, size=rows.stop - begin)] + rng.normal(size=(rows.stop - begin, d))
if init == "given":
    init = X[:k]
globular.KMeans(2, max_iter=2).fit(X[:50])
def resident(which):
    line = next(line for line in open("/proc/self/status") if line.startswith(which))
    return 1024 * int(line.split()[1])
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = resident("VmRSS")
globular.KMeans(k, init=init, n_init=1, max_iter=5, random_state=0).fit(X)
print(resident("VmHWM") - before)
"""


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the peak cannot be measured")
@pytest.mark.parametrize("init", ["k-means++", "given"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("n", "d", "k"), [(2_000_000, 1, 50), (2_000_000, 2, 50), (2_000_000, 4, 60), (1_000_000, 8, 40)]
)
def test_a_fit_holds_one_copy_and_16_bytes_a_row(n, d, k, dtype, init):
    script = SCRIPT.format(case=(n, d, k, dtype, init))
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    labels, around = 4 * n, 12e6  # a heap keeps some of what it was given back
    a_copy = d * (8 if dtype == "float64" else 4)
    assert int(run.stdout) <= n * (a_copy + 16) + labels + around


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the peak cannot be measured")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bounds_take_no_more_than_the_rows_in_float32(dtype):
    """Rows lie along few axes, so that heads are kept beside the bounds of many groups of centers."""
    n, d, k = 20_000, 160, 2000
    script = SCRIPT.replace("rng.normal(size=(rows.stop - begin, d))", "0.1").format(
        case=(n, d, k, dtype, "random")
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    a_copy = 4 * d if dtype == "float64" else 0
    centers = 12 * 8 * k * d  # before and after, packed, and as heads: of few rows much
    assert int(run.stdout) <= n * (a_copy + 4 * d + 16) + 4 * n + centers + 6e6
