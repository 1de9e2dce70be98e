"""``KMeans``: scikit-learn's estimator, globular's answer.

Every parameter, method and attribute of ``sklearn.cluster.KMeans`` is here under its name. What
differs is written in the class: labels are exactly right, results do not depend on threads, and the
fit tells how it went.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from globular import em
from globular.errors import Interrupted, ParameterWarning
from globular.estimators import tasks
from globular.estimators.centered import Centered
from globular.estimators.first_centers import seeding_of, starts_of
from globular.estimators.fitted import attributes
from globular.estimators.listener import Listener
from globular.finish import stopped_at
from globular.problem import Problem
from globular.progress import Callback, Calls, Progress
from globular.registry import ALGORITHMS, SEEDINGS
from globular.result import Result
from globular.shortage import memory_for
from globular.step import Step
from globular.stopping import Deadline


class KMeans(tasks.CallbackSupportMixin, Centered):
    """K-means clustering, a drop-in for ``sklearn.cluster.KMeans``.

    Labels are the nearest center by the exact float64 distance, the lowest index on ties; sums do not
    depend on the order of their terms; so the fit is the same to the bit on any number of threads and
    on any machine.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, at least 1 and at most the number of rows.
    init : {'k-means++', 'random'}, callable or array-like (n_clusters, n_features), default='k-means++'
        First centers: greedy k-means++, random rows, given ones, or a function of
        ``(X, n_clusters, random_state)`` that returns them.
    n_init : 'auto' or int, default='auto'
        Starts to try; the one of the lowest cost wins. 'auto' is 1 for 'k-means++' and given
        centers, 10 for 'random' and a function.
    max_iter : int, default=300
        Most steps of one start.
    tol : float, default=1e-4
        A start has settled when its centers move by less than this share of the features' mean
        variance, as a sum of squares. 0 waits until no center moves at all.
    verbose : int, default=0
        Above 0, prints a line a step.
    random_state : int, RandomState or None, default=None
        Seed of all draws. An int repeats the same fit.
    copy_x : bool, default=True
        Accepted; X is never written to, whatever the value.
    algorithm : str, default='auto'
        A wish about speed: a name of those that follow. All give the same bits. 'auto' goes by what the
        steps so far have cost; 'lloyd' and 'elkan' are names of scikit-learn's for it. 'brute' computes
        every distance in every step; 'hamerly' only those of rows whose two nearest centers may have
        changed places; 'yinyang', for many centers of more than 32 features, of these only to groups of
        centers that may hold the nearest; 'heads', where rows lie near few axes, only to groups that are
        near along these, too; 'kanungo', for up to 8 features, passes over boxes of rows; 'merged' makes
        one row of equal ones, as 'auto' does where at most about half of the rows are distinct.
    n_threads : int or None, default=None
        Threads to use. None: the CPUs that this process may use, or OMP_NUM_THREADS if fewer.
    time_budget : float or None, default=None
        Seconds that ``fit`` may take, 0 or more. When they are over, the step, the choice of first
        centers or the start under way is the last, and the best result so far stands; one step is
        made at least, and one more pass over the rows to label them. Whether that ended the fit is in
        ``stopped_by_``. Where a fit is stopped by the clock, it may stop elsewhere the next time. None:
        no limit, and no clock is read.
    callback : callable or None, default=None
        Called after each step with a :class:`globular.progress.Report`: ``start`` (0, 1, ...) of
        ``n_starts``, step ``t`` (1, 2, ...), ``cost`` and ``shift_sq`` (X's units squared),
        ``n_changed`` (rows that changed cluster), ``n_moved`` (centers that moved), ``n_distances``,
        ``stopped_by`` (what made this step the start's last, or None). Returns True to stop the fit
        with the best result so far; None or False to go on. An exception that it raises comes out of
        ``fit`` and leaves the model as it was. ``clone`` copies it as it does any parameter: a
        function is shared, an object that is callable is copied; and what cannot be pickled (a
        lambda) makes an estimator that cannot.

    Attributes
    ----------
    cluster_centers_ : ndarray (n_clusters, n_features), dtype of X
        The centers.
    labels_ : ndarray (n_samples,), int32
        Nearest center of each row: always what ``predict(X)`` says.
    inertia_ : float
        Sum of weight times squared distance to the nearest center, in X's units squared: the float64
        distances of ``labels_`` to ``cluster_centers_``, added up and rounded once.
    n_iter_ : int
        Steps of the start that won.
    converged_ : bool
        Whether the centers of that start came to rest, or moved less than ``tol`` asks.
    stopped_by_ : str
        What ended the fit. 'time_budget', 'callback' or 'interrupt' (Ctrl-C) if it was cut short;
        otherwise what ended the start that won: 'no_moves' (no center moved), 'tol', 'max_iter', or
        'cost_rose' (a fault of ours, which warns).
    history_ : tuple of Step
        One record a step of that start (:class:`globular.step.Step`): ``cost`` (about the centers from
        which the step started, so the last is not ``inertia_`` yet), ``n_changed`` (rows that changed
        cluster; all in step 1), ``n_distances`` (distances computed), ``n_settled`` (rows re-checked
        exactly), and more.
    n_distances_ : int
        Row-center distances that the winning start computed.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Column names, when X had them.

    Notes
    -----
    What differs from scikit-learn's: the draws, so the same ``random_state`` starts elsewhere and
    clusters are numbered otherwise; 'auto', 'lloyd' and 'elkan' are one algorithm; X is never written
    to; a fit that fails leaves the model as it was.
    Reaching ``max_iter`` warns no more than there: see ``converged_``.

    Each step costs O(n_samples · n_clusters · n_features). Empty clusters are moved to the rows
    farthest from their centers. Ctrl-C keeps the best result so far in the attributes, then raises.
    scikit-learn's callbacks (1.9 and later) are taken by ``set_callbacks``: the fit is the root task, its
    subtasks are the starts, and theirs the steps.
    Pickles are read by every later version of the same major version.
    Source: Lloyd (1982); Arthur & Vassilvitskii (2007) for k-means++.

    Examples
    --------
    >>> from globular import KMeans
    >>> model = KMeans(2, random_state=0).fit([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model.inertia_
    16.0
    >>> sorted(model.cluster_centers_.tolist())
    [[1.0, 2.0], [10.0, 2.0]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "init": [StrOptions(set(SEEDINGS)), callable, "array-like"],
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
        "copy_x": ["boolean"],
        "algorithm": [StrOptions(set(ALGORITHMS))],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "time_budget": [Interval(Real, 0, None, closed="left"), None],
        "callback": [callable, None],
    }

    inertia_: float
    n_iter_: int
    converged_: bool
    stopped_by_: str
    history_: tuple[Step, ...]
    n_distances_: int

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: str | npt.ArrayLike | Callable[..., npt.ArrayLike] = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        copy_x: bool = True,
        algorithm: str = "auto",
        n_threads: int | None = None,
        time_budget: float | None = None,
        callback: Callback | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.n_threads = n_threads
        self.time_budget = time_budget
        self.callback = callback

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KMeans:
        """Compute the clusters of X.

        X (n_samples, n_features) numbers; sample_weight (n_samples,) not negative: a weight w
        counts as the row w times, 0 as no row at all. y is ignored. Returns self. Raises
        DataError (a ValueError), and KeyboardInterrupt on Ctrl-C with the best result kept.
        """
        before = dict(vars(self))
        try:
            with memory_for("take in", X):  # where it runs out later, that is said there
                return self._fitted(X, y, sample_weight)
        except BaseException as error:
            # Half a fit must not pass for one: the model stays what it was, or takes the best so far.
            if isinstance(error, Interrupted) and error.result is not None:
                self._take(error.result)
            else:
                self.__dict__ = before | tasks.open_in(self)
            raise

    def _fitted(self, X: Any, y: Any, sample_weight: Any) -> KMeans:
        deadline = None if self.time_budget is None else Deadline.after(self.time_budget)
        X = self._validated(X, reset=True)
        problem = Problem.checked(X, sample_weight, n_threads=self.n_threads)
        em.check_size(problem, self.n_clusters)
        seeding, seed = seeding_of(self.init, X, self.random_state)
        self._n_init = starts_of(self.n_init, seeding, type(self).__name__)
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                ParameterWarning,
                stacklevel=4,
            )
        as_if_stopped = lambda *so_far: attributes(stopped_at(problem, *so_far))  # noqa: E731
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        task = tasks.Fit(self, as_if_stopped, dict(X=X, y=y, metadata=metadata))
        others: list[Progress] = [] if self.callback is None else [Calls(self.callback, self._n_init)]
        result = em.fit(
            problem,
            int(self.n_clusters),
            seeding=seeding,
            algorithm=self.algorithm,
            n_init=self._n_init,
            max_iter=self.max_iter,
            tol=self.tol,
            time_budget=deadline,
            seed=seed,
            n_threads=self.n_threads,
            progress=Listener(
                self.verbose,
                self.tol * problem.mean_variance if self.verbose else 0.0,
                others + task.listeners,
            ),
        )
        self._take(result)
        task.end()
        return self

    def _take(self, result: Result) -> KMeans:
        self.__dict__.update(attributes(result))  # at once: Ctrl-C finds all of them or none
        return self
