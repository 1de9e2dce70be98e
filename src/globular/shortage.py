"""What to say when memory runs out.

NumPy's error names one array and the native core's names nothing; what helps is to hear what was being
done, to how many points, and what needs less. Nothing is lost by it: who runs out of memory may go on
with less.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from globular.errors import OutOfMemory
from globular.points import Points, SparsePoints


@contextmanager
def memory_for(doing: str, points: Points) -> Iterator[None]:
    """Turn a MemoryError into one that says what was being done to these points (n, d)."""
    try:
        yield
    except OutOfMemory:
        raise  # it was said closer to the cause
    except MemoryError as error:
        numpy_says = f" ({error})" if str(error) and "bad_alloc" not in str(error) else ""
        raise OutOfMemory(
            f"not enough memory to {doing} {_size(points)}{numpy_says}; "
            "pass float32, fewer rows at once, or give the process more memory"
        ) from None


def _size(points: Points) -> str:
    n, d = points.shape
    if isinstance(points, SparsePoints):
        held = points.values.nbytes + points.features.nbytes + points.starts.nbytes
        kind = f"sparse {points.dtype}"
    else:
        held, kind = points.nbytes, str(points.dtype)
    return f"{n} points of {d} features ({kind}, {held / 2**20:.1f} MiB)"
