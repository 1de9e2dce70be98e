"""``globular plot``: a picture of the clusters of a table, in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from click.core import ParameterSource

from globular import plots
from globular.cli import exits, options
from globular.cli.fit_status import FitStatus
from globular.cli.status import LINE, show_rows
from globular.em import assign
from globular.errors import DataError, TableError
from globular.problem import Array
from globular.tables.clustering import cluster_numbers, out_of_range
from globular.tables.columns import choose_columns, place_of, required_columns
from globular.tables.model_file import read_model
from globular.tables.numbers import Numbers, read_numbers
from globular.tables.output import check_target
from globular.tables.reading import read_table
from globular.tables.remarks import remarks, remarks_on_names
from globular.tables.scaling import Scaling, learn_scaling
from globular.tables.table import Table

if TYPE_CHECKING:
    from globular.plots.display import Display

KINDS = {
    "clusters": "the points and the centers; of more than two columns their principal components",
    "voronoi": "where each center is the nearest",
    "silhouette": "how well each row sits in its cluster",
    "heatmap": "clusters by columns, in standard deviations and in the columns' own units",
    "images": "each center as an image (--shape)",
    "em-steps": "the E- and M-steps of k-means; a .gif or .apng moves",
    "restarts": "where k-means ends from many starts",
    "tree": "how the clusters come about from fewer",
    "confusion": "classes (--truth) against clusters",
}
MOVING = (".gif", ".apng")

EPILOG = (
    "\b\nKinds:\n"
    + "".join(f"  {kind:<11} {what}\n" for kind, what in KINDS.items())
    + """
\b
Examples:
  globular plot clusters sales.csv -k 4 --scale standard -o sales.png
  globular plot silhouette sales.csv --model sales.json -o silhouette.svg
  globular plot confusion labelled.csv --labels cluster --truth region -o table.pdf
  globular plot em-steps sales.csv -k 4 --columns revenue,visits -o steps.gif

"""
    + exits.HELP
)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A table's points in their clusters, as they are drawn."""

    points: Array  # (n, d), scaled
    labels: Array  # (n,), numbers of clusters or their names
    centers: Array | None  # (k, d), scaled; None: the means
    numbers: Numbers
    scaling: Scaling
    table: Table

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, with their scaling."""
        names, kind = self.numbers.encoding.features, self.scaling.kind
        return names if kind == "none" else tuple(f"{name} ({kind})" for name in names)


def _shape(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """What ``8x8`` or ``25x25x3`` means."""
    if value is None:
        return None
    parts = value.lower().split("x")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() for part in parts):
        raise click.UsageError(
            f"--shape {value!r} is no height and width like 8x8, or 25x25x3 in colour", ctx
        )
    return tuple(int(part) for part in parts)


@click.command(cls=options.Verb, epilog=EPILOG)
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@options.table_argument
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    callback=options.not_empty,
    help="Where the picture goes: .png, .svg or .pdf.",
)
@click.option(
    "-k", "--n-clusters", type=click.IntRange(min=1), metavar="K", help="Cluster the table with k-means now."
)
@click.option(
    "--model",
    metavar="FILE",
    callback=options.not_empty,
    help="Draw the clusters of a model that globular cluster wrote; columns and scaling are the model's.",
)
@click.option("--labels", metavar="NAME", help="Draw the clusters that this column names.")
@click.option("--truth", metavar="NAME", help="Column with the class of each row, for confusion.")
@click.option("--shape", metavar="HxW", callback=_shape, help="Height and width of an image, for images.")
@options.number_options
@options.header_option
@options.array_option
@click.option(
    "--restarts",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many starts to make: 10 with -k, and 50 to be drawn by restarts.",
)
@options.seed_option
@options.threads_option
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@options.quiet_option
@click.pass_context
def plot(ctx: click.Context, /, kind: str, table: str | None, **asked: Any) -> None:
    """Draw a picture of TABLE in clusters.

    The clusters are made now (-k), are those of a model (--model), or stand in the table (--labels). KIND is
    one of those below. TABLE is any file that globular cluster reads; it may be - or left out for standard
    input. In a picture of scaled columns the names say so.
    """
    source = options.source_of(ctx, table)
    options.split_names(asked)
    _refuse_clashes(ctx, kind, asked)
    draw = _drawer(kind, asked)
    _check_target(ctx, kind, asked["output"], force=asked["force"])
    LINE.open(quiet=asked["quiet"])
    rows = read_table(source, asked["header"], asked["array"])
    drawn = _of_model(rows, asked) if asked["model"] else _of_table(rows, asked)
    LINE.show(f"drawing {kind}")
    display = draw(drawn)
    if asked["output"].lower().endswith(MOVING):
        display.animate(asked["output"])  # type: ignore[attr-defined]
    else:
        display.save(asked["output"], force=asked["force"])
    LINE.clear()
    if not asked["quiet"]:
        exits.tell(f"{rows.name}: {display.describe()}\nwrote {asked['output']}")


def _refuse_clashes(ctx: click.Context, kind: str, asked: dict[str, Any]) -> None:
    given = [
        flag
        for flag, name in (("-k", "n_clusters"), ("--model", "model"), ("--labels", "labels"))
        if asked[name]
    ]
    if len(given) != 1:
        said = f"{' and '.join(given)} were given" if given else "none was given"
        raise click.UsageError(f"one of -k, --model and --labels says what the clusters are; {said}", ctx)
    if (kind == "confusion") != (asked["truth"] is not None):
        wants = (
            "confusion needs --truth, the column with" if kind == "confusion" else "--truth is for confusion:"
        )
        raise click.UsageError(f"{wants} the class of each row", ctx)
    if asked["shape"] is not None and kind != "images":
        raise click.UsageError("--shape is for images: the height and width of a center", ctx)
    if asked["model"]:
        for name in ("columns", "exclude", "weights", "scale", "missing", "categorical"):
            if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
                raise click.UsageError(f"--{name} clashes with --model, which says that itself", ctx)


def _check_target(ctx: click.Context, kind: str, path: str, *, force: bool) -> None:
    if not path.lower().endswith(MOVING):
        options.check_picture(ctx, path, force=force)
        return
    if kind != "em-steps":
        raise click.UsageError(f"{path}: only em-steps moves; name a .png, .svg or .pdf", ctx)
    check_target(path, force=force)


def _of_model(table: Table, asked: dict[str, Any]) -> Drawn:
    """The rows of a table by the centers of a model, as globular predict has them."""
    model = read_model(asked["model"])
    choice = required_columns(table, model.columns, asked["model"])
    missing = model.missing
    numbers = read_numbers(
        table, choice, missing=missing, known=model.encoding, fill=model.fill, heard=show_rows
    )
    points = model.scaling.apply(numbers.points)
    try:
        labels = assign(points, model.centers, n_threads=asked["threads"])
    except DataError:  # numbers are finite before they are scaled
        raise TableError(out_of_range(numbers, points, table.name, model.scaling.kind)) from None
    return Drawn(points, labels, model.centers, numbers, model.scaling, table)


def _of_table(table: Table, asked: dict[str, Any]) -> Drawn:
    """The rows of a table in clusters that are made now or stand in a column."""
    aside = {name for name in (asked["weights"], asked["labels"], asked["truth"]) if name}
    places = {name: place_of(table, name) for name in aside}
    choice = choose_columns(table, asked["columns"], asked["exclude"], aside)
    numbers = read_numbers(
        table,
        choice,
        weights=places.get(asked["weights"]),
        missing=asked["missing"],
        categorical=asked["categorical"],
        heard=show_rows,
    )
    if not asked["quiet"]:
        notes = [*remarks_on_names(table, choice, asked["header"]), *remarks(numbers, asked["scale"])]
        for remark in notes:
            exits.say(f"note: {remark}")
    if asked["labels"]:
        scaling = learn_scaling(asked["scale"], numbers.points, numbers.weights, numbers.encoding.indicators)
        names = _column(table, asked["labels"], numbers)
        return Drawn(scaling.apply(numbers.points), names, None, numbers, scaling, table)
    found = cluster_numbers(
        numbers,
        asked["n_clusters"],
        name=table.name,
        scale=asked["scale"],
        restarts=asked["restarts"] or 10,
        seed=asked["seed"],
        n_threads=asked["threads"],
        progress=FitStatus(asked["restarts"] or 10),
    )
    if found.interrupted:  # a picture is not asked for its first steps
        raise KeyboardInterrupt
    points = found.scaling.apply(numbers.points)
    return Drawn(points, found.numbered.labels, found.numbered.centers, numbers, found.scaling, table)


def _column(table: Table, name: str, numbers: Numbers) -> Array:
    """The text of a column in the rows that are drawn, (n,); whole numbers if it holds nothing else."""
    place = place_of(table, name)
    cells = [cell for block in table.texts([place]) for cell in block[0]]
    drawn = [cells[row] for row in numbers.rows.tolist()]
    if None in drawn:
        row = int(numbers.rows[drawn.index(None)])
        raise TableError(f"{table.place(row, place)}: it is empty; take the row out, or name its cluster")
    try:
        return np.array([int(str(cell)) for cell in drawn])
    except ValueError:
        return np.array([str(cell) for cell in drawn])


def _drawer(kind: str, asked: dict[str, Any]) -> Callable[[Drawn], Display]:
    """What draws a kind of picture. MissingExtraError if matplotlib is not there, before anything is read."""
    classes = {
        "clusters": "ClustersDisplay",
        "voronoi": "VoronoiDisplay",
        "silhouette": "SilhouetteDisplay",
        "heatmap": "CentersHeatmapDisplay",
        "images": "CentersAsImagesDisplay",
        "em-steps": "EMStepsDisplay",
        "restarts": "RestartsDisplay",
        "tree": "ClusterTreeDisplay",
        "confusion": "ConfusionDisplay",
    }
    display = getattr(plots, classes[kind])
    seed, n_restarts = asked["seed"], asked["restarts"] or 50

    def draw(drawn: Drawn) -> Display:
        points, labels, centers = drawn.points, drawn.labels, drawn.centers
        units = drawn.numbers.points
        in_units = None if centers is None else drawn.scaling.invert(centers)
        made: Display
        match kind:
            case "clusters" | "voronoi":
                made = display.from_labels(points, labels, centers, feature_names=drawn.features)
            case "heatmap":
                names = drawn.numbers.encoding.features
                made = display.from_labels(units, labels, in_units, feature_names=names)
            case "images":
                made = display.from_labels(units, labels, in_units, shape=asked["shape"])
            case "em-steps":
                k = len(np.unique(labels)) if centers is None else len(centers)
                made = display.from_data(points, k, seed=seed)
            case "restarts":
                made = display.from_labels(points, labels, n_restarts=n_restarts, seed=seed)
            case "tree":
                made = display.from_clusters(points, labels, seed=seed)
            case "confusion":
                truth = _column(drawn.table, asked["truth"], drawn.numbers)
                made = display.from_labels(truth, labels)
            case _:
                made = display.from_labels(points, labels, seed=seed)
        return made

    return draw
