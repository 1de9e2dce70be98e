"""A pickled model is the model, in every later version of the same major version."""

from __future__ import annotations

import copy
import pickle
import pickletools
import warnings
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from pickles.write import points
from sklearn.base import clone

import globular
from globular import KernelKMeans, KMeans, MiniBatchKMeans, SpectralClustering
from globular.errors import ModelFileError
from globular.step import Step

PICKLES = sorted((Path(__file__).parent / "pickles").glob("*.pickle"))
PARAMETERS = set(KMeans().get_params())


def attributes(model):
    return {name: value for name, value in vars(model).items() if name not in PARAMETERS}


def assert_consistent(model, X):
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    assert -model.score(X) == model.inertia_
    np.testing.assert_array_equal(model.transform(X).argmin(axis=1), model.labels_)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_round_trip_keeps_every_bit(protocol, dtype):
    model = KMeans(4, random_state=0, n_threads=2, time_budget=60.0).fit(points().astype(dtype))
    for again in pickle.loads(pickle.dumps(model, protocol)), copy.deepcopy(model), copy.copy(model):
        assert again.get_params() == model.get_params()
        assert attributes(again).keys() == attributes(model).keys()
        for name, value in attributes(model).items():
            got = getattr(again, name)
            assert type(got) is type(value)
            if isinstance(value, np.ndarray):
                assert (got.dtype, got.tobytes()) == (value.dtype, value.tobytes())
            else:
                assert got == value
        assert_consistent(again, points().astype(dtype))


def test_an_unfitted_model_is_pickled_too():
    again = pickle.loads(pickle.dumps(KMeans(5, tol=0.5)))
    assert again.get_params() == KMeans(5, tol=0.5).get_params()
    assert not attributes(again)


def test_a_pickle_names_no_class_of_ours_but_the_estimator():
    """Whatever else is named in a pickle can never be renamed or change its fields."""
    model = KMeans(4, random_state=0).fit(points())
    words = {str(arg) for _, arg, _ in pickletools.genops(pickle.dumps(model, 2)) if arg is not None}
    assert {word for word in words if "globular." in word} == {"globular.estimators.kmeans KMeans"}


@pytest.mark.parametrize("path", PICKLES, ids=lambda path: path.stem)
def test_the_pickles_of_former_versions_are_read(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # among others scikit-learn's InconsistentVersionWarning
        model = pickle.loads(path.read_bytes())
    assert set(model.get_params()) == PARAMETERS  # repr, clone and set_params need them all
    assert (model.n_clusters, model.n_init, model.max_iter, model.random_state) == (4, 3, 20, 0)
    assert_consistent(model, points())
    fresh = KMeans(4, init=model.cluster_centers_, n_init=1).fit(points())
    assert attributes(model).keys() == attributes(fresh).keys()
    assert len(model.history_) == model.n_iter_
    assert all(isinstance(step, Step) for step in model.history_)
    assert model.history_[-1].n_moved == 0
    assert (model.converged_, model.stopped_by_) == (True, "no_moves")
    assert repr(model) == "KMeans(max_iter=20, n_clusters=4, n_init=3, random_state=0)"
    assert_consistent(model.fit(points()), points())


def test_there_is_a_pickle_of_this_major_version():
    assert any(path.stem.startswith(globular.__version__.split(".", maxsplit=1)[0]) for path in PICKLES)


def state_of(version):
    state = KMeans(4, random_state=0).fit(points()).__getstate__()
    return dict(state, _globular_version=version)


def test_a_pickle_of_a_later_major_version_is_refused_in_words():
    major = int(globular.__version__.split(".")[0])
    with pytest.raises(ModelFileError, match=rf"pickled by globular {major + 1}\.2\.0.*install globular"):
        KMeans().__setstate__(state_of(f"{major + 1}.2.0"))


def test_a_pickle_of_a_later_minor_version_is_read_and_what_it_says_besides_is_left_alone():
    later = state_of("0.99.0")
    later["a_parameter_of_tomorrow"] = 1
    for record in later["history_"]:
        record["a_field_of_tomorrow"] = 2
    model = KMeans()
    model.__setstate__(later)
    assert_consistent(model, points())
    assert [f.name for f in fields(model.history_[0])] == [f.name for f in fields(Step)]


def test_reading_a_state_changes_it_no_more_than_it_must():
    state = state_of(globular.__version__)
    before = copy.deepcopy(state["history_"])
    KMeans().__setstate__(state)
    assert state["history_"] == before
    assert "_globular_version" in state


OTHERS = {
    "MiniBatchKMeans": ("minibatch_kmeans", MiniBatchKMeans(4, batch_size=16, random_state=0)),
    "KernelKMeans": ("kernel_kmeans", KernelKMeans(4, gamma=1e-3, random_state=0)),
    "SpectralClustering": ("spectral", SpectralClustering(4, gamma=1e-3, random_state=0)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_pickle_of_every_other_estimator_is_the_model_and_says_who_wrote_it(name):
    module, model = OTHERS[name]
    model = clone(model).fit(points())
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(model, protocol))
        assert vars(again).keys() == vars(model).keys()
        np.testing.assert_array_equal(again.labels_, model.labels_)
        if hasattr(model, "predict"):
            np.testing.assert_array_equal(again.predict(points()), model.labels_)
        np.testing.assert_array_equal(again.fit(points()).labels_, model.labels_)
    assert pickle.loads(pickle.dumps(clone(model))).get_params() == model.get_params()
    words = {str(arg) for _, arg, _ in pickletools.genops(pickle.dumps(model, 2)) if arg is not None}
    assert {word for word in words if "globular." in word} == {f"globular.estimators.{module} {name}"}
    state = dict(model.__getstate__())
    assert state["_globular_version"] == globular.__version__
    later = dict(state, _globular_version="9.0.0")
    with pytest.raises(ModelFileError, match=rf"this {name} was pickled by globular 9\.0\.0"):
        type(model)().__setstate__(later)
