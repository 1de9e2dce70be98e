"""``SpectralClustering``: scikit-learn's estimator, for graphs in pieces and for many rows.

The graphs, the landmarks and their spectra are in :mod:`globular.features`. Here are the parameters, and
the choice of the form, which is never silent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClusterMixin, _fit_context
from sklearn.metrics.pairwise import KERNEL_PARAMS, pairwise_kernels
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import validate_data

from globular import em
from globular.errors import ApproximationWarning, ParameterError, ParameterWarning
from globular.estimators.first_centers import seed_from
from globular.estimators.listener import Listener
from globular.estimators.pickling import Pickled
from globular.features import landmarks as lm
from globular.features import spectral
from globular.points import Array
from globular.problem import Problem
from globular.shortage import memory_for

GRAPHS = ("nearest_neighbors", "dense_neighbors")
PRECOMPUTED = ("precomputed", "precomputed_nearest_neighbors")


class SpectralClustering(ClusterMixin, Pickled):  # type: ignore[misc]
    """Spectral clustering, a drop-in for ``sklearn.cluster.SpectralClustering``.

    Clusters of any shape, as long as there is a gap between them: rows that are alike are tied into a graph,
    and the graph is cut where it is thin. For moons, circles and other curved pieces take
    ``affinity='nearest_neighbors'``, which needs no width to be chosen, and where pieces nearly touch
    ``affinity='dense_neighbors'``.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.
    eigen_solver : {'arpack', 'lobpcg', 'amg'} or None, default=None
        None takes ours; any other is scikit-learn's, for a graph in one piece.
    n_components : int or None, default=None
        Eigenvectors to embed a graph in one piece by; None: ``n_clusters``.
    random_state : int, RandomState or None, default=None
        Seed of all draws. An int repeats the same fit.
    n_init : int, default=10
        Starts of k-means in the embedding; the best one counts.
    gamma : float, default=1.0
        Coefficient of the kernels 'rbf', 'poly', 'sigmoid', 'laplacian' and 'chi2'.
    affinity : str or callable, default='rbf'
        'nearest_neighbors': the graph of nearest neighbours. 'dense_neighbors' (not in scikit-learn): the
        same, but a tie weighs as it is dense at its ends, so that a bridge through thin country is cut: moons
        that touch come out right. 'precomputed': X is a matrix of similarities;
        'precomputed_nearest_neighbors': X is a sparse matrix of distances. Otherwise a kernel, by
        its name in ``sklearn.metrics.pairwise`` or as a function of two rows.
    n_neighbors : int, default=10
        Neighbours of a row in the graph, itself among them (with 'dense_neighbors': others).
    eigen_tol : float or 'auto', default='auto'
        For scikit-learn's eigen solvers.
    assign_labels : {'kmeans', 'discretize', 'cluster_qr'}, default='kmeans'
        How rows of the embedding become labels: by :class:`globular.KMeans`' engine, or by
        scikit-learn's functions.
    degree, coef0, kernel_params
        Parameters of the kernels, as in scikit-learn.
    n_jobs : int or None, default=None
        Processes for the search of neighbours.
    verbose : bool, default=False
        Whether to print what is done.
    method : {'auto', 'exact', 'landmarks'}, default='auto'
        'exact' takes all rows and pairs, in memory n² for a kernel. 'landmarks' lets ``n_landmarks`` centers
        of k-means stand for the rows: O(n · n_landmarks) memory for a kernel, O(n) for neighbours. 'auto' is
        exact up to 5,000 rows for a kernel and 20,000 for neighbours, and beyond takes landmarks and warns
        so (ApproximationWarning); choosing either silences it.
    n_landmarks : int or None, default=None
        Landmarks, where they are used. None: 1000, or 10 for each cluster if that is more.
    n_threads : int or None, default=None
        Threads of k-means. None: the CPUs that this process may use. Never changes a result.

    Attributes
    ----------
    labels_ : ndarray (n_samples,), int32
        Cluster of each row.
    method_ : str
        What was done. 'exact': eigenvectors of the whole graph. 'components': the graph fell into at least
        as many pieces as there are clusters, and these are the answer (the smallest pieces joined to the
        nearest, if there were more). 'landmarks': the graph of rows and landmarks. 'nystroem': the kernel
        approximated by landmarks.
    n_pieces_ : int
        Pieces that the graph fell into by itself: 1 if it is connected. If there are some, but fewer than
        clusters, each is cut by its own eigenvectors.
    affinity_matrix_ : ndarray or CSR matrix (n_samples, n_samples)
        The similarities; not there with landmarks.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str
        Column names, when X had them.

    Notes
    -----
    What differs from scikit-learn's: a graph in pieces is answered by its pieces, where theirs warns that
    the embedding may not work as expected; many rows need no n² memory.
    Cost, exact: O(n log n) for neighbours in few dimensions and a sparse factorisation, or O(n²) a
    multiplication for a kernel; with m landmarks O(n m d + m³).
    Sources: Ng, Jordan & Weiss (2002); von Luxburg (2007); Huang et al. (2020) for landmarks.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from globular import SpectralClustering, clustering_accuracy
    >>> X, y = make_moons(400, noise=0.05, random_state=0)
    >>> model = SpectralClustering(2, affinity="nearest_neighbors", random_state=0).fit(X)
    >>> clustering_accuracy(y, model.labels_)
    1.0
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "eigen_solver": [StrOptions({"arpack", "lobpcg", "amg"}), None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "gamma": [Interval(Real, 0, None, closed="left")],
        "affinity": [callable, StrOptions(set(KERNEL_PARAMS) | {*GRAPHS, *PRECOMPUTED})],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "eigen_tol": [Interval(Real, 0.0, None, closed="left"), StrOptions({"auto"})],
        "assign_labels": [StrOptions({"kmeans", "discretize", "cluster_qr"})],
        "degree": [Interval(Real, 0, None, closed="left")],
        "coef0": [Interval(Real, None, None, closed="neither")],
        "kernel_params": [dict, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "method": [StrOptions({"auto", "exact", "landmarks"})],
        "n_landmarks": [Interval(Integral, 1, None, closed="left"), None],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    labels_: Array
    method_: str
    n_pieces_: int

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        eigen_solver: str | None = None,
        n_components: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_init: int = 10,
        gamma: float = 1.0,
        affinity: str | Callable[..., float] = "rbf",
        n_neighbors: int = 10,
        eigen_tol: float | str = "auto",
        assign_labels: str = "kmeans",
        degree: float = 3,
        coef0: float = 1,
        kernel_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        method: str = "auto",
        n_landmarks: int | None = None,
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.eigen_solver = eigen_solver
        self.n_components = n_components
        self.random_state = random_state
        self.n_init = n_init
        self.gamma = gamma
        self.affinity = affinity
        self.n_neighbors = n_neighbors
        self.eigen_tol = eigen_tol
        self.assign_labels = assign_labels
        self.degree = degree
        self.coef0 = coef0
        self.kernel_params = kernel_params
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.method = method
        self.n_landmarks = n_landmarks
        self.n_threads = n_threads

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None) -> SpectralClustering:
        """Cluster the rows of X.

        X (n_samples, n_features) numbers, dense or sparse; or (n_samples, n_samples) where the affinity is
        precomputed. y is ignored. Returns self. Raises ValueError for what cannot be clustered. Whatever
        ends it early, also Ctrl-C, leaves the model as it was.
        """
        before = dict(vars(self))
        try:
            with memory_for("take in", X):
                return self._fitted(X)
        except BaseException:
            self.__dict__ = before
            raise

    def _fitted(self, X: Any) -> SpectralClustering:
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, order="C", ensure_min_samples=2)
        n = X.shape[0]
        if n < self.n_clusters:
            raise ParameterError(
                f"n_clusters={self.n_clusters}, but X has only {n} rows; use n_clusters <= {n}"
            )
        if X.shape[0] == X.shape[1] and self.affinity not in PRECOMPUTED:
            warnings.warn(
                "X is square, but is taken for rows of features; if it holds similarities, "
                "set affinity='precomputed'",
                ParameterWarning,
                stacklevel=5,
            )
        self._seed = seed_from(self.random_state)
        with memory_for("cluster by its spectrum", X, of_others=True):
            found = self._by_landmarks(X) if self._takes_landmarks(n) else self._exact(X)
        self.labels_, self.method_, self.n_pieces_ = found.labels, found.method, found.n_pieces
        return self

    def _takes_landmarks(self, n: int) -> bool:
        if self.affinity in PRECOMPUTED:
            if self.method == "landmarks":
                raise ParameterError(
                    f"method='landmarks' needs rows of features, but affinity={self.affinity!r} has none; "
                    "use method='exact', or another affinity"
                )
            return False
        exact = spectral.EXACT_GRAPH_ROWS if self._is_graph else spectral.EXACT_KERNEL_ROWS
        if self.method == "auto" and n > exact:
            what = "neighbours" if self._is_graph else "a kernel"
            warnings.warn(
                f"X has {n} rows, more than the {exact} up to which {what} is exact: "
                f"{self._n_landmarks()} landmarks stand for them. Pass method='landmarks' if that is meant, "
                "or method='exact'" + ("" if self._is_graph else f" ({8 * n * n / 1e9:.1f} GB)"),
                ApproximationWarning,
                stacklevel=6,
            )
            return True
        return self.method == "landmarks"

    @property
    def _is_graph(self) -> bool:
        return isinstance(self.affinity, str) and self.affinity in GRAPHS

    def _n_landmarks(self) -> int:
        return int(self.n_landmarks or max(lm.N_LANDMARKS, 10 * self.n_clusters))

    def _by_landmarks(self, X: Any) -> spectral.Spectral:
        problem = Problem.checked(X, n_threads=self.n_threads)
        landmarks = lm.choose_landmarks(problem, self._n_landmarks(), self._seed, self.n_threads)
        self.__dict__.pop("affinity_matrix_", None)
        if self._is_graph:
            return spectral.cut_ties(
                X,
                landmarks,
                int(self.n_clusters),
                self._assign,
                self.n_jobs,
                by_density=self.affinity == "dense_neighbors",
            )
        features = self._kernel(X, landmarks) @ lm.nystroem_map(self._kernel(landmarks, landmarks))
        return spectral.cut_features(features, int(self.n_clusters), self._assign)

    def _exact(self, X: Any) -> spectral.Spectral:
        points = X
        if self._is_graph:
            dense = self.affinity == "dense_neighbors"
            graph = spectral.neighbour_graph_of(X, self.n_neighbors, self.n_jobs, by_density=dense)
        elif self.affinity == "precomputed_nearest_neighbors":
            neighbors = NearestNeighbors(
                n_neighbors=self.n_neighbors, n_jobs=self.n_jobs, metric="precomputed"
            )
            one_way = neighbors.fit(X).kneighbors_graph(X=X, mode="connectivity")
            graph, points = (0.5 * (one_way + one_way.T)).tocsr(), None
        elif self.affinity == "precomputed":
            graph, points = X, None
        else:
            graph = self._kernel(X, X)
        self.affinity_matrix_ = graph
        sklearn_embeds = self.eigen_solver is not None or self.n_components is not None
        embed = self._sklearn_embedding if sklearn_embeds else None
        return spectral.cut_graph(graph, points, int(self.n_clusters), self._assign, self._seed, embed)

    def _kernel(self, a: Any, b: Any) -> Array:
        parameters = dict(self.kernel_params or {})
        if not callable(self.affinity):
            parameters |= {"gamma": self.gamma, "degree": self.degree, "coef0": self.coef0}
        kernel: Array = pairwise_kernels(
            a, b, metric=self.affinity, filter_params=True, n_jobs=self.n_jobs, **parameters
        )
        return kernel

    def _sklearn_embedding(self, graph: Any) -> Array:
        from sklearn.manifold import spectral_embedding

        embedding: Array = spectral_embedding(
            graph,
            n_components=self.n_components or self.n_clusters,
            eigen_solver=self.eigen_solver,
            random_state=check_random_state(self._seed % 2**32),
            eigen_tol=self.eigen_tol,
            drop_first=False,
        )
        return embedding

    def _assign(self, embedding: Array, n_clusters: int) -> Array:
        if self.verbose:
            print(f"Computing label assignment using {self.assign_labels}")
        if self.assign_labels == "kmeans":
            # One length for all: eigenvectors of large graphs are tiny, and of no unit.
            problem = Problem.checked(spectral.on_a_grid(embedding), n_threads=self.n_threads)
            return em.fit(
                problem,
                n_clusters,
                n_init=self.n_init,
                seed=self._seed,
                n_threads=self.n_threads,
                progress=Listener(int(self.verbose), 1e-4 * problem.mean_variance),
            ).labels
        from sklearn.cluster._spectral import cluster_qr, discretize

        if self.assign_labels == "cluster_qr":
            return np.asarray(cluster_qr(embedding[:, :n_clusters]))
        return np.asarray(discretize(embedding, random_state=check_random_state(self._seed % 2**32)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = self.affinity in PRECOMPUTED
        return tags
