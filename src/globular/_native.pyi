"""The native core of globular; see native/ for what each piece promises."""

from typing import Annotated, overload

import numpy
from numpy.typing import NDArray


class SparseCenters:
    """Centers (k, d) float64 of which only what is not zero is held."""

    @overload
    def __init__(self, centers: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    @overload
    def __init__(self, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    @overload
    @staticmethod
    def at_rows(points: SparseF32, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> SparseCenters: ...

    @overload
    @staticmethod
    def at_rows(points: SparseF64, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> SparseCenters: ...

    @overload
    def unpack(self, out: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

    @overload
    def unpack(self, out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

    def __len__(self) -> int: ...

    @property
    def shape(self) -> tuple[int, int]: ...

    def rounded(self) -> SparseCenters:
        """with all coordinates rounded to float32"""

class Spread:
    """Sums of w * t and w * t^2 over all rows, t = x - origin."""

    @property
    def total_weight(self) -> float: ...

    @property
    def total_sq(self) -> float: ...

    @property
    def variance(self) -> NDArray[numpy.float64]: ...

class Frame:
    """Range, origin and summation grids of a weighted set of rows."""

    @property
    def not_finite(self) -> tuple[int, int] | None: ...

    @property
    def origin(self) -> NDArray[numpy.float64]: ...

    @property
    def lowest(self) -> NDArray[numpy.float64]: ...

    @property
    def highest(self) -> NDArray[numpy.float64]: ...

    @property
    def largest(self) -> float: ...

    @property
    def pieces(self) -> int: ...

    @property
    def holds_all(self) -> bool: ...

    @property
    def whole_weights(self) -> bool: ...

    @property
    def magic(self) -> NDArray[numpy.float64]: ...

    @property
    def weight_magic(self) -> NDArray[numpy.float64]: ...

    def distance_magic(self, largest: float) -> NDArray[numpy.float64]: ...

@overload
def survey(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_terms: int, total_weight: float, whole_weights: bool, smallest_weight: float, largest_weight: float, n_threads: int) -> Frame: ...

@overload
def survey(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_terms: int, total_weight: float, whole_weights: bool, smallest_weight: float, largest_weight: float, n_threads: int) -> Frame: ...

@overload
def survey(points: SparseF32, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_terms: int, total_weight: float, whole_weights: bool, smallest_weight: float, largest_weight: float, n_threads: int) -> Frame: ...

@overload
def survey(points: SparseF64, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_terms: int, total_weight: float, whole_weights: bool, smallest_weight: float, largest_weight: float, n_threads: int) -> Frame: ...

class SparseF32:
    """Sparse rows (CSR), borrowed."""

    def __init__(self, values: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], features: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], d: int) -> None: ...

    def distances_to(self, row: int) -> NDArray[numpy.float64]: ...

class SparseF64:
    """Sparse rows (CSR), borrowed."""

    def __init__(self, values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], features: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], d: int) -> None: ...

    def distances_to(self, row: int) -> NDArray[numpy.float64]: ...

@overload
def spread(frame: Frame, points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_threads: int) -> Spread: ...

@overload
def spread(frame: Frame, points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_threads: int) -> Spread: ...

@overload
def spread(frame: Frame, points: SparseF32, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_threads: int) -> Spread: ...

@overload
def spread(frame: Frame, points: SparseF64, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, n_threads: int) -> Spread: ...

def learn_sums(weight: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], sums: Annotated[NDArray[numpy.float64], dict(shape=(None, None, None), order='C', device='cpu', writable=False)], frame: Frame, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple:
    """(means, excess)"""

def empty_clusters(weight: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> NDArray[numpy.int64]:
    """those that weigh nothing, ascending"""

@overload
def moves(before: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], after: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> tuple[float, int]:
    """(sum of squared ways, centers that moved)"""

@overload
def moves(before: SparseCenters, after: SparseCenters) -> tuple[float, int]: ...

class Excess:
    """What each cluster adds to the cost about some centers."""

    def cost(self, spread: Spread) -> float: ...

def weights_of(weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int) -> NDArray[numpy.float64]:
    """weight (k, pieces)"""

@overload
def learn(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple: ...

@overload
def learn(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple: ...

@overload
def learn(points: SparseF32, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple: ...

@overload
def learn(points: SparseF64, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple:
    """(means, excess)"""

@overload
def learn(points: SparseF32, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], centers: SparseCenters, n_threads: int) -> tuple: ...

@overload
def learn(points: SparseF64, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], centers: SparseCenters, n_threads: int) -> tuple: ...

@overload
def sums_of(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, n_threads: int) -> NDArray[numpy.float64]: ...

@overload
def sums_of(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, n_threads: int) -> NDArray[numpy.float64]: ...

@overload
def sums_of(points: SparseF32, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, n_threads: int) -> NDArray[numpy.float64]: ...

@overload
def sums_of(points: SparseF64, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, n_threads: int) -> NDArray[numpy.float64]:
    """sums (k, pieces, d)"""

class SessionF32:
    def __init__(self, points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, way: str) -> None: ...

    def e_step(self, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple:
        """
        (weight (k, pieces) and sums (k, pieces, d), or labels (n,); n_changed, n_settled, n_distances)
        """

    def move(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], to: int) -> tuple:
        """what is learned after the move"""

    def distances(self, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.float64]: ...

    def cost(self, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> float: ...

    def labels(self) -> NDArray[numpy.int32]: ...

    def give_labels(self) -> NDArray[numpy.int32]: ...

    def forget(self) -> None: ...

    def rest(self) -> None: ...

class SessionF64:
    def __init__(self, points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, way: str) -> None: ...

    def e_step(self, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple:
        """
        (weight (k, pieces) and sums (k, pieces, d), or labels (n,); n_changed, n_settled, n_distances)
        """

    def move(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], to: int) -> tuple:
        """what is learned after the move"""

    def distances(self, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.float64]: ...

    def cost(self, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> float: ...

    def labels(self) -> NDArray[numpy.int32]: ...

    def give_labels(self) -> NDArray[numpy.int32]: ...

    def forget(self) -> None: ...

    def rest(self) -> None: ...

class SparseSessionF32:
    def __init__(self, points: SparseF32, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, way: str) -> None: ...

    def e_step(self, centers: SparseCenters, n_threads: int) -> tuple:
        """
        (weight (k, pieces) and sums (k, pieces, d), or labels (n,); n_changed, n_settled, n_distances)
        """

    def move(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], to: int) -> tuple:
        """what is learned after the move"""

    def distances(self, centers: SparseCenters, n_threads: int) -> NDArray[numpy.float64]: ...

    def cost(self, centers: SparseCenters, n_threads: int) -> float: ...

    def labels(self) -> NDArray[numpy.int32]: ...

    def give_labels(self) -> NDArray[numpy.int32]: ...

    def forget(self) -> None: ...

    def rest(self) -> None: ...

class SparseSessionF64:
    def __init__(self, points: SparseF64, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, way: str) -> None: ...

    def e_step(self, centers: SparseCenters, n_threads: int) -> tuple:
        """
        (weight (k, pieces) and sums (k, pieces, d), or labels (n,); n_changed, n_settled, n_distances)
        """

    def move(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], to: int) -> tuple:
        """what is learned after the move"""

    def distances(self, centers: SparseCenters, n_threads: int) -> NDArray[numpy.float64]: ...

    def cost(self, centers: SparseCenters, n_threads: int) -> float: ...

    def labels(self) -> NDArray[numpy.int32]: ...

    def give_labels(self) -> NDArray[numpy.int32]: ...

    def forget(self) -> None: ...

    def rest(self) -> None: ...

@overload
def hashes(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.uint64]: ...

@overload
def hashes(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.uint64]: ...

@overload
def hashes(points: SparseF32, n_threads: int) -> NDArray[numpy.uint64]: ...

@overload
def hashes(points: SparseF64, n_threads: int) -> NDArray[numpy.uint64]: ...

@overload
def least_row(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> int: ...

@overload
def least_row(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> int: ...

@overload
def least_row(points: SparseF32) -> int: ...

@overload
def least_row(points: SparseF64) -> int: ...

class CanonicalOrderF32:
    def __init__(self, points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], origin: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], level: str, n_threads: int) -> None: ...

    def n_buckets(self) -> int: ...

    def count(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> int:
        """how many rows some buckets have, by looking all rows up"""

    def rows(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.int64]:
        """all rows of some buckets, in order"""

class CanonicalOrderF64:
    def __init__(self, points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], origin: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], level: str, n_threads: int) -> None: ...

    def n_buckets(self) -> int: ...

    def count(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> int:
        """how many rows some buckets have, by looking all rows up"""

    def rows(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.int64]:
        """all rows of some buckets, in order"""

class SparseCanonicalOrderF32:
    def __init__(self, points: SparseF32, origin: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], level: str, n_threads: int) -> None: ...

    def n_buckets(self) -> int: ...

    def count(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> int:
        """how many rows some buckets have, by looking all rows up"""

    def rows(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.int64]:
        """all rows of some buckets, in order"""

class SparseCanonicalOrderF64:
    def __init__(self, points: SparseF64, origin: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], level: str, n_threads: int) -> None: ...

    def n_buckets(self) -> int: ...

    def count(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> int:
        """how many rows some buckets have, by looking all rows up"""

    def rows(self, buckets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.int64]:
        """all rows of some buckets, in order"""

@overload
def distinct_rows(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple: ...

@overload
def distinct_rows(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> tuple:
    """
    one of each of the distinct rows, and the place of every row among them
    """

@overload
def about_how_many_distinct(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> float: ...

@overload
def about_how_many_distinct(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> float: ...

class FieldF32:
    def __init__(self, points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, n_threads: int, n_centers: int) -> None: ...

    def draw(self, u: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.int64]: ...

    def potentials(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.float64]: ...

    def best(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> int: ...

    def add(self, row: int) -> None: ...

    def distances(self) -> NDArray[numpy.float64]: ...

class FieldF64:
    def __init__(self, points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, n_threads: int, n_centers: int) -> None: ...

    def draw(self, u: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.int64]: ...

    def potentials(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.float64]: ...

    def best(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> int: ...

    def add(self, row: int) -> None: ...

    def distances(self) -> NDArray[numpy.float64]: ...

class SparseFieldF32:
    def __init__(self, points: SparseF32, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, n_threads: int, n_centers: int) -> None: ...

    def draw(self, u: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.int64]: ...

    def potentials(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.float64]: ...

    def best(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> int: ...

    def add(self, row: int) -> None: ...

    def distances(self) -> NDArray[numpy.float64]: ...

class SparseFieldF64:
    def __init__(self, points: SparseF64, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, frame: Frame, level: str, n_threads: int, n_centers: int) -> None: ...

    def draw(self, u: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.int64]: ...

    def potentials(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.float64]: ...

    def best(self, rows: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> int: ...

    def add(self, row: int) -> None: ...

    def distances(self) -> NDArray[numpy.float64]: ...

@overload
def cluster_distances(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, which: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: float, level: str, n_threads: int) -> NDArray[numpy.float64]: ...

@overload
def cluster_distances(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, labels: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, which: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: float, level: str, n_threads: int) -> NDArray[numpy.float64]: ...

def dip(values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float: ...

@overload
def assign(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], level: str, n_threads: int, most: float) -> NDArray[numpy.int32] | None: ...

@overload
def assign(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], level: str, n_threads: int, most: float) -> NDArray[numpy.int32] | None: ...

@overload
def assign(points: SparseF32, centers: SparseCenters, level: str, n_threads: int, most: float) -> NDArray[numpy.int32] | None: ...

@overload
def assign(points: SparseF64, centers: SparseCenters, level: str, n_threads: int, most: float) -> NDArray[numpy.int32] | None: ...

@overload
def all_finite(centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> bool: ...

@overload
def all_finite(centers: SparseCenters) -> bool: ...

@overload
def transform(points: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.float32]: ...

@overload
def transform(points: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.float64]: ...

@overload
def transform(points: SparseF32, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.float32]: ...

@overload
def transform(points: SparseF64, centers: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], n_threads: int) -> NDArray[numpy.float64]: ...

def uniforms(seed: int, stream: int, start: int, count: int) -> NDArray[numpy.float64]: ...

def uniforms_at(seed: int, stream: int, indices: Annotated[NDArray[numpy.uint64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.float64]: ...

def levels() -> list[str]: ...

def level(name: str) -> str: ...
