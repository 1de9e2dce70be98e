"""Numbers that were rounded lie on the lines of a grid, and lines are not clusters.

Whole numbers, ratings, lengths to the millimetre: along such a feature every value is a heap of points with
nothing beside it. Before anyone looks for valleys each number is moved to a random place within its cell.
"""

from __future__ import annotations

import numpy as np

from globular.problem import Array
from globular.seeding import Draws

FEWEST_LINES = 3  # two values may well be two clusters, unless all features are of that kind


def grid_step(values: Array) -> float:
    """Return the distance of the lines on which all values lie, 0.0 if there is no such grid.

    >>> grid_step(np.array([1.0, 4.0, 2.0, 8.0, 1.0]))
    1.0
    >>> grid_step(np.array([0.0, 1.0, 1.7]))
    0.0
    """
    return _step(np.unique(values), len(values))


def _step(lines: Array, n: int) -> float:
    if len(lines) < 2 or len(lines) == n:
        return 0.0
    gaps = np.diff(lines.astype(np.float64))
    step = float(gaps.min())
    in_steps = gaps / step
    precision = 8 * np.finfo(lines.dtype).eps * float(np.abs(lines).max()) / step
    on_lines = np.abs(in_steps - np.rint(in_steps)) <= max(1e-6, precision)
    # Where the precision is as coarse as the step there is nothing to be seen of a grid.
    return step if precision < 0.1 and bool(np.all(on_lines)) else 0.0


def off_the_grid(points: Array, draws: Draws) -> Array | None:
    """Return the points, (n, d) float64, gridded features spread over their cells; None without one."""
    lines = [np.unique(column) for column in points.T]
    n_lines = np.array([len(values) for values in lines])
    steps = np.array([_step(values, len(points)) for values in lines])
    if not np.all((steps > 0) | (n_lines == 1)):
        steps[n_lines < FEWEST_LINES] = 0.0
    if not steps.any():
        return None
    shift = draws.uniforms(points.size).reshape(points.shape) - 0.5
    moved: Array = points.astype(np.float64) + shift * steps
    return moved
