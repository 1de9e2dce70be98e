"""The mini-batch rule: k-means from a few rows at a time, and what makes it come out right.

A batch of rows is drawn, every row gets its nearest center, and each center moves toward the mean of
its rows in the batch, by the share that the batch has in all it remembers. Sculley (2010) remembers
every row alike, so that a center that began badly is frozen by its count. Here the past of
a stream fades: of two batches the later counts for more, in the ratio of the rows seen by then, so that a
bad start is forgotten with the square of the rows, and the noise of the batches still with their number
(polynomial averaging: Shamir & Zhang, 2013). For a stream that changes, a half-life makes it forget faster.

A center that hardly any row belongs to moves to where rows are badly served, if the rest of the batch
gains more by that than its own rows lose. And since the points of a :class:`Problem` are all in memory,
:func:`fit` ends with a few steps over all of them (`em.run`), as long as they pay: the noise of the
batches is gone after them, no cluster is empty, and labels and cost are those of the centers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from globular import em
from globular.distinct import distinct
from globular.engines.memory import MemoryEngine
from globular.errors import GlobularWarning, Interrupted
from globular.finish import with_absent_rows
from globular.points import Points, distances_to_row, rows_of
from globular.problem import Array, Problem
from globular.progress import Progress
from globular.result import Result
from globular.seeding import Draws, Seeding
from globular.seeding.plus_plus import PlusPlus, usual_trials
from globular.shortage import memory_for
from globular.step import Step
from globular.stopping import INTERRUPT, AnyOf, MaxSteps, NoMoves, Shift, Stop

NO_IMPROVEMENT = "no_improvement"
SEED_STEPS = 20  # of E–M on the rows that the first centers are chosen from
ROWS_STREAM = 2**20  # draws of rows are apart from those of the starts
SEED_STARTS = 5  # at least, where draws choose the first centers: among so few rows they cost little
# Of 64 blobs one start with as many candidates a center as a full fit has (`PlusPlus`) finds a third of the
# time all, with twice as many four times in five, in half as much time again.
SEED_TRIALS = 2
SEED_ROWS = 10_000  # at least, and so many for each cluster:
SEED_ROWS_EACH = 30
MOST_AS_A_SET = 2**17
WORTH_A_STEP = 1e-4  # of the cost: a step over all points that gains less is the last


@dataclass(frozen=True, slots=True)
class State:
    """What is known after some batches."""

    centers: Array  # (k, d) float64
    weight: Array  # (k,) float64, the remembered weight of the rows of each cluster
    seen: float  # weight of all rows so far
    n_batches: int
    since_repair: int  # rows since unused centers were last looked for

    @classmethod
    def begun(cls, centers: Array) -> State:
        """The state of centers that have seen no row."""
        return cls(centers, np.zeros(len(centers)), 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did."""

    t: int  # 1, 2, ...
    n_steps: int  # most batches there may be
    cost: float  # of the batch about the centers before it, divided by its weight; data units²
    smoothed: float  # an average of that over about as many batches as it takes to read all rows once
    shift_sq: float  # squared distance that the centers moved, added up
    n_distances: int  # row-center distances computed
    stopped_by: str | None  # 'tol', 'no_improvement' or 'max_iter' if it was the last


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mini-batch fit returns."""

    result: Result  # after the steps over all points
    state: State  # to go on from with further rows
    n_batches: int
    n_passes: int  # how many times the rows were read by them, in all
    n_distances: int  # by batches and steps, and in choosing where to start
    stopped_by: str  # what ended the batches


def absorb(
    state: State,
    batch: Problem,
    draws: Draws,
    *,
    reassignment_ratio: float = 0.01,
    fading: float = 1.0,
    half_life: float = math.inf,
    n_threads: int | None = None,
) -> tuple[State, float, int]:
    """Take one batch in: the mini-batch step.

    Centers whose remembered weight is below `reassignment_ratio` of the largest may be moved. A row
    counts by the `fading`-th power of the weight of the rows seen when it came; a row `half_life` (a
    weight of rows) ago at most half. Returns the state after it, the cost of the batch
    about the centers before, and the distances computed. O(b k d), b rows in the batch.
    """
    engine = MemoryEngine(batch, n_threads=n_threads)
    tally = engine.e_step(state.centers)
    cost = engine.cost(state.centers)
    sizes = tally.sizes
    total = float(sizes.sum())
    seen = state.seen + total
    keep = min((state.seen / seen) ** fading, 0.5 ** (total / half_life))
    weight = keep * state.weight + sizes
    share = np.divide(sizes, weight, out=np.zeros_like(weight), where=sizes > 0)
    means = tally.m_step(state.centers)
    way = share[:, None] * (means - state.centers)
    centers = np.where(share[:, None] == 1.0, means, state.centers + way)
    since = state.since_repair + batch.n
    n_distances = tally.n_distances
    due = since >= 10 * len(centers) or bool((weight == 0).any())
    if reassignment_ratio > 0 and due:
        since = 0
        n_distances += _repair(engine, centers, weight, draws, reassignment_ratio)
    return State(centers, weight, seen, state.n_batches + 1, since), cost, n_distances


def _repair(engine: MemoryEngine, centers: Array, weight: Array, draws: Draws, ratio: float) -> int:
    """Move centers that few rows belong to, in place, where that pays; return the distances computed.

    Where to is drawn from the batch in proportion to the squared distance, as k-means++ does. What a move
    gains is measured on the other rows of the batch, or every outlier would be worth a center; what it
    loses is at most the way of the center's own rows to the center next to it.
    """
    batch = engine.problem
    unused = np.flatnonzero(weight < ratio * weight.max())
    if len(unused) == 0:
        return 0
    unused = unused[np.argsort(weight[unused], kind="stable")][: batch.n]
    tally = engine.e_step(centers)
    nearest = engine.distances(centers)
    weights = np.ones(batch.n) if batch.weights is None else batch.weights
    n_distances = tally.n_distances
    for j, u in zip(unused, draws.uniforms(len(unused)), strict=True):
        running = np.cumsum(weights * nearest)
        if not 0.0 < running[-1] < math.inf:
            break
        row = min(int(np.searchsorted(running, u * running[-1], side="right")), batch.n - 1)
        if nearest[row] == 0.0:  # the draw fell on the last bit of the sum
            continue
        there = np.minimum(nearest, distances_to_row(batch.points, row))
        gains = weights * (nearest - there)
        gains[row] = 0.0
        others = np.delete(centers, j, axis=0) - centers[j]
        way = float(np.einsum("jf,jf->j", others, others).min()) if len(others) else math.inf
        n_distances += batch.n + len(others)
        loss = weight[j] / weight.sum() * way
        if weight[j] == 0.0 or gains.sum() / weights.sum() > loss:
            centers[j] = rows_of(batch.points, np.array([row]))[0]
            weight[j] = weights[there < nearest].sum()
            nearest = there
    return n_distances


def fit(
    problem: Problem,
    n_clusters: int,
    *,
    seeding: Callable[[Points], str | Seeding] = lambda _: "k-means++",
    n_init: int = 1,
    batch_size: int = 1024,
    init_size: int | None = None,
    max_iter: int = 100,
    tol: float = 0.0,
    max_no_improvement: int | None = 10,
    reassignment_ratio: float = 0.01,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
    heard: Callable[[Batch], None] = lambda _: None,
) -> Outcome:
    """Fit k-means by mini-batches, then by at most `max_iter` steps over all points.

    First centers come from `init_size` rows, by default 10,000, or 3 batches, or 30 for each cluster,
    whichever is most, or all where that is half of them: `seeding` is called with these rows and says
    how, and the best of `n_init` starts counts, of at least 5 where draws choose. Batches of `batch_size`
    rows are drawn by weight, with replacement, until `max_iter` times the rows were read, the centers of
    a batch move by less than `tol` of the mean variance, or the smoothed cost was no lower
    `max_no_improvement` times in a row. `heard` is told of each. The seed alone decides every draw.
    O(b k d) a batch of b rows. Raises ParameterError, DataError, OutOfMemory, and Interrupted on Ctrl-C
    during the steps at the end (KeyboardInterrupt before).

    >>> fit(Problem.checked([[0.0], [1.0], [9.0], [10.0]]), 2).result.cost
    1.0
    """
    em.check_size(problem, n_clusters)
    progress = progress or Progress()
    rows = Rows(problem, Draws(seed, ROWS_STREAM))
    with memory_for("draw mini-batches from", problem.points):
        if init_size is None:
            init_size = max(SEED_ROWS, 3 * batch_size, SEED_ROWS_EACH * n_clusters)
        if rows.n < n_clusters:
            sample = problem
        else:
            sample = rows.problem if 2 * init_size >= rows.n else rows.draw(max(init_size, n_clusters))
        try:
            first = first_centers(
                sample,
                n_clusters,
                seeding(sample.points),
                n_init,
                max_iter=min(max_iter, SEED_STEPS),
                seed=seed,
                n_threads=n_threads,
            )
        except Interrupted:  # its result is of some rows, and not of the problem's
            raise KeyboardInterrupt from None
        batch_size = min(batch_size, rows.n)
        n_steps = max(max_iter * rows.n // batch_size, 1)
        watch = Watch(n_steps, batch_size, rows.n, tol * problem.mean_variance, max_no_improvement)
        state = State.begun(first.centers.astype(np.float64))
        repairs = Draws(seed, ROWS_STREAM + 1)
        n_distances = first.n_distances
        stopped_by: str | None = None
        while stopped_by is None:
            batch = rows.draw(batch_size)
            before = state.centers
            state, cost, n = absorb(
                state,
                batch,
                repairs,
                reassignment_ratio=reassignment_ratio,
                fading=0.0,  # the steps over all points free what a count has frozen
                n_threads=n_threads,
            )
            n_distances += n
            record = watch(cost / batch.n, float(np.sum((state.centers - before) ** 2)), n)
            stopped_by = record.stopped_by
            heard(record)
    result = _settled(problem, state.centers, max_iter, tol, n_threads, progress)
    em.warn_if_fewer(result, n_clusters, progress)
    total = float(problem.n if problem.weights is None else problem.weights.sum())
    after = State(result.centers.astype(np.float64), result.sizes, total, state.n_batches, 0)
    n_distances += result.n_distances
    n_passes = math.ceil(state.n_batches * batch_size / rows.n)
    return Outcome(result, after, state.n_batches, n_passes, n_distances, stopped_by)


def first_centers(
    sample: Problem,
    n_clusters: int,
    seeding: str | Seeding,
    n_init: int,
    *,
    max_iter: int = SEED_STEPS,
    seed: int,
    n_threads: int | None,
) -> Result:
    """Choose centers to begin with: the best of some short fits to a few rows."""
    return em.fit(
        sample,
        n_clusters,
        seeding=PlusPlus(SEED_TRIALS * usual_trials(n_clusters)) if seeding == "k-means++" else seeding,
        n_init=max(n_init, SEED_STARTS) if isinstance(seeding, str) else n_init,
        max_iter=max_iter,
        seed=seed,
        n_threads=n_threads,
        progress=_Silent(),
    )


def _settled(
    problem: Problem,
    centers: Array,
    max_iter: int,
    tol: float,
    n_threads: int | None,
    progress: Progress,
) -> Result:
    """Make the steps over all points: as long as they pay, and as clusters are empty that need not be."""
    engine = MemoryEngine(problem, n_threads=n_threads)
    rules: list[Stop] = [NoMoves(), Pays(WORTH_A_STEP), MaxSteps(max_iter)]
    rules += [Shift(tol * problem.mean_variance)] if tol > 0 else []
    result: Result | None = None
    try:
        with memory_for(f"fit {len(centers)} centers to", problem.points):
            result = em.run(engine, centers, AnyOf(*rules), progress)
            while result.cost > 0 and (result.sizes == 0).any():
                again = AnyOf(NoMoves(), MaxSteps(1))
                result = em.run(engine, result.centers.astype(np.float64), again, progress)
        return with_absent_rows(result, problem)
    except KeyboardInterrupt as stop:
        reached = stop.result if isinstance(stop, Interrupted) and stop.result is not None else result
        if reached is None:
            raise Interrupted(None) from None
        raise Interrupted(with_absent_rows(replace(reached, stopped_by=INTERRUPT), problem)) from None


class Pays:
    """A step gained no more than this share of the cost."""

    name: ClassVar[str] = "gain"
    settled: ClassVar[bool] = True

    def __init__(self, share: float) -> None:
        self.share = share
        self.before = math.inf

    def __call__(self, step: Step) -> Stop | None:
        enough = self.before - step.cost <= self.share * step.cost
        self.before = step.cost
        return self if enough and step.n_empty == 0 else None


class Rows:
    """Draws rows of a problem in proportion to their weights, with replacement, by inverse CDF.

    Up to `MOST_AS_A_SET` rows of the problem they are its distinct points, in the order of these: neither the
    order of the rows nor whether a row of weight 3 stands three times changes what is drawn. Beyond, to put
    them into that order would take a quarter of a fit and more, and they go as they stand.
    """

    def __init__(self, problem: Problem, draws: Draws) -> None:
        if problem.n <= MOST_AS_A_SET:
            rows, _, weights, _ = distinct(problem)
            alike = len(rows) == problem.n and problem.weights is None
            problem = Problem.checked(
                problem.points[rows], None if alike else weights, n_threads=problem.n_threads
            )
        self.problem = problem
        self.draws = draws
        self.running = None if problem.weights is None else np.cumsum(problem.weights)

    @property
    def n(self) -> int:
        """Rows to draw from."""
        return self.problem.n

    def draw(self, count: int) -> Problem:
        """Return so many rows, as a problem of their own where each weighs 1."""
        u = self.draws.uniforms(count)
        if self.running is None:
            rows = (u * self.n).astype(np.int64)
        else:
            rows = np.searchsorted(self.running, u * self.running[-1], side="right")
        chosen = self.problem.points[np.minimum(rows, self.n - 1)]
        return Problem.checked(chosen, n_threads=self.problem.n_threads)


class Watch:
    """Says when there have been enough batches, by scikit-learn's rules."""

    def __init__(self, n_steps: int, batch_size: int, n: int, tol_sq: float, patience: int | None) -> None:
        self.n_steps = n_steps
        self.share = min(2.0 * batch_size / (n + 1), 1.0)
        self.at_most = tol_sq if tol_sq > 0 else -math.inf
        self.patience = math.inf if patience is None else patience
        self.t = self.n_worse = 0
        self.smoothed = self.lowest = math.inf

    def __call__(self, cost: float, shift_sq: float, n_distances: int) -> Batch:
        self.t += 1
        stopped_by = None
        if self.t > 1:  # the first is dear because of where it started
            begun = self.smoothed < math.inf
            self.smoothed = self.smoothed + self.share * (cost - self.smoothed) if begun else cost
            self.n_worse = 0 if self.smoothed < self.lowest else self.n_worse + 1
            self.lowest = min(self.lowest, self.smoothed)
            if shift_sq <= self.at_most:
                stopped_by = Shift.name
            elif self.n_worse >= self.patience:
                stopped_by = NO_IMPROVEMENT
        if stopped_by is None and self.t >= self.n_steps:
            stopped_by = MaxSteps.name
        smoothed = cost if self.smoothed == math.inf else self.smoothed
        return Batch(self.t, self.n_steps, cost, smoothed, shift_sq, n_distances, stopped_by)


class _Silent(Progress):
    """Says nothing: that a sample has few distinct rows is no news."""

    def warn(self, message: str, category: type[GlobularWarning]) -> None:
        return None
