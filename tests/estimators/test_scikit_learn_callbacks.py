"""scikit-learn's callbacks, where it has them (1.9 and later): tasks in order, stops, scores, searches."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from globular import KMeans

if not hasattr(KMeans, "set_callbacks"):
    assert tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 9)
    pytest.skip("this scikit-learn has no callbacks", allow_module_level=True)

from sklearn.callback import ProgressBar, ScoringMonitor


def points():
    return np.random.default_rng(3).normal(size=(400, 3))


class Recorder:
    """Notes every hook; says stop at the ends of tasks that `stops` picks; fails where told."""

    def __init__(self, stops=lambda context: False, fails_at=None):
        self.heard, self.models, self.stops, self.fails_at = [], [], stops, fails_at

    def _note(self, hook, context):
        self.heard.append((hook, context.task_name, context.task_id))
        if self.fails_at == (hook, context.task_name, context.task_id):
            raise ZeroDivisionError

    def setup(self, estimator, context):
        self._note("setup", context)

    def teardown(self, estimator, context):
        self._note("teardown", context)

    def on_fit_task_begin(self, estimator, context, *, X=None, metadata=None):
        assert X.shape[1] == 3
        self._note("begin", context)

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        self._note("end", context)
        self.models.append((context.task_name, fitted_estimator))
        return self.stops(context)


def expected(model_steps):
    """The hooks of a fit whose starts made so many steps."""
    hooks = [("setup", "fit", 0), ("begin", "fit", 0)]
    for start, n_steps in enumerate(model_steps):
        hooks.append(("begin", "start", start))
        for step in range(n_steps):
            hooks += [("begin", "step", step), ("end", "step", step)]
        hooks.append(("end", "start", start))
    return [*hooks, ("end", "fit", 0), ("teardown", "fit", 0)]


def steps_of_each_start(**settings):
    seen = {}
    KMeans(**settings, callback=lambda r: seen.update({r.start: r.t})).fit(points())
    return list(seen.values())


SETTINGS = dict(n_clusters=9, n_init=3, random_state=1, tol=0.0)


def test_every_task_is_told_in_order_and_the_fit_is_the_same():
    recorder = Recorder()
    model = KMeans(**SETTINGS).set_callbacks(recorder).fit(points())
    assert recorder.heard == expected(steps_of_each_start(**SETTINGS))
    plain = KMeans(**SETTINGS).fit(points())
    assert model.cluster_centers_.tobytes() == plain.cluster_centers_.tobytes()
    assert model.history_ == plain.history_
    assert not {"_callback_fit_ctx", "_skl_callbacks_to_teardown"} & set(vars(model))


def test_true_ends_the_current_level():
    recorder = Recorder(stops=lambda context: context.task_name == "step" and context.task_id == 1)
    model = KMeans(**SETTINGS).set_callbacks(recorder).fit(points())
    assert recorder.heard == expected([2, 2, 2])  # the steps of this start, not the starts
    assert (model.n_iter_, model.stopped_by_, model.converged_) == (2, "callback", False)
    recorder = Recorder(stops=lambda context: context.task_name == "start")
    model = KMeans(**SETTINGS).set_callbacks(recorder).fit(points())
    assert recorder.heard == expected(steps_of_each_start(**SETTINGS)[:1])
    assert (model.stopped_by_, model.converged_) == ("callback", True)
    np.testing.assert_array_equal(model.predict(points()), model.labels_)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_model_at_the_end_of_a_step_is_what_stopping_there_gives(weighted):
    X = points().astype(np.float32)
    weights = np.arange(len(X)) % 4.0 if weighted else None
    recorder = Recorder()
    model = KMeans(9, random_state=1, tol=0.0).fit(X[:50])  # of which no trace may be left in the copies
    model.set_callbacks(recorder).fit(X, sample_weight=weights)
    steps = [fitted for name, fitted in recorder.models if name == "step"]
    assert len(steps) == model.n_iter_
    for t, fitted in enumerate(steps, start=1):
        there = KMeans(9, random_state=1, tol=0.0, max_iter=t).fit(X, sample_weight=weights)
        assert fitted.cluster_centers_.tobytes() == there.cluster_centers_.tobytes()
        assert fitted.labels_.tobytes() == there.labels_.tobytes()
        assert (fitted.inertia_, fitted.history_) == (there.inertia_, there.history_)
        np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)
    name, last = recorder.models[-1]
    assert name == "fit"
    assert last.labels_.tobytes() == model.labels_.tobytes()


@pytest.mark.parametrize(
    "where",
    [("setup", "fit", 0), ("begin", "fit", 0), ("begin", "start", 1), ("end", "step", 1), ("end", "fit", 0)],
)
def test_a_callback_that_fails_is_torn_down_and_leaves_the_model_as_it_was(where):
    recorder = Recorder(fails_at=where)
    model = KMeans(**SETTINGS).fit(points())
    before = dict(vars(model))
    with pytest.raises(ZeroDivisionError):
        model.set_callbacks(recorder).fit(points()[:100])
    del model._skl_callbacks
    assert {k: id(v) for k, v in vars(model).items()} == {k: id(v) for k, v in before.items()}
    assert recorder.heard[-1] == ("teardown", "fit", 0)


def test_ctrl_c_tears_down_and_keeps_the_best():
    def interrupt(report):
        if report.t == 3:
            raise KeyboardInterrupt

    recorder = Recorder()
    model = KMeans(**SETTINGS, callback=interrupt).set_callbacks(recorder)
    with pytest.raises(KeyboardInterrupt):
        model.fit(points())
    assert recorder.heard[-1] == ("teardown", "fit", 0)
    assert (model.n_iter_, model.stopped_by_) == (3, "interrupt")
    np.testing.assert_array_equal(model.predict(points()), model.labels_)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_search_passes_scikit_learn_s_own_callbacks_on(n_jobs, capsys):
    pytest.importorskip("rich")
    monitor = ScoringMonitor(scoring=lambda model, X, y: {"score": model.score(X)})
    kmeans = KMeans(random_state=0, n_init=2, max_iter=5).set_callbacks(monitor)
    search = GridSearchCV(make_pipeline(StandardScaler(), kmeans), {"kmeans__n_clusters": [2, 3]}, cv=2)
    search.set_params(n_jobs=n_jobs).set_callbacks(ProgressBar(max_propagation_depth=None))
    y = np.zeros(len(points()))  # the monitor scores only where there is a y
    search.fit(points(), y)
    assert "KMeans" in capsys.readouterr().out
    scores = np.array([row["score"] for row in monitor.get_logs(select="all")[-1].data])
    assert np.isfinite(scores).all()
    assert np.isclose(scores, search.score(points()), rtol=1e-12).any()  # the one refitted on all rows


def test_clones_share_callbacks_as_scikit_learn_has_it():
    recorder = Recorder()
    copy = clone(KMeans(3, random_state=0).set_callbacks(recorder))
    copy.fit(points())
    assert recorder.heard
    copy.set_callbacks().fit(points())
    with pytest.raises(TypeError, match="FitCallback"):
        copy.set_callbacks(print)
