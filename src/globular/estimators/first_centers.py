"""What ``init``, ``n_init`` and ``random_state`` mean: from parameters to a seeding, a seed and starts."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array, check_random_state

from globular.centers import Centers
from globular.engines import Engine
from globular.errors import ParameterWarning
from globular.problem import Array
from globular.seeding import Draws, Seeding
from globular.seeding.given import Given


class Called:
    """A seeding made of a user's function of ``(X, n_clusters, random_state)``."""

    def __init__(
        self, function: Callable[..., npt.ArrayLike], X: Any, random_state: np.random.RandomState
    ) -> None:
        self.function = function
        self.X = X
        self.random_state = random_state

    def __call__(self, engine: Engine, k: int, draws: Draws) -> Centers:
        X = self.X
        if isinstance(X, np.ndarray):
            X = X.view()
            X.flags.writeable = False  # it is the caller's own
        centers = self.function(X, k, random_state=self.random_state)
        return Given(checked(centers, self.X.dtype))(engine, k, draws)


def checked(centers: npt.ArrayLike, dtype: np.dtype[Any]) -> Array:
    """Return given centers as an array (k, d) of a dtype. Raises what scikit-learn does."""
    if type(centers) is np.ndarray and centers.ndim == 2 and centers.size and centers.dtype == dtype:
        return centers  # there is no more to check, and scikit-learn takes as long as a small fit's steps
    array: Array = check_array(centers, dtype=dtype, ensure_all_finite=False)
    return array


def seed_from(random_state: int | np.random.RandomState | None) -> int:
    """Return the seed of a fit: integers repeat, generators advance."""
    if type(random_state) is not int:
        return _drawn(check_random_state(random_state))
    # To seed a generator anew gives what a new one would, in a thirtieth of the time. It is nobody else's
    # meanwhile: a signal's handler may fit, too.
    generator = vars(_kept).pop("generator", None) or np.random.RandomState(0)
    generator.seed(random_state)
    seed = _drawn(generator)
    _kept.generator = generator
    return seed


def _drawn(generator: np.random.RandomState) -> int:
    return int(generator.randint(0, 2**63 - 1, dtype=np.int64))


_kept = threading.local()  # one generator a thread


def seeding_of(
    init: str | npt.ArrayLike | Callable[..., npt.ArrayLike],
    X: Any,
    random_state: int | np.random.RandomState | None,
) -> tuple[str | Seeding, int]:
    """Return the seeding, and the seed of its draws."""
    if isinstance(init, str):
        return str(init), seed_from(random_state)
    if callable(init):
        return Called(init, X, check_random_state(random_state)), 0
    return Given(checked(init, X.dtype)), 0


def starts_of(n_init: int | Literal["auto"], seeding: str | Seeding, estimator: str) -> int:
    """Return how many starts to make; warn where given centers leave only one to make."""
    if n_init == "auto":
        return 1 if seeding == "k-means++" or isinstance(seeding, Given) else 10
    if isinstance(seeding, Given) and n_init != 1:
        warnings.warn(
            f"Explicit initial center position passed: performing only one init in {estimator} instead of "
            f"n_init={n_init}. Pass n_init=1 to silence this",
            ParameterWarning,
            stacklevel=5,
        )
        return 1
    return int(n_init)
