"""The innermost loops of the hot kernels keep everything in registers.

A tile that is one register too large still gives right labels, at half the speed. So the loops are read:
in the objects that the build left behind, no innermost loop that multiplies and adds may write to the
stack. Nor may it read from there, but for one case: where AVX2 has too few registers for two rows of three
or four features, a feature that never changes is read from the stack as an operand. That
was measured to cost less than working on one row at a time.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READS = {
    ("avx2", "direct<3ul, false>"): 1,
    ("avx2", "direct<3ul, true>"): 1,
    ("avx2", "direct<4ul, false>"): 4,
    ("avx2", "direct<4ul, true>"): 4,
    ("avx2", "linear<3ul>"): 2,
    ("avx2", "linear<4ul>"): 5,
    ("avx2", "relabel<3ul>"): 2,
    ("avx2", "relabel<4ul>"): 5,
}
POINTS = ("direct", "linear", "relabel")
FEW_FEATURES = [f"direct<{d}ul, {listed}>" for d in (1, 2, 3, 4) for listed in ("false", "true")]
FEW_FEATURES += [f"{name}<{d}ul>" for name in ("linear", "relabel") for d in (1, 2, 3, 4)]
PANELS = [f"multiply<{first}, {vectors}ul>" for first in ("false", "true") for vectors in (1, 2)]
LISTED = ["multiply_listed<1ul>", "multiply_listed<2ul>"]
ELSEWHERE = {("avx512", "multiply_listed<2ul>")}  # there, a group of centers is one vector
KERNELS = [*FEW_FEATURES, "dots<false>", "dots<true>", *PANELS, *LISTED]


def newest_object(level):
    # Of the wheel: other folders of build/ are for the sanitizers.
    release = ROOT.glob(f"build/cp*/CMakeFiles/globular_level_{level}.dir/**/{level}.cpp.o")
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


def writes(text):
    return re.search(r"\(%[re][sb]p\b[^,]*\)$", text) and not re.match(r"v?(u?comi|cmp|test)", text)


@pytest.mark.parametrize(
    ("level", "kernel"),
    [(at, kernel) for kernel in KERNELS for at in ("avx2", "avx512") if (at, kernel) not in ELSEWHERE],
)
def test_the_innermost_loop_of_a_kernel_touches_no_stack(level, kernel):
    if not shutil.which("objdump"):
        pytest.skip("objdump is not installed (binutils): THE KERNELS' LOOPS ARE NOT CHECKED")
    path = newest_object(level)
    if path is None:
        pytest.skip(f"no object of {level} under build/: THE KERNELS' LOOPS ARE NOT CHECKED")
    mine = [body for name, body in functions(path).items() if re.search(rf"::{re.escape(kernel)}\(", name)]
    assert mine, f"{kernel} is not in {path}"
    loops = [loop for body in mine for loop in innermost_loops(body)]
    if kernel.startswith(POINTS):  # not the loop that stores: the one that keeps the two smallest
        loops = [loop for loop in loops if any(re.match("vpmaxsd|vmaxps", text) for text in loop)]
    most = max(products(loop) for loop in loops)
    assert most > 0
    for loop in loops:
        if products(loop) == most:
            touching = [text for text in loop if on_stack(text)]
            assert not [text for text in touching if writes(text)]
            assert len(touching) <= READS.get((level, kernel), 0)
