"""What to say when memory runs out.

NumPy's error names one array and the native core's names nothing; what helps is to hear what was being
done, to how many points, and what needs less. Nothing is lost by it: who runs out of memory may go on
with less.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from globular.errors import OutOfMemory


@contextmanager
def memory_for(doing: str, points: Any, *, of_others: bool = False) -> Iterator[None]:
    """Turn a MemoryError into one that says what was being done to these points, (n, d) of any kind.

    ``of_others``: inside, points that the caller has never seen are made of them, so that what is said of
    those would tell nobody anything.
    """
    try:
        yield
    except MemoryError as error:
        said = isinstance(error, OutOfMemory)
        if said and not of_others:
            raise  # closer to the cause
        numpy_says = f" ({error})" if str(error) and "bad_alloc" not in str(error) and not said else ""
        narrower = "" if str(getattr(points, "dtype", "")) == "float32" else "float32, "
        raise OutOfMemory(
            f"not enough memory to {doing} {_size(points)}{numpy_says}; "
            f"pass {narrower}fewer rows at once, or give the process more memory"
        ) from None


def _size(points: Any) -> str:
    shape: Any = getattr(points, "shape", ())
    dtype = getattr(points, "dtype", None)
    if len(shape) != 2:
        return "these points"
    return f"{shape[0]} points of {shape[1]} features" + (f" ({dtype})" if dtype is not None else "")
