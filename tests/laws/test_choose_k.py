"""The number of clusters is found where there are some, and none where there are none."""

from __future__ import annotations

import numpy as np
import planted
import pytest
from ctrl_c import ctrl_c_after

import globular
from globular.em import em
from globular.errors import DataError, Interrupted, ParameterError
from globular.problem import Problem
from globular.progress import Progress
from globular.seeding import Draws
from globular.selection.choose import choose, choose_k
from globular.selection.gap import gaps
from globular.selection.gridded import off_the_grid
from globular.selection.path import Path

FEW = dict(most_points=1200, features=(2, 3, 5, 8))


def share_right(seeds, k_max=(12, 15), **kind):
    right = []
    for seed in seeds:
        points, _, k = planted.blobs(seed, **kind)
        found = choose_k(points, range(1, k_max[seed % len(k_max)] + 1), random_state=seed)
        right.append(found.k == k)
    return np.mean(right)


def test_planted_clusters_are_counted():
    assert share_right(range(12), **FEW) >= 0.9


@pytest.mark.slow
def test_planted_clusters_are_counted_whatever_their_shape():
    assert share_right(range(100, 200)) >= 0.9
    assert share_right(range(200, 212), most_points=20_000) >= 0.9


@pytest.mark.parametrize("kind", planted.NULLS)
def test_where_there_are_no_clusters_none_are_found(kind):
    for seed in range(3):
        found = choose_k(planted.null(seed, kind, most_points=1000), random_state=seed)
        assert found.k == 1
        assert found.verdict.startswith("no cluster structure found")


@pytest.mark.slow
@pytest.mark.parametrize("kind", planted.NULLS)
def test_where_there_are_no_clusters_hardly_ever_one_is_found(kind):
    found = [choose_k(planted.null(seed, kind), random_state=seed).k for seed in range(100, 150)]
    assert np.mean([k == 1 for k in found]) >= 0.95


def three(n=60, d=2):
    rng = np.random.default_rng(0)
    return np.vstack([rng.normal(size=(n, d)) + 10.0 * np.eye(3)[j, :d] for j in range(3)])


def same(a, b):
    assert a.verdict == b.verdict
    for name in a.table:
        np.testing.assert_array_equal(a.table[name], b.table[name], err_msg=name)


def test_the_same_seed_gives_the_same_table_on_any_number_of_threads_and_at_any_level(monkeypatch):
    found = choose_k(three(), range(1, 6), random_state=5)
    for n_threads in (1, 3):
        same(choose_k(three(), range(1, 6), random_state=5, n_threads=n_threads), found)
    monkeypatch.setenv("GLOBULAR_LEVEL", "baseline")
    same(choose_k(three(), range(1, 6), random_state=5), found)


def test_place_and_unit_of_the_points_do_not_matter():
    found = choose_k(three(), range(1, 6), random_state=0)
    for moved in (three() * 2.0**-20, three() + 1024.0, three() * 2.0**100, three() * 2.0**-300):
        again = choose_k(moved, range(1, 6), random_state=0)
        assert (again.k, again.verdict) == (found.k, found.verdict)


def test_the_table_s_costs_are_those_of_its_fits_and_never_rise():
    rng = np.random.default_rng(1)
    found = choose_k(rng.random((400, 3)), range(1, 9), random_state=0)
    cost = found.table["cost"]
    assert np.all(np.diff(cost) < 0)
    for k, result in found.results.items():
        assert result.cost == cost[k - 1]
        assert len(result.centers) == k


def test_neighbours_along_the_path_help_each_other():
    """Alone, fresh starts of twelve clusters miss some; cut and merged ones find them."""
    points, labels, k = planted.blobs(4, most_points=2000)
    best = sum(np.sum((points[labels == j] - points[labels == j].mean(0)) ** 2) for j in range(k))
    fits = Path(Problem.checked(points), seed=0).fit(range(1, k + 1), fresh=1)
    assert fits[k].cost <= best * (1 + 1e-9)


def test_the_points_are_packed_once_for_all_fits(monkeypatch):
    made = []
    monkeypatch.setattr("globular.selection.path.MemoryEngine", lambda p: made.append(p.n) or Engine(p))
    from globular.engines.memory import MemoryEngine as Engine

    Path(Problem.checked(three()), seed=0).fit(range(1, 5))
    assert made.count(180) == 2  # of the whole, and to cut the one cluster of k = 1


def test_a_weight_of_two_is_the_row_twice():
    points = three()
    twice = choose_k(points, range(1, 5), sample_weight=np.full(180, 2.0), random_state=0)
    again = choose_k(np.repeat(points, 2, axis=0), range(1, 5), random_state=0)
    assert twice.k == again.k == 3
    for name in ("cost", "silhouette", "calinski_harabasz", "davies_bouldin", "bic"):
        np.testing.assert_allclose(twice.table[name], again.table[name], rtol=1e-9)


def test_weights_that_are_shares_count_as_rows_do():
    points = three()
    shares = choose_k(points, range(1, 5), sample_weight=np.full(180, 1 / 180), random_state=0)
    same(shares, choose_k(points, range(1, 5), random_state=0))


def test_rows_of_weight_zero_are_absent():
    points = np.vstack([three(), [[1e3, 1e3]] * 20])
    weights = np.r_[np.ones(180), np.zeros(20)]
    assert choose_k(points, range(1, 6), sample_weight=weights, random_state=0).k == 3
    assert choose_k(points, range(1, 6), random_state=0).k == 4


@pytest.mark.parametrize(
    ("points", "k", "says"),
    [
        ([[1.0, 2.0]], 1, "all rows are the same point"),
        (np.ones((50, 3)), 1, "all rows are the same point"),
        ([[1.0], [2.0], [9.0]], 1, "no k from 2 to 3 gives clusters that are apart"),
        (np.repeat([[0.0, 0.0], [1.0, 5.0], [7.0, 2.0]], 50, axis=0), 3, "3: best on"),
        (np.repeat([[0.0], [1.0]], 30, axis=0), 2, "2: best on"),
        (np.c_[three(), np.full(180, 1e6)], 3, "3: best on"),
        (np.repeat(three(), 2, axis=0), 3, "3: best on"),
        (three().astype(np.float32), 3, "3: best on"),
        (np.rint(2 * three()), 3, "3: best on"),
    ],
)
def test_odd_data_get_a_sensible_answer(points, k, says):
    found = choose_k(points, random_state=0)
    assert found.k == k
    assert says in found.verdict
    assert list(found.table["k"]) == list(range(1, min(10, len(points)) + 1))


@pytest.mark.parametrize("levels", [2, 5, 10])
def test_whole_numbers_at_random_are_no_clusters(levels):
    points = np.random.default_rng(levels).integers(0, levels, (600, 5))
    assert choose_k(points, random_state=0).k == 1


def test_numbers_off_the_grid_stay_in_their_cells():
    points = np.c_[np.arange(40) % 4 * 0.5, np.random.default_rng(0).random(40), np.arange(40) % 2]
    moved = off_the_grid(points, Draws(0, 0))
    assert len(np.unique(moved[:, 0])) == 40
    assert np.abs(moved[:, 0] - points[:, 0]).max() <= 0.25
    np.testing.assert_array_equal(moved[:, 1:], points[:, 1:])
    assert off_the_grid(points[:, 1:], Draws(0, 0)) is None


def test_no_clear_k_is_an_answer():
    found = choose_k(three(), range(5, 8), random_state=0)
    assert found.k is None
    assert found.verdict.startswith("no clear k: criteria say ")
    rng = np.random.default_rng(0)
    near = np.vstack([rng.normal(size=(300, 2)) + at for at in ([0, 0], [4, 0], [0, 4])])
    found = choose_k(near, random_state=0)
    assert found.k in {None, 3}
    assert "3" in found.verdict


def test_the_last_k_of_the_range_is_said_to_be_the_last():
    assert "3 is the largest k tried" in choose_k(three(), range(1, 4), random_state=0).verdict
    assert "largest" not in choose_k(three(), range(1, 5), random_state=0).verdict


@pytest.mark.parametrize(
    ("k_range", "error", "says"),
    [
        (range(1, 182), DataError, "k_range goes up to 181, but X has only 180 rows.*range\\(1, 181\\)"),
        ([0, 2], ParameterError, r"k_range=\[0, 2\], but it must be whole numbers of at least 1"),
        ([], ParameterError, r"k_range=\[\], but it must be"),
        (5, ParameterError, r"k_range=5, but it must be"),
        ([2.5], ParameterError, r"k_range=\[2.5\], but it must be"),
        ([True], ParameterError, r"k_range=\[True\], but it must be"),
    ],
)
def test_a_bad_range_is_refused_in_a_sentence(k_range, error, says):
    with pytest.raises(error, match=says):
        choose_k(three(), k_range)


def test_bad_points_are_refused_in_a_sentence():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(DataError, match="choose_k takes dense arrays only"):
        choose_k(sparse.eye_array(5))
    with pytest.raises(DataError, match="contains NaN"):
        choose_k([[np.nan]])


def test_a_frame_and_plain_numbers_hold_the_table():
    pytest.importorskip("pandas")
    found = choose_k(three(), range(1, 5), random_state=0)
    frame = found.to_frame()
    assert list(frame.columns) == list(found.table)
    assert list(frame["k"]) == [1, 2, 3, 4]
    facts = found.to_dict()
    assert facts["k"] == 3
    assert facts["criteria"]["silhouette"][0] is None
    assert repr(found) == f"KChoice(k=3, verdict={found.verdict!r})"
    assert globular.KChoice is type(found)


def test_progress_is_told_and_its_errors_come_out():
    class Heard(Progress):
        def __init__(self):
            self.stages, self.steps = [], 0

        def stage(self, what):
            self.stages.append(what)
            if len(self.stages) == 1000:
                raise ValueError("enough")

        def step(self, step, stopped):
            self.steps += 1

    heard = Heard()
    choose(Problem.checked(three()), [1, 2, 3], progress=heard)
    assert "fitting k = 3" in heard.stages
    assert "gap statistic: reference 20 of 20" in heard.stages
    assert heard.steps > 50
    heard.stages = [""] * 998
    with pytest.raises(ValueError, match="enough"):
        choose(Problem.checked(three()), [1, 2, 3], progress=heard)


def test_ctrl_c_ends_it():
    points = np.random.default_rng(0).random((20_000, 20))
    with ctrl_c_after(0.5), pytest.raises(Interrupted):
        choose_k(points, range(1, 31))


def test_the_gap_s_two_sides_are_fitted_alike():
    """Of points from a box itself the gap is nothing but chance."""
    problem = Problem.checked(np.random.default_rng(3).random((500, 1)))
    found = gaps(problem, [1, 2, 3], 0, lambda what: None)
    assert all(abs(found.gap[k]) < 5 * found.error[k] for k in found.gap)
    assert gaps(Problem.checked(np.random.default_rng(3).random((3000, 1))), [1], 0, print).n_rows == 2000


def test_the_work_is_bounded(monkeypatch):
    """Steps of fits over all rows, for ten numbers of clusters: as many as some thirty fits make."""
    n_steps = []

    def counted(engine, centers):
        for turn in em(engine, centers):
            n_steps.append(engine.problem.n)
            yield turn

    monkeypatch.setattr("globular.em.em", counted)
    points = np.random.default_rng(2).random((4000, 4))
    choose_k(points, random_state=0)
    assert n_steps.count(4000) < 8 * 10 * 100
