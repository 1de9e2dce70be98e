"""The chapter's code cells run as they were printed, but for the lines that `as_printed.TODAY` lists."""

from __future__ import annotations

import re
from typing import Any

import as_printed
import numpy as np
import pytest

import globular

OPTIMUM = 212.006  # of four centers among the book's 300 points
FORMS = ("first_edition", "second_edition", "course_notes")
# The figure of E-M gives a colour map to points that are all gray.
pytestmark = pytest.mark.filterwarnings("ignore:No data for colormapping")


@pytest.fixture(scope="module")
def runs(projections) -> dict[str, Any]:
    """The cells of every form, run. Cells that name no seed draw from NumPy's global state."""
    state = np.random.get_state()
    np.random.seed(0)
    found = {form: as_printed.run(form) for form in as_printed.FORMS}
    np.random.set_state(state)
    return found


def cell(form: str, words: str) -> int:
    """Return the number of the first cell that has these words."""
    return next(c.number for c in as_printed.cells(form) if words in c.printed)


def after(run: Any, form: str, words: str) -> dict[str, Any]:
    """Return the variables after the first cell that has these words."""
    names = run.names[cell(form, words)]
    assert isinstance(names, dict)
    return names


def cost(names: dict[str, Any]) -> float:
    return float(((names["X"] - names["centers"][names["labels"]]) ** 2).sum())


def test_all_forms_are_there():
    assert set(as_printed.FORMS) == {*FORMS, "online_appendix"}


@pytest.mark.parametrize("form", as_printed.FORMS)
def test_no_line_is_changed_but_imports_and_one_name_of_a_style(form):
    for c in as_printed.cells(form):
        pairs = list(zip(c.printed.splitlines(), c.code.splitlines() or [""], strict=False))
        for printed, today in pairs:
            if printed != today:
                assert re.match(
                    r"from sklearn\.(cluster|datasets)\S* import |%|plt\.style\.use\(", printed
                ), printed


def test_no_line_of_the_list_is_there_for_nothing():
    printed = {
        line for form in as_printed.FORMS for c in as_printed.cells(form) for line in c.printed.splitlines()
    }
    assert set(as_printed.TODAY) <= printed


@pytest.mark.parametrize("form", FORMS)
def test_every_cell_of_the_chapter_is_there(form):
    numbers = [c.number for c in as_printed.cells(form)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == 24 + (form == "course_notes")  # its figure of E-M stands in the text


@pytest.mark.parametrize("form", FORMS)
def test_no_clustering_is_left_to_scikit_learn(form, runs):
    names = runs[form].names[len(as_printed.cells(form))]
    for name in ("KMeans", "MiniBatchKMeans", "SpectralClustering"):
        assert names[name] is getattr(globular, name)


@pytest.mark.parametrize("form", FORMS)
def test_cells_without_chance_are_worth_what_the_book_prints(form, runs):
    printed = {c.number: c.out for c in as_printed.cells(form) if c.out and c.out.startswith("(")}
    assert len(printed) == 4
    assert {n: str(runs[form].values[n]) for n in printed} == printed


@pytest.mark.parametrize("form", FORMS)
def test_four_clusters_end_at_the_optimum(form, runs):
    names = after(runs[form], form, "y_kmeans = kmeans.predict(X)")
    assert names["kmeans"].inertia_ == pytest.approx(OPTIMUM, abs=5e-4)
    assert (names["y_kmeans"] == names["kmeans"].labels_).all()


@pytest.mark.parametrize("form", FORMS)
def test_find_clusters_ends_at_the_optimum_from_the_seed_of_the_text(form, runs):
    assert cost(after(runs[form], form, "def find_clusters")) == pytest.approx(OPTIMUM, abs=5e-4)


@pytest.mark.parametrize(
    ("form", "rseed", "stuck"),
    [("first_edition", 0, 527.168), ("second_edition", 0, 527.168), ("course_notes", 208, 530.598)],
)
def test_find_clusters_gets_stuck_from_the_bad_seed_and_globular_at_the_same_place(form, rseed, stuck, runs):
    names = after(runs[form], form, f"rseed={rseed})")
    assert cost(names) == pytest.approx(stuck, abs=5e-4)
    X = names["X"]
    start = X[np.random.RandomState(rseed).permutation(len(X))[:4]]
    ours = globular.KMeans(4, init=start, n_init=1, tol=0).fit(X)
    np.testing.assert_array_equal(ours.labels_, names["labels"])
    np.testing.assert_allclose(ours.cluster_centers_, names["centers"], rtol=1e-14)


@pytest.mark.parametrize("form", FORMS)
def test_six_clusters_are_found_where_six_are_asked_for(form, runs):
    assert set(after(runs[form], form, "KMeans(6")["labels"]) == set(range(6))


@pytest.mark.parametrize("form", FORMS)
def test_kmeans_cuts_the_moons_and_neighbours_do_not(form, runs):
    cut = after(runs[form], form, "KMeans(2")
    assert globular.clustering_accuracy(cut["y"], cut["labels"]) < 0.85
    whole = after(runs[form], form, "affinity='nearest_neighbors'")
    assert globular.clustering_accuracy(whole["y"], whole["labels"]) == 1.0


@pytest.mark.parametrize("form", FORMS)
def test_the_accuracy_of_digits_is_the_books(form, runs):
    assert runs[form].values[cell(form, "accuracy_score(digits.target, labels)")] >= 0.79


@pytest.mark.parametrize("form", FORMS)
def test_the_accuracy_after_tsne_is_the_books_with_its_ten_starts(form, runs):
    number = cell(form, "TSNE")
    names = runs[form].names[number]
    as_it_is = globular.clustering_accuracy(names["digits"].target, names["clusters"], "mode")
    assert runs[form].values[number] == as_it_is  # the book's way of matching is ours by mode
    # The cell leaves n_init out: ten starts when it was printed, one today, and luck decides.
    ten = globular.KMeans(10, n_init=10, random_state=0).fit_predict(names["digits_proj"])
    assert globular.clustering_accuracy(names["digits"].target, ten, "mode") >= 0.93


@pytest.mark.parametrize("form", FORMS)
def test_the_pictures_are_left_with_sixteen_colours(form, runs):
    names = after(runs[form], form, "_recolored = ")
    name = "flower" if form == "course_notes" else "china"
    picture, colours = names[name] / 255.0, names[f"{name}_recolored"].reshape(-1, 3)
    assert len(np.unique(colours, axis=0)) == 16
    error = ((picture.reshape(-1, 3) - colours) ** 2).sum(axis=1).mean() * 255**2
    assert error < {"china": 370, "flower": 235}[name]  # squared, a pixel; the best known are 344 and 216


@pytest.mark.parametrize(("form", "rest"), [("online_appendix", True), ("course_notes", False)])
def test_three_iterations_are_enough_for_the_figure_of_the_appendix_only(form, rest, runs):
    names = after(runs[form], form, "Final Clustering")
    distances = ((names["X"][:, None] - names["centers"]) ** 2).sum(axis=2)
    means = np.array([names["X"][distances.argmin(axis=1) == j].mean(axis=0) for j in range(4)])
    assert np.allclose(means, names["centers"], rtol=1e-12) == rest


def test_the_command_writes_the_figures_and_prints_what_cells_are_worth(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["as_printed.py", "online_appendix", str(tmp_path / "figures")])
    as_printed.main()
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["online_appendix_02.png"]
    assert capsys.readouterr().out.startswith("Out[2]: Text(")
    monkeypatch.setattr("sys.argv", ["as_printed.py", "third_edition"])
    with pytest.raises(SystemExit, match="usage: .*first_edition"):
        as_printed.main()


def test_matplotlib_and_warnings_are_left_as_they_were(runs):
    import warnings

    import matplotlib as mpl

    assert mpl.rcParams["axes.facecolor"] == mpl.rcParamsDefault["axes.facecolor"]
    assert mpl.rcParams["font.family"] == mpl.rcParamsDefault["font.family"]
    assert not any(f[0] == "ignore" and f[1] is None and f[2] is Warning for f in warnings.filters)
