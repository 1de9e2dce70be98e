"""``globular plot``, and ``--plot`` of choose-k and compare: a picture, or one line that says why not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import good, run
from PIL import Image

from globular.cli.plot import KINDS

PENGUINS = Path(__file__).parents[2] / "examples/data/penguins.csv"
COLUMNS = ("--columns", "bill_*,body_mass_g", "--scale", "standard", "--missing", "drop")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_a_table(tmp_path, kind):
    more = {
        "confusion": ("--truth", "species"),
        "images": ("--shape", "1x3"),
        "restarts": ("--restarts", "5"),
    }
    out = tmp_path / "picture.png"
    outcome = good("plot", kind, PENGUINS, "-k", 3, *COLUMNS, *more.get(kind, ()), "-o", out)
    assert outcome.stdout == ""
    said, wrote = outcome.stderr.splitlines()
    assert said.startswith(f"{PENGUINS}: ")
    assert said.endswith(".")
    assert wrote == f"wrote {out}"
    with Image.open(out) as picture:
        assert picture.size > (200, 100)
        assert picture.text["Description"] in said
    assert [p.name for p in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.parametrize("suffix", ["svg", "pdf", "PNG"])
def test_the_name_says_the_format(tmp_path, suffix):
    out = tmp_path / f"picture.{suffix}"
    good("plot", "clusters", PENGUINS, "-k", 3, *COLUMNS, "-o", out, "-q")
    assert out.read_bytes()[:5] in (b"<?xml", b"%PDF-", b"\x89PNG\r")


def test_em_steps_move_in_a_gif(tmp_path):
    good("plot", "em-steps", PENGUINS, "-k", 2, *COLUMNS, "-o", tmp_path / "steps.gif")
    with Image.open(tmp_path / "steps.gif") as picture:
        assert picture.n_frames > 3


def test_a_model_a_column_of_labels_and_a_fit_draw_the_same_clusters(tmp_path):
    model, labelled = tmp_path / "m.json", tmp_path / "labelled.csv"
    good("cluster", PENGUINS, "-k", 3, *COLUMNS, "--model", model, "-o", labelled)
    said = set()
    for what in (
        (PENGUINS, "-k", 3, *COLUMNS),
        (PENGUINS, "--model", model),
        (labelled, "--labels", "cluster", *COLUMNS),
    ):
        outcome = good("plot", "clusters", *what, "-o", tmp_path / "a.svg", "--force")
        said.add(outcome.stderr.splitlines()[0].split(": ")[1].split(", each")[0])
    assert len(said) == 1
    sizes = json.loads(model.read_text())["sizes"]
    assert said == {f"342 points in 3 clusters of {min(sizes)} to {max(sizes)} points"}


def test_a_heatmap_is_in_the_units_of_the_table(tmp_path):
    good("plot", "heatmap", PENGUINS, "-k", 3, *COLUMNS, "-o", tmp_path / "h.svg")
    good("plot", "clusters", PENGUINS, "-k", 3, "--columns", "bill_length_mm,bill_depth_mm", *COLUMNS[2:],
         "-o", tmp_path / "c.svg")  # fmt: skip
    assert "<!-- body_mass_g -->" in (tmp_path / "h.svg").read_text()
    assert "<!-- bill_length_mm (standard) -->" in (tmp_path / "c.svg").read_text()


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (["clusters", PENGUINS], 2, "one of -k, --model and --labels says what the clusters are; none was"),
        (["clusters", PENGUINS, "-k", 2, "--labels", "species"], 2, "-k and --labels were given"),
        (["clusters", PENGUINS, "-k", 3], 3, "column 'species' is text"),
        (["pie", PENGUINS, "-k", 3], 2, "'pie' is not one of 'clusters', 'voronoi'"),
        (["confusion", PENGUINS, "-k", 3, *COLUMNS], 2, "confusion needs --truth"),
        (["clusters", PENGUINS, "-k", 3, *COLUMNS, "--truth", "sex"], 2, "--truth is for confusion"),
        (["clusters", PENGUINS, "-k", 3, *COLUMNS, "--shape", "2x2"], 2, "--shape is for images"),
        (["images", PENGUINS, "-k", 3, *COLUMNS, "--shape", "wide"], 2, "'wide' is no height and width"),
        (["images", PENGUINS, "-k", 3, *COLUMNS, "--shape", "2x2"], 2, "does not hold 3 features"),
        (["silhouette", PENGUINS, "-k", 1, *COLUMNS], 3, "there is 1 cluster with points; pass two or more"),
        (["clusters", PENGUINS, "-k", 999, *COLUMNS], 3, "has only 342 rows to cluster, but k is 999"),
        (["clusters", PENGUINS, "--labels", "sex", *COLUMNS], 3, "it is empty; take the row out"),
        (["clusters", PENGUINS, "--labels", "nope", *COLUMNS], 3, "nope"),
        (["clusters", PENGUINS, "--model", "no.json", "--columns", "a"], 2, "--columns clashes with --model"),
        (["clusters", PENGUINS, "--model", "no.json", "--scale", "none"], 2, "--scale clashes with --model"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_line_and_no_file(tmp_path, asked, code, says):
    outcome = run("plot", *asked, "-o", tmp_path / "picture.png")
    assert outcome.exit_code == code, outcome.stderr
    assert says in outcome.stderr
    assert outcome.stderr.startswith("globular: ")
    assert len(outcome.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_names_are_checked_before_the_work_begins(tmp_path):
    taken = tmp_path / "taken.png"
    taken.write_bytes(b"mine")
    for verb in (("plot", "clusters"), ("choose-k",), ("compare",)):
        flag = "-o" if verb[0] == "plot" else "--plot"
        what = (*verb, tmp_path / "no such table.csv", *(("-k", 2) if verb[0] == "plot" else ()))
        for name, code, says in (
            (taken, 6, "exists; replace it with --force"),
            (tmp_path / "a.txt", 2, "a picture's name must end in .png, .svg, .pdf"),
            (tmp_path / "no/a.png", 7, "does not exist; create it first"),
        ):
            outcome = run(*what, flag, name)
            assert (outcome.exit_code, outcome.stderr.count("\n")) == (code, 1), outcome.stderr
            assert says in outcome.stderr
    outcome = run("plot", "clusters", PENGUINS, "-k", 2, "-o", tmp_path / "a.gif")
    assert "only em-steps moves" in outcome.stderr
    assert taken.read_bytes() == b"mine"
    good("plot", "clusters", PENGUINS, "-k", 3, *COLUMNS, "-o", taken, "--force", "-q")
    assert taken.read_bytes()[:4] == b"\x89PNG"


def test_choose_k_and_compare_draw_what_they_found(tmp_path):
    one, other = tmp_path / "k.svg", tmp_path / "models.svg"
    lines = good("choose-k", PENGUINS, "-k", "1..4", *COLUMNS, "--plot", one).stdout.splitlines()
    assert lines[-1].rstrip(".") in one.read_text().replace("&gt;", ">")
    found = json.loads(
        good("compare", PENGUINS, "-k", 3, *COLUMNS, "--models", "HDBSCAN", "--json", "--plot", other).stdout
    )
    assert found["verdict"] in other.read_text()


WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "matplotlib":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


def without_matplotlib(code):
    return subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, check=False)


def test_without_matplotlib_there_is_one_line_with_the_remedy(tmp_path):
    ended = without_matplotlib("import globular.plots\nfrom globular.plots import ClustersDisplay")
    assert ended.stderr.splitlines()[-1] == (
        "globular.errors.MissingExtraError: ClustersDisplay needs matplotlib, which is not installed: "
        "pip install 'globular[plots]'"
    )
    for verb in (
        ["plot", "clusters", "no.csv", "-k", "2", "-o", "a.png"],
        ["choose-k", "no.csv", "--plot", "a.png"],
    ):
        ended = without_matplotlib(f"from globular.cli import main\nmain({verb!r})")
        assert ended.returncode == 2
        assert "needs matplotlib, which is not installed: pip install 'globular[plots]'" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
    table = tmp_path / "t.csv"
    table.write_text("a\n" + "".join(f"{i}\n" for i in range(9)))
    ended = without_matplotlib(
        f"from globular.cli import main\nmain(['choose-k', {str(table)!r}, '-k', '1..3'])"
    )
    assert ended.returncode == 0


def test_a_picture_is_drawn_without_scikit_learn(tmp_path):
    out = tmp_path / "a.png"
    verb = ["plot", "clusters", str(PENGUINS), "-k", "3", *COLUMNS, "-o", str(out), "-q"]
    code = (
        "import sys\nfrom globular.cli import main\n"
        f"try:\n    main({verb!r})\nfinally:\n    print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sklearn", "pandas"} & set(ended.stdout.split())
    assert out.exists()
