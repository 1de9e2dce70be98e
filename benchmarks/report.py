"""The tables: a line a case, a column a rival; the numbers of the bars in the last two."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.case import Case
from benchmarks.duel import Record
from benchmarks.rival import Rival

SAME = 1e-3  # costs of exact rivals may differ by this share: beyond, it is said

Records = Mapping[tuple[str, str], Record]  # by case and rival


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def seconds(value: float) -> str:
    """Return a time for people, in three digits.

    >>> seconds(0.0123456), seconds(1.5), seconds(61.24)
    ('12.3 ms', '1.50 s', '61.2 s')
    """
    if value < 1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def ratios(record: Record) -> list[float]:
    """Return how many times as long the rival took in each round, in ascending order."""
    return sorted(theirs / ours for ours, theirs in zip(record.ours, record.theirs, strict=True))


def times(value: float) -> str:
    """Return a ratio for people.

    >>> times(0.962), times(1.04), times(5.26), times(12.6)
    ('0.96x', '1.04x', '5.3x', '13x')
    """
    return f"{value:.2f}x" if value < 2 else f"{value:.1f}x" if value < 10 else f"{value:.0f}x"


def least_ratio(record: Record | None) -> float | None:
    """Return the median ratio, or what it is at least where the rival went over its time."""
    if record is None or not record.ours:
        return None
    if record.theirs:
        return statistics.median(ratios(record))
    return None if record.over is None else record.over / record.ours[0]


def cost_difference(record: Record) -> float:
    """Return by what share the rival's cost is above globular's: medians over the rounds."""
    return statistics.median(record.their_costs) / statistics.median(record.our_costs) - 1


def cell(record: Record | None, flag: float) -> str:
    """Return a duel in a few words: ratio, its range, the rival's time, and its cost where that differs."""
    if record is None:
        return "not measured yet"
    if record.missing is not None:
        return "-" if not record.missing.startswith(("failed", "globular")) else record.missing
    if not record.theirs:
        bound = least_ratio(record)
        return f"over {record.over:.0f} s" + (f" (> {times(bound)})" if bound and bound > 1 else "")
    ratio = ratios(record)
    spread = f" ({times(ratio[0])[:-1]}-{times(ratio[-1])[:-1]})" if len(ratio) > 1 else " (1 round)"
    words = f"{times(statistics.median(ratio))}{spread}, {seconds(statistics.median(record.theirs))}"
    difference = cost_difference(record)
    if not abs(difference) <= flag:  # NaN too
        words += f", cost {100 * difference:+.1f} %"
    return words


def ours(records: Sequence[Record], case: Case) -> list[str]:
    """Return globular's time over all duels of a case, its steps, and the share of distances computed."""
    rounds = [second for record in records for second in record.ours]
    if not rounds:
        return ["-", "-", "-"]
    told = next((record for record in records if record.our_steps), None)
    cells = [seconds(statistics.median(rounds))]
    if told is None or told.n_distances is None:
        return [*cells, "-", "-"]
    steps = f"{told.our_steps:.0f}"
    share = told.n_distances / (case.source.n * case.k * told.our_steps)
    return [*cells, steps, f"{100 * share:.3g} %"]


def best(records: Records, case: str, rivals: Mapping[str, Rival], among: Sequence[str]) -> str:
    """Return the least ratio of a case among some rivals, and whose it is.

    One that went over its time counts with what its ratio is at least, and then the least one is more than
    that: "> 2.0x".
    """
    found = [(ratio, name) for name in among if (ratio := least_ratio(records.get((case, name))))]
    if not found:
        return "-"
    least, name = min(found)
    bound = "" if records[case, name].theirs else "> "
    return f"{bound}{times(least)} {rivals[name].name}"


def exact(records: Records, cases: Mapping[str, Case], rivals: Mapping[str, Rival], flag: float) -> str:
    """Return the table of a discipline that exact rivals, and the prototype, take part in."""
    names = [name for name, rival in rivals.items() if rival.kind in {"exact", "prototype"}]
    names.sort(key=lambda name: (rivals[name].kind, not name.startswith("scikit_learn"), name))
    opponents = [name for name in names if rivals[name].kind == "exact"]
    scikit_learn = [name for name in opponents if rivals[name].distribution == "scikit-learn"]
    columns = ["case", "globular", "steps", "distances", *(rivals[name].name for name in names)]
    rows: list[list[object]] = []
    for key, case in cases.items():
        mine = [record for (of, _), record in records.items() if of == key]
        row: list[object] = [case.name, *ours(mine, case)]
        row += [cell(records.get((key, name)), flag) for name in names]
        row += [best(records, key, rivals, group) for group in (scikit_learn, opponents)]
        rows.append(row)
    return table([*columns, "best of scikit-learn", "best exact rival"], rows)


def approximate(records: Records, cases: Mapping[str, Case], rivals: Mapping[str, Rival]) -> str:
    """Return the table of the times to a rival's cost."""
    rows = []
    for name, rival in rivals.items():
        if rival.kind == "approximate":
            rows += list(_approximate_rows(records, cases, name, rival))
    return table(["case", "rival", "its time", "globular to that cost", "ratio (range)"], rows)


def _approximate_rows(
    records: Records, cases: Mapping[str, Case], name: str, rival: Rival
) -> Iterator[list[object]]:
    for key, case in cases.items():
        record = records.get((key, name))
        if record is None or not record.theirs:
            yield [case.name, rival.name, "-", "-", cell(record, float("inf"))]
            continue
        words = cell(record, float("inf")).split(",")[0]
        medians = (seconds(statistics.median(values)) for values in (record.theirs, record.ours))
        yield [case.name, rival.name, *medians, words]


def readme(records: Records, cases: Mapping[str, Case], rivals: Mapping[str, Rival]) -> str:
    """Return the short table of the README: globular, scikit-learn, the best other rival, the prototype."""
    rows: list[list[object]] = []
    others = [name for name, rival in rivals.items() if rival.kind == "exact" and name != "scikit_learn"]
    for key, case in cases.items():
        theirs, plain = (records.get((key, name)) for name in ("scikit_learn", "plain_lloyd"))
        if theirs is None:
            continue
        rows.append(
            [
                case.name,
                ours([theirs], case)[0],
                cell(theirs, SAME),
                best(records, key, rivals, others),
                "-" if plain is None else cell(plain, SAME),
            ]
        )
    return table(["case", "globular", "scikit-learn", "best other exact rival", "plain prototype"], rows)
