"""What a fit returns: centers, labels, cost, and how it got there."""

from __future__ import annotations

from dataclasses import dataclass

from globular.problem import Array
from globular.step import Step


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a fit. ``labels`` and ``cost`` describe exactly these ``centers``."""

    centers: Array  # (k, d), dtype of the points
    labels: Array  # (n,) int32, the nearest center of each point, the lowest index on ties
    cost: float  # sum of weight times squared distance, data units², correctly rounded
    sizes: Array  # (k,) float64, weight of each cluster
    history: tuple[Step, ...]  # one record a step, of the start that won
    converged: bool  # the centers came to rest, or moved less than `tol` asks: of the start that won
    # What ended the fit: 'time_budget', 'callback' or 'interrupt' if it was cut short; otherwise what ended
    # the start that won: 'no_moves', 'tol', 'max_iter', 'callback' or 'cost_rose'.
    stopped_by: str
    seed: int = 0  # of the draws
    costs: tuple[float, ...] = ()  # the final cost of every start made, in order

    @property
    def n_steps(self) -> int:
        """Steps of the start that won."""
        return len(self.history)

    @property
    def n_distances(self) -> int:
        """Point-center distances computed by the start that won."""
        return sum(step.n_distances for step in self.history)
