"""What ``random_state`` means here: the same as in the estimators, without scikit-learn."""

from __future__ import annotations

import numpy as np

from globular.errors import ParameterError

RandomState = int | np.random.RandomState | np.random.Generator | None


def seed_of(random_state: RandomState) -> int:
    """Return a seed: integers repeat, generators advance, None takes NumPy's own state."""
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(0, 2**63 - 1, dtype=np.int64))
    if random_state is None:
        random_state = np.random.mtrand._rand
    elif isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        if not 0 <= random_state < 2**32:
            raise ParameterError(
                f"random_state={random_state}, but an integer must lie between 0 and 2**32 - 1"
            )
        random_state = np.random.RandomState(int(random_state))
    if not isinstance(random_state, np.random.RandomState):
        raise ParameterError(
            f"random_state={random_state!r}, but it must be an integer, a numpy RandomState or Generator, "
            "or None"
        )
    return int(random_state.randint(0, 2**63 - 1, dtype=np.int64))
