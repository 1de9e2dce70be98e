"""``MiniBatchKMeans``: scikit-learn's estimator on globular's mini-batch rule.

The rule is in :mod:`globular.minibatch`. Here are the parameters, and what a stream needs besides: its first
rows are kept until there are enough to choose centers well.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import asdict
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import _fit_context
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from globular import em, minibatch
from globular.centers import as_array
from globular.engines.memory import MemoryEngine
from globular.errors import Interrupted, ParameterWarning
from globular.estimators.centered import Centered
from globular.estimators.first_centers import seed_from, seeding_of, starts_of
from globular.estimators.first_rows import as_scipy, keep, together
from globular.estimators.listener import Listener
from globular.points import Points
from globular.problem import Array, Problem
from globular.registry import SEEDINGS
from globular.result import Result
from globular.seeding import Draws, Seeding
from globular.seeding.given import Given
from globular.shortage import memory_for


class MiniBatchKMeans(Centered):
    """K-means from a few rows at a time, a drop-in for ``sklearn.cluster.MiniBatchKMeans``.

    For rows that come as a stream, by ``partial_fit``. Where all rows are in memory, :class:`globular.KMeans`
    is exact, simply faster up to some ten thousand rows, and often as fast with many more: where a fit
    settles in some ten steps, take that. ``fit`` of this class pays from about a hundred thousand rows on
    with many clusters, where a full fit would need hundreds of steps; it ends within about 1 % of its cost.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, at least 1.
    init : {'k-means++', 'random'}, callable or array-like (n_clusters, n_features), default='k-means++'
        First centers, chosen among ``init_size`` rows: greedy k-means++, random rows, given ones, or a
        function of ``(rows, n_clusters, random_state)`` that returns them.
    max_iter : int, default=100
        Most times that ``fit`` reads as many rows as X has, in batches; and most steps over all rows at
        its end.
    batch_size : int, default=1024
        Rows a batch, in ``fit``.
    verbose : int, default=0
        Above 0, prints a line a batch.
    compute_labels : bool, default=True
        Whether to set ``labels_``.
    random_state : int, RandomState or None, default=None
        Seed of all draws. An int repeats the same fit.
    tol : float, default=0.0
        ``fit`` stops when the centers of a batch move by less than this share of the features' mean
        variance, as a sum of squares. 0: never for this reason.
    max_no_improvement : int or None, default=10
        ``fit`` stops when the smoothed cost of the batches was no lower so many times in a row. None: never
        for this reason.
    init_size : int or None, default=None
        Rows to choose first centers from, at least ``n_clusters``. None: 10,000, or 3 batches, or 30 for
        each cluster, whichever is most. All rows are taken where that is half of them.
    n_init : 'auto' or int, default='auto'
        Starts to try on these rows; the best one counts. At least 5 are tried where draws choose the
        centers. 'auto' is 3 for 'random' and a function, otherwise 1.
    reassignment_ratio : float, default=0.01
        A center whose remembered weight is below this share of the largest may move to rows that are badly
        served, if other rows gain more by it than its own lose. 0: none moves, but ``fit`` still leaves no
        cluster empty.
    half_life : float or None, default=None
        ``partial_fit`` counts a row half as much after so many rows (of weight 1) more: for streams that
        change. None: old rows fade in proportion to the rows seen, which suits streams that do not.
    n_threads : int or None, default=None
        Threads to use. None: the CPUs that this process may use, or OMP_NUM_THREADS if fewer. Never
        changes a result.

    Attributes
    ----------
    cluster_centers_ : ndarray (n_clusters, n_features), dtype of X
        The centers.
    labels_ : ndarray (n_samples,), int32
        Nearest center of each row of X, of the last batch after ``partial_fit``: always what ``predict``
        says.
    inertia_ : float
        Sum of weight times squared distance of these rows to the nearest center, in X's units squared,
        exact whatever ``compute_labels``.
    n_iter_ : int
        Times that ``fit`` began to read as many rows as X has, in batches.
    n_steps_ : int
        Batches.
    n_distances_ : int
        Row-center distances that ``fit`` computed, all told.
    stopped_by_ : str
        What ended the batches of ``fit``: 'tol', 'no_improvement' or 'max_iter'; 'interrupt' after Ctrl-C
        in the steps over all rows.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Column names, when X had them.

    Notes
    -----
    What differs from scikit-learn's: ``fit`` ends with steps over all rows while they lower the cost by more
    than 0.01 %, so every cluster has a row (if there are as many different rows as clusters) and the same
    seed is much less of a gamble; centers are not frozen by the rows they have seen; a center moves to
    other rows only where that pays; ``partial_fit`` takes batches of any size: it keeps the first rows until
    there are 30 for each cluster, and fits first centers to all of them now and then (before there are as
    many different rows as clusters, there are no centers to predict with); the draws, so the same
    ``random_state`` starts elsewhere.

    Up to 131,072 rows a fit depends on the weighted set of the rows alone: not on their order, nor on whether
    a row of weight 3 stands three times. Beyond, batches go by the order of the rows, for to put 500,000 rows
    of 8 features into an order of their own takes 45 ms, a quarter of the fit.

    A batch of b rows costs O(b · n_clusters · n_features), a step over all rows as one of ``KMeans``.
    Sources: Sculley (2010); Shamir & Zhang (2013) for the forgetting.

    Examples
    --------
    >>> import numpy as np
    >>> from globular import MiniBatchKMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [4, 2], [4, 0], [4, 4], [4, 5], [0, 1], [2, 2], [3, 2], [5, 5]])
    >>> model = MiniBatchKMeans(2, random_state=0).fit(X)
    >>> bool((model.predict(X) == model.labels_).all())
    True
    >>> stream = MiniBatchKMeans(2, random_state=0)
    >>> for row in X:
    ...     stream = stream.partial_fit(row[None])
    >>> stream.n_steps_, stream.cluster_centers_.shape
    (11, (2, 2))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "init": [StrOptions(set(SEEDINGS)), callable, "array-like"],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "verbose": ["verbose"],
        "compute_labels": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_no_improvement": [Interval(Integral, 0, None, closed="left"), None],
        "init_size": [Interval(Integral, 1, None, closed="left"), None],
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "reassignment_ratio": [Interval(Real, 0, None, closed="left")],
        "half_life": [Interval(Real, 0, None, closed="neither"), None],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    inertia_: float
    n_iter_: int
    n_steps_: int
    n_distances_: int
    stopped_by_: str

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: str | npt.ArrayLike | Callable[..., npt.ArrayLike] = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        verbose: int = 0,
        compute_labels: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: int | Literal["auto"] = "auto",
        reassignment_ratio: float = 0.01,
        half_life: float | None = None,
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio
        self.half_life = half_life
        self.n_threads = n_threads

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> MiniBatchKMeans:
        """Compute the clusters of X, all of which is in memory.

        X (n_samples, n_features) numbers; sample_weight (n_samples,) not negative: a weight w counts as
        the row w times, 0 as no row at all. y is ignored. Returns self. Raises DataError (a ValueError), and
        KeyboardInterrupt on Ctrl-C, with what was reached if that was in the steps over all rows.
        """
        before = dict(vars(self))
        try:
            with memory_for("take in", X):
                return self._fitted(self._validated(X, reset=True), sample_weight)
        except BaseException as error:
            if isinstance(error, Interrupted) and error.result is not None:
                self._interrupted(error.result)
            else:
                self.__dict__ = before
            raise

    def _fitted(self, X: Any, sample_weight: Any) -> MiniBatchKMeans:
        problem = Problem.checked(X, sample_weight, n_threads=self.n_threads)
        em.check_size(problem, self.n_clusters)
        seeding, seed = self._seeding(X)
        listener = Listener(0, 0.0)
        outcome = minibatch.fit(
            problem,
            int(self.n_clusters),
            seeding=seeding,
            n_init=self._n_init,
            batch_size=self.batch_size,
            init_size=self._init_size(),
            max_iter=self.max_iter,
            tol=self.tol,
            max_no_improvement=self.max_no_improvement,
            reassignment_ratio=self.reassignment_ratio,
            seed=seed,
            n_threads=self.n_threads,
            progress=listener,
            heard=self._print if self.verbose else lambda _: None,
        )
        learned = _attributes(outcome.result, self.compute_labels)
        learned |= {
            "n_steps_": outcome.n_batches,
            "n_iter_": outcome.n_passes,
            "n_distances_": outcome.n_distances,
            "stopped_by_": outcome.stopped_by,
            "_stream": asdict(outcome.state) | {"seed": seed},
        }
        self._forget()
        self.__dict__.update(learned)
        return self

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> MiniBatchKMeans:
        """Take in one batch of a stream, of any number of rows.

        X (n_samples, n_features); sample_weight (n_samples,) not negative. y is ignored. The first rows
        are kept until there are 30 for each cluster, and first centers are fitted to them. Returns
        self. Raises DataError (a ValueError); the model is then as it was. O(n_samples · k · d).
        """
        before = dict(vars(self))
        try:
            with memory_for("take in", X):
                return self._took_in(self._validated(X, reset=not hasattr(self, "n_steps_")), sample_weight)
        except BaseException:
            self.__dict__ = before
            raise

    def _took_in(self, X: Any, sample_weight: Any) -> MiniBatchKMeans:
        batch = Problem.checked(X, sample_weight, n_threads=self.n_threads)
        n_steps = getattr(self, "n_steps_", 0)
        rows = batch
        if not hasattr(self, "_stream") or hasattr(self, "_kept"):
            rows = self._begun(batch)
            self.n_steps_ = n_steps + 1
        if not hasattr(self, "_stream"):
            return self  # too few rows as yet
        stream = dict(self._stream)
        seed = stream.pop("seed")
        state, _, _ = minibatch.absorb(
            minibatch.State(**stream),
            rows,
            Draws(seed, minibatch.ROWS_STREAM + 2 + n_steps),  # of its own: whatever other batches drew
            reassignment_ratio=self.reassignment_ratio,
            half_life=self.half_life or math.inf,
            n_threads=self.n_threads,
        )
        dtype = self.cluster_centers_.dtype if hasattr(self, "cluster_centers_") else batch.points.dtype
        centers = state.centers.astype(dtype)
        engine = MemoryEngine(batch, n_threads=self.n_threads)
        engine.e_step(centers.astype(np.float64))
        learned: dict[str, Any] = {
            "cluster_centers_": centers,
            "_n_features_out": len(centers),
            "inertia_": engine.cost(centers.astype(np.float64)),
            "n_steps_": n_steps + 1,
            "_stream": asdict(state) | {"seed": seed},
        }
        if self.compute_labels:
            if batch.rows is None:
                learned["labels_"] = engine.labels()
            else:
                learned["labels_"] = em.assign(batch.all_points, centers, n_threads=self.n_threads)
        self.__dict__.update(learned)
        return self

    def _begun(self, batch: Problem) -> Problem:
        """Begin the stream, or begin it anew, if there are rows enough; return the rows to take in then.

        Until there are `SEED_ROWS_EACH` for each cluster they are kept, and each time that there are a
        quarter more, first centers are fitted afresh to all of them.
        """
        kept = self.__dict__.pop("_kept", {"rows": None, "fitted": 0})
        rows = batch if kept["rows"] is None else together(kept, batch, self.n_threads)
        k = int(self.n_clusters)
        enough = rows.n >= minibatch.SEED_ROWS_EACH * k
        if rows.n < k and not self._is_given():
            self._kept = keep(rows, 0)
        elif enough or rows.n >= 1.25 * kept["fitted"]:
            seeding, seed = self._seeding(rows.points)
            choose = seeding(rows.points)
            if isinstance(choose, Given):
                centers = as_array(choose(MemoryEngine(rows), k, Draws(seed, 0)))
                enough = True
            else:
                first = minibatch.first_centers(
                    rows, k, choose, self._n_init, seed=seed, n_threads=self.n_threads
                )
                found = first.sizes > 0
                if first.cost == 0.0 and not found.all():  # these are all the different rows there are
                    self._kept = {"rows": first.centers[found], "weights": first.sizes[found], "fitted": 0}
                    return rows
                centers = first.centers.astype(np.float64)
            self._stream = asdict(minibatch.State.begun(centers)) | {"seed": seed}
            if not enough:
                self._kept = keep(rows, rows.n)
        else:
            self._kept = keep(rows, kept["fitted"])
            return batch
        return rows

    def _is_given(self) -> bool:
        return not isinstance(self.init, str) and not callable(self.init)

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        """Fit X and return its labels, (n_samples,) int32, whatever ``compute_labels``."""
        self.fit(X, sample_weight=sample_weight)
        return self.labels_ if self.compute_labels else self.predict(X)

    def _seeding(self, X: Any) -> tuple[Callable[[Points], str | Seeding], int]:
        """Return how first centers are chosen from some rows, and the seed of all draws."""
        seed = seed_from(self.random_state)
        named, _ = seeding_of(self.init, X, 0)
        self._n_init = starts_of(self.n_init, named, type(self).__name__)
        if self.n_init == "auto" and self._n_init > 1:
            self._n_init = 3
        if not callable(self.init):
            return lambda _: named, seed
        random_state = check_random_state(np.random.RandomState(seed % 2**32))
        return lambda rows: seeding_of(self.init, as_scipy(rows), random_state)[0], seed

    def _init_size(self) -> int | None:
        if self.init_size is not None and self.init_size < self.n_clusters:
            warnings.warn(
                f"init_size={self.init_size} should be larger than n_clusters={self.n_clusters}. "
                "Setting it to min(3*n_clusters, n_samples)",
                ParameterWarning,
                stacklevel=6,
            )
            return 3 * int(self.n_clusters)
        return self.init_size

    def _print(self, batch: minibatch.Batch) -> None:
        smoothed = "" if batch.t == 1 else f", ewa inertia: {batch.smoothed}"
        step = f"step {batch.t}/{batch.n_steps}"
        print(f"Minibatch {step}: mean batch inertia: {batch.cost}{smoothed}")
        if batch.stopped_by == "tol":
            print(f"Converged (small centers change) at {step}")
        elif batch.stopped_by == minibatch.NO_IMPROVEMENT:
            print(f"Converged (lack of improvement in inertia) at {step}")

    def _interrupted(self, result: Result) -> None:
        self._forget()
        size = float(result.sizes.sum())
        state = minibatch.State(result.centers.astype(np.float64), result.sizes, size, 0, 0)
        learned = dict(n_steps_=0, n_iter_=0, n_distances_=result.n_distances, stopped_by_=result.stopped_by)
        learned |= {"_stream": asdict(state) | {"seed": 0}}
        self.__dict__.update(_attributes(result, self.compute_labels), **learned)

    def _forget(self) -> None:
        for name in ("_kept", "_stream", "labels_"):
            self.__dict__.pop(name, None)

    def _check_fitted(self) -> None:
        if hasattr(self, "_kept") and not hasattr(self, "_stream"):
            n = self._kept["rows"].shape[0]
            raise NotFittedError(
                f"This {type(self).__name__} has seen at most {n} different rows, fewer than "
                f"n_clusters={self.n_clusters}: pass more to partial_fit, or use n_clusters <= {n}"
            )
        super()._check_fitted()


def _attributes(result: Result, with_labels: bool) -> dict[str, Any]:
    learned = {
        "cluster_centers_": result.centers,
        "_n_features_out": len(result.centers),
        "inertia_": result.cost,
    }
    return learned | {"labels_": result.labels} if with_labels else learned
