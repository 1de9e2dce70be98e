"""The benchmarks measure what they say: without fetching anything, and on the smallest case alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from brute import q

from benchmarks import __main__ as bench
from benchmarks import calibrate, catalogue, duel, environment, install, judge, limits, prepare, report, table
from benchmarks.cache import Cache
from benchmarks.case import Absent, Case, Source
from benchmarks.duel import Duel, Limits, OursFailed, Record
from benchmarks.player import Failed, Over, Player, Run
from benchmarks.rival import Rival
from globular import _native

ROOT = Path(__file__).resolve().parents[2]
CASES, RIVALS = catalogue.cases(), catalogue.rivals()
TINY = Case("tiny", Source("tiny", 4, 1, "float64", lambda: None), 2)
POINTS = np.array([[0.0], [1.0], [10.0], [12.0]])


def test_cases_and_rivals_are_declared_without_loading_a_library():
    code = (
        "import sys; from benchmarks import catalogue, worker; catalogue.cases(); catalogue.rivals();"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"globular", "sklearn", "sklearnex", "faiss", "mlpack", "superkmeans", "scipy", "PIL"}
    assert not heavy & set(run.stdout.split())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_declares_its_shape(case):
    source = case.source
    assert f"{source.n:,} x {source.d:,}" in case.name or source.name == "book"
    assert case.name.endswith(f"k={case.k:,}")
    assert case.k < source.n
    assert np.dtype(source.dtype) in (np.float32, np.float64)


def test_cases_of_one_source_share_its_points():
    files = {prepare.points_file(case.source) for case in CASES.values()}
    assert len(files) == len({case.source.name for case in CASES.values()})
    assert len({prepare.start_file(case) for case in CASES.values()}) == len(CASES)


@pytest.mark.parametrize("rival", RIVALS.values(), ids=RIVALS)
def test_a_rival_declares_what_it_is_and_is_pinned(rival):
    assert rival.kind in {"globular", "exact", "approximate", "prototype"}
    assert rival.settings
    assert rival.name in {"globular", "plain prototype"} or rival.distribution
    if rival.distribution not in {None, "globular"}:
        groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
        assert any(wanted.startswith(f"{rival.distribution}>=") for wanted in groups["bench"])
        assert f"\n{rival.distribution}==" in (ROOT / "constraints.txt").read_text()


def test_sparse_points_and_many_centers_are_for_those_who_can():
    assert duel.missing("steps", CASES["glosses50"], RIVALS["scikit_learn"]) is None
    assert duel.missing("steps", CASES["glosses50"], RIVALS["faiss_kmeans"]) is not None
    assert duel.missing("steps", CASES["fashion1000"], RIVALS["scikit_learn_elkan"]) is not None
    assert duel.missing("whole", CASES["plane"], RIVALS["plain_lloyd"]) is not None
    for discipline in duel.DISCIPLINES:
        approximate = duel.missing(discipline, CASES["plane"], RIVALS["super_kmeans"]) is None
        exact = duel.missing(discipline, CASES["plane"], RIVALS["faiss_kmeans"]) is None
        assert approximate != exact


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_the_judge_adds_up_the_squared_distances_to_the_nearest_centers(offset):
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(200, 5)) + offset).astype(np.float32)
    centers = points[:7].astype(np.float64) + 0.1
    true = q(points, centers).min(axis=1).sum()
    assert judge.cost(points, centers) == pytest.approx(true, rel=1e-6)
    assert judge.cost(scipy.sparse.csr_matrix(points), centers) == pytest.approx(true, rel=1e-6)
    centers[0] = np.nan
    assert np.isnan(judge.cost(points, centers))


def test_the_judge_sees_all_points_whatever_fits_at_once(monkeypatch):
    points, centers = np.random.default_rng(0).normal(size=(2, 50, 3))
    whole = judge.cost(points, centers[:4])
    monkeypatch.setattr(judge, "PRODUCTS_AT_ONCE", 30)
    assert judge.cost(points, centers[:4]) == pytest.approx(whole)
    assert judge.cost(scipy.sparse.csr_matrix(points), centers[:4]) == pytest.approx(whole)


def test_first_centers_are_rows_no_two_alike():
    points = np.repeat(np.arange(10.0), 30)[:, None]
    start = prepare.distinct_rows(points, 6)
    assert len(np.unique(start, axis=0)) == 6
    assert np.isin(start, points).all()
    assert (start == prepare.distinct_rows(scipy.sparse.csr_matrix(points), 6)).all()
    with pytest.raises(ValueError, match="only 1 that differ"):
        prepare.distinct_rows(np.ones((50, 2)), 2)


def test_points_of_another_shape_than_declared_are_refused():
    with pytest.raises(Absent, match=r"\(5, 1, 'float64'\)"):
        prepare.check(np.zeros((5, 1)), TINY.source)


def test_a_requirement_that_does_not_install_is_told_and_nothing_else_happens(tmp_path):
    assert "nowhere" in install.install(sys.executable, str(tmp_path / "nowhere"))


def test_who_is_not_installed_has_no_interpreter():
    assert environment.python_for("no-such-distribution") is None
    assert environment.python_for("numpy") == Path(sys.executable)


class Scripted:
    """A player that takes the seconds it is told to and ends with given centers."""

    def __init__(self, seconds, centers=((0.5,), (11.0,)), n_iter=3):
        self.seconds, self.asked = seconds, []
        self.centers, self.n_iter = np.array(centers), n_iter

    def fit(self, cap, repeat=1, **task):
        self.asked.append(task)
        if isinstance(self.seconds, Exception):
            raise self.seconds
        return Run(self.seconds, self.n_iter, 6, self.centers)


def rival(**changes):
    return Rival("theirs", "exact", None, "none", lambda points, task: None, **changes)


def fight(discipline, ours, theirs, who=None, limits=None):
    fought = Duel(discipline, TINY, POINTS, ours, limits or Limits(rounds=4))
    return fought.against(who or rival(), theirs)


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch):
    monkeypatch.setattr(duel, "REST", 0.0)


def test_a_ratio_is_how_many_times_as_long_the_rival_takes():
    record = fight("steps", Scripted(0.01), Scripted(0.03))
    assert len(record.ours) == len(record.theirs) == 4
    assert report.ratios(record) == pytest.approx([3.0] * 4)
    assert report.cell(record, report.SAME) == "3.0x (3.0-3.0), 30 ms"


def test_an_exact_rival_that_ends_at_another_cost_is_told():
    record = fight("steps", Scripted(0.01), Scripted(0.03, centers=((0.5,), (11.1,))))
    assert "cost +0.8 %" in report.cell(record, report.SAME)
    gone = fight("steps", Scripted(0.01), Scripted(0.03, centers=((0.5,), (np.inf,))))
    assert "cost +nan %" in report.cell(gone, report.SAME)


def test_a_long_fit_is_measured_once_and_a_short_one_within_the_budget():
    assert len(fight("steps", Scripted(5.0), Scripted(30.0)).theirs) == 1
    assert len(fight("steps", Scripted(0.1), Scripted(0.2), limits=Limits(rounds=50)).theirs) == 50
    assert len(fight("steps", Scripted(0.1), Scripted(0.2), limits=Limits(budget=0.0)).theirs) == 1


@pytest.mark.parametrize(("stops", "told"), [(True, TINY.most_steps), (False, 3)])
def test_who_does_not_stop_by_itself_makes_as_many_steps_as_globular(stops, told):
    theirs = Scripted(0.1)
    fight("convergence", Scripted(0.1), theirs, rival(stops=stops))
    assert {task["max_iter"] for task in theirs.asked} == {told}


def test_who_goes_over_its_time_is_not_waited_for_and_bounds_the_ratio():
    record = fight("steps", Scripted(2.0), Scripted(Over("over 60 s")))
    assert (record.over, record.theirs) == (60.0, [])
    assert report.cell(record, report.SAME) == "over 60 s (> 30x)"
    assert report.least_ratio(record) == 30.0


def test_who_fails_is_told_and_ours_is_not_blamed_for_it():
    record = fight("whole", Scripted(1.0), Scripted(Failed("no kernel")))
    assert report.cell(record, report.SAME) == "failed: no kernel"
    with pytest.raises(OursFailed, match="tiny, whole: no rows"):
        fight("whole", Scripted(Failed("no rows")), Scripted(1.0))


def test_whole_fits_begin_from_other_seeds_in_each_round_and_from_the_same_for_both():
    ours, theirs = Scripted(0.1), Scripted(0.1)
    fight("whole", ours, theirs)
    assert ours.asked == theirs.asked
    assert len({task["seed"] for task in ours.asked}) == 5
    assert not any(task["start"] for task in ours.asked)


def test_globular_must_reach_the_cost_of_an_approximate_rival():
    ours = Scripted(0.1)
    theirs = Scripted(0.1)
    record = fight("target", ours, theirs)
    assert ours.asked[-1]["target"] == pytest.approx(1.001 * 2.5)
    assert record.missing is None
    missed = fight("target", Scripted(0.1, centers=((0.0,), (11.0,))), theirs)
    assert report.cell(missed, float("inf")) == "globular did not reach its cost in 60 s"


def test_the_best_rival_is_the_one_of_the_least_ratio():
    records = {
        ("tiny", "a"): Record(ours=[1.0], theirs=[3.0], our_costs=[1.0], their_costs=[1.0], our_steps=2.0),
        ("tiny", "b"): Record(ours=[1.0], theirs=[2.5], our_costs=[1.0], their_costs=[1.0]),
        ("tiny", "c"): Record(ours=[30.0], over=60.0),
        ("tiny", "d"): Record(missing="failed: no kernel"),
    }
    rivals = {name: rival() for name in "abcd"}
    assert report.best(records, "tiny", rivals, "abd") == "2.5x theirs"
    assert report.best(records, "tiny", rivals, "abcd") == "> 2.0x theirs"
    assert report.best(records, "tiny", rivals, "d") == "-"
    text = report.exact(records, {"tiny": TINY}, rivals, report.SAME)
    assert all(len(line.split("|")) == len(text.splitlines()[0].split("|")) for line in text.splitlines())


@pytest.mark.parametrize(
    ("value", "words"), [(0.962, "0.96x"), (1.04, "1.04x"), (5.26, "5.3x"), (12.6, "13x")]
)
def test_ratios_have_two_digits(value, words):
    assert report.times(value) == words


def test_what_was_kept_is_found_again_for_the_same_version_and_time(tmp_path):
    cache = Cache("a machine", tmp_path)
    record = Record(over=10.0)
    cache.put("steps", "book", "faiss", "1.0", record)
    assert cache.get("steps", "book", "faiss", "1.0", 10.0) == record
    assert cache.get("steps", "book", "faiss", "1.1", 10.0) is None
    assert cache.get("steps", "book", "faiss", "1.0", 60.0) is None
    assert cache.get("whole", "book", "faiss", "1.0", 10.0) is None
    assert Cache("another machine", tmp_path).get("steps", "book", "faiss", "1.0", 10.0) is None


def test_what_is_not_measured_anew_is_that_of_the_commit_before(tmp_path, monkeypatch):
    commits = iter(["old", "new", "new"])
    monkeypatch.setattr("benchmarks.cache.commit", lambda: next(commits))
    old, new = Record(over=10.0), Record(over=20.0)
    before = Cache("a machine", tmp_path)
    before.put("steps", "book", "faiss", "1.0", old)
    before.put("steps", "digits", "faiss", "1.0", old)
    now = Cache("a machine", tmp_path, "old")
    now.put("steps", "book", "faiss", "1.0", new)
    assert now.get("steps", "book", "faiss", "1.0", 10.0) == new
    assert now.get("steps", "digits", "faiss", "1.0", 10.0) == old
    assert now.get("steps", "digits", "faiss", "1.1", 10.0) is None
    assert Cache("a machine", tmp_path).get("steps", "digits", "faiss", "1.0", 10.0) is None


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Keep what is prepared in a folder of the test, in this process and in those that it starts."""
    monkeypatch.setattr(prepare, "DATA", tmp_path / "data")
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path / "data"))
    return tmp_path


def test_a_player_is_ended_when_its_time_is_over_and_begins_anew(data):
    prepare.prepare(CASES["book"])
    with Player(Path(sys.executable), "globular_kmeans", "book", 2, None) as player:
        with pytest.raises(Over):
            player.fit(0.0, 1000, max_iter=20)
        run = player.fit(60.0, max_iter=20)
        points, start = prepare.load(CASES["book"])
        assert run.centers.shape == start.shape
        assert judge.cost(points, run.centers) < judge.cost(points, start)
        with pytest.raises(Failed, match="max_iter"):
            player.fit(60.0, max_iter=-1)


def test_a_run_prints_a_table_and_the_next_one_goes_on_from_there(data, capsys):
    asked = ["--only", "book", "--rivals", "scikit_learn", "--disciplines", "steps", "--rounds", "2"]
    asked += ["--budget", "0.1", "--kept", str(data / "kept")]
    prepare.prepare(CASES["book"])
    printed = []
    for _ in range(2):
        bench.main(asked)
        printed.append(capsys.readouterr().out)
    measured = "book: 300 x 2, k=4, steps, scikit-learn:"
    assert [measured in text for text in printed] == [True, False]
    tables = [[line for line in text.splitlines() if line.startswith("|")] for text in printed]
    assert len(tables[0]) == 3
    assert tables[0] == tables[1]
    assert "cost" not in tables[0][2]


def test_who_is_not_known_is_refused_in_one_line():
    with pytest.raises(SystemExit, match="there is no rival 'faise'; there are faiss_kmeans, "):
        bench.main(["--rivals", "faise"])


def test_tables_are_renewed_whole_or_not_at_all(capsys):
    for part in (["--quick"], ["--only", "book"], ["--rivals", "faiss_kmeans"]):
        with pytest.raises(SystemExit):
            bench.main(["--write", *part])
    assert "--write renews whole tables" in capsys.readouterr().err


@pytest.mark.skipif(Path("/usr/share/doc/wordnet-base").exists(), reason="the data is on this machine")
def test_data_that_cannot_be_had_is_said_and_left_out(data, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")  # no apt-get
    words = ["--only", "glosses50", "--rivals", "scikit_learn", "--kept", str(data / "kept")]
    monkeypatch.setattr(environment, "RIVALS_PYTHON", Path("nowhere"))
    bench.main([*words, "--disciplines", "steps"])
    left_out = [line for line in capsys.readouterr().out.splitlines() if "is left out" in line]
    assert len(left_out) == 1
    assert "there is no apt-get here" in left_out[0]


def test_prices_of_other_processors_are_kept_where_these_are_measured_anew(tmp_path, monkeypatch):
    table = calibrate.TABLE.read_text()
    monkeypatch.setattr(calibrate, "TABLE", tmp_path / "table.hpp")
    calibrate.TABLE.write_text(table)
    levels = re.findall(r'^ {4}\{"(.+)",', table, re.MULTILINE)
    assert {_native.costs_like(level) for level in _native.levels()} <= set(levels)
    for mine in (set(), {"avx2"}, set(levels[1:])):
        rows = list(calibrate.others(mine))
        assert [level for level in levels if level not in mine] == [row.split('"')[1] for row in rows]
        assert all(row in table and row.endswith("},") and row.count("{") == row.count("}") for row in rows)


def test_what_a_fit_moves_is_counted_by_whole_lines_and_never_more_than_all_points():
    n, d = 1000, 4
    outside, all_rows = 3 * 16 * n, (16 + 8) * n
    assert limits.moved(n, d, []) == outside
    assert limits.moved(n, d, [1.0, 0.5]) == outside + 2 * all_rows  # two rows in each line of four
    assert limits.moved(n, d, [0.125]) == outside + 8 * n + 64 * n / 8
    assert limits.moved(n, 20, [0.125]) == 3 * 80 * n + 8 * n + 128 * n / 8


def test_a_second_machine_has_tables_of_its_own(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(table, "RESULTS", tmp_path)
    for words, written in (
        ([], set()),
        (["--write"], {"some.md"}),
        (["--write", "--machine", "b"], {"some-b.md"}),
    ):
        asked = table.parser("", None, "some").parse_args(words)
        table.show("some", "about this", ["a", "b"], lambda: iter([[1, 2]]), asked)
        assert {path.name for path in tmp_path.iterdir()} == written
        for path in tmp_path.iterdir():
            assert path.read_text().startswith("`python -m benchmarks.some`: about this. ")
            assert path.read_text().endswith("\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
            path.unlink()
    assert capsys.readouterr().out.count("| 1 | 2 |") == 3
