"""Run the cases against the rivals and print ratios.

    python -m benchmarks [--quick] [--write] [--only CASE,CASE] [--rivals RIVAL,RIVAL] ...

Every case of cases/, every rival of rivals/ and every discipline (duel.py) is one duel against globular, in
processes of their own, both bound to the same few CPUs. What was measured at this commit is kept (cache.py):
a run that was ended, or whose ``--minutes`` are over, goes on where it stopped. Rivals that are not installed
and data that cannot be had are said so in one line and left out. ``--write`` renews the tables of results/,
and the one in README. After a change that can touch few cases, measure these by ``--only``, and then
``--write --before COMMIT`` takes the others from the run of that commit, and says so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import catalogue, duel, environment, prepare, report
from benchmarks.cache import KEPT, Cache
from benchmarks.case import Case
from benchmarks.duel import Duel, Limits, OursFailed, Record
from benchmarks.player import Player
from benchmarks.rival import Rival

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->"
QUICK = Limits(rounds=3, cap=10.0, budget=1.5)

ABOUT = {
    "steps": f"{duel.STEPS} steps from the same first centers, no tolerance",
    "convergence": "from the same first centers until no center moves, at most 300 steps (100 for k ≥ 1,000)",
    "whole": "whole fits, first centers and stopping by each library's defaults; a cost beside a time says "
    "how far the rival's is above (+) or below (-) globular's",
    "target": f"seconds until {duel.NEAR} times the rival's final cost is reached, globular from k-means++, "
    "beyond 32 features from random rows, again until it is reached; the rival's time is that of its "
    "centers, without labels",
}
RATIOS = (
    "Ratios are medians over rounds in which both fit in turn, with their range: 2x means that globular "
    "takes half the time. `-`: not for that rival. "
)
DISTANCES = (
    "*Distances* are those that globular computed, as a share of points x centers x steps. A cost that "
    "differs by more than a thousandth is said. "
)


def options(words: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line, or `words`, asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the short cases, 20 steps, three rounds")
    parser.add_argument("--write", action="store_true", help="renew results/*.md and the table in README")
    parser.add_argument("--only", default="", help="cases, by their files' names, with commas between")
    parser.add_argument("--rivals", default="", help="rivals, likewise")
    parser.add_argument("--disciplines", default="", help=f"some of {','.join(duel.DISCIPLINES)}")
    parser.add_argument("--rounds", type=int, help="rounds of a duel at most")
    parser.add_argument("--cap", type=float, help="seconds that one fit of a rival may take")
    parser.add_argument("--budget", type=float, help="seconds in which new rounds of a duel may begin")
    parser.add_argument("--minutes", type=float, default=55.0, help="after which no new duel begins")
    parser.add_argument("--threads", type=int, default=2, help="of every library")
    parser.add_argument("--level", help="globular's instruction level; results/*-LEVEL.md are renewed")
    parser.add_argument(
        "--machine", help="a name of this machine, beside another's: results/*-NAME.md are renewed"
    )
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of what was measured")
    parser.add_argument("--before", help="commit of a run whose records stand where this one has none")
    asked = parser.parse_args(words)
    beside = asked.level or asked.machine
    if asked.write and (asked.quick or asked.only or (asked.rivals and not beside)):
        parser.error("--write renews whole tables: leave out --quick, --only and, in the main ones, --rivals")
    return asked


def chosen(what: str, names: str, known: dict[str, Any]) -> dict[str, Any]:
    """Return those that are named, or all. Exits where a name is not known."""
    wanted = [name for name in names.split(",") if name]
    for name in wanted:
        if name not in known:
            sys.exit(f"there is no {what} {name!r}; there are {', '.join(known)}")
    return {name: known[name] for name in known if name in wanted or not wanted}


def players(rivals: dict[str, Rival]) -> Iterator[tuple[str, Path, str | None]]:
    """Yield the rivals that are installed, with their interpreters and versions. Prints what is left out."""
    for name, rival in rivals.items():
        if name == catalogue.OURS:
            continue
        python = environment.python_for(rival.distribution)
        if python is None:
            print(f"{rival.name} is left out: {rival.distribution} is not installed (`make bench` tries to)")
        else:
            yield name, python, environment.version_in(python, rival.distribution)


def prepared(name: str, case: Case) -> bool:
    """Make the points of a case, in the environment that can decode pictures. Prints why not."""
    if prepare.points_file(case.source).exists() and prepare.start_file(case).exists():
        return True
    python = environment.RIVALS_PYTHON if environment.RIVALS_PYTHON.exists() else Path(sys.executable)
    command = [str(python), "-m", "benchmarks.prepare", name]
    run = subprocess.run(command, cwd=environment.ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        print(f"{case.name} is left out: {(run.stderr.strip() or 'no reason given').splitlines()[-1]}")
    return run.returncode == 0


class Bench:
    """One run: what is asked for, what is kept, and the clock."""

    def __init__(self, asked: argparse.Namespace) -> None:
        defaults = QUICK if asked.quick else Limits()
        given = {name: getattr(asked, name) for name in ("rounds", "cap", "budget")}
        self.limits = replace(defaults, **{name: value for name, value in given.items() if value is not None})
        self.asked = asked
        self.until = time.monotonic() + 60 * asked.minutes
        self.cases = chosen("case", asked.only, catalogue.cases())
        if asked.quick:
            self.cases = {name: case for name, case in self.cases.items() if case.quick}
        self.rivals = chosen("rival", asked.rivals, catalogue.rivals())
        known = dict.fromkeys(duel.DISCIPLINES)
        self.disciplines = list(chosen("discipline", asked.disciplines, known))
        if asked.quick and not asked.disciplines:
            self.disciplines = ["steps"]
        self.players = list(players(self.rivals))
        versions = ", ".join(
            f"{self.rivals[name].distribution} {version}"
            for name, _, version in self.players
            if version and self.rivals[name].distribution != "scikit-learn"
        )
        machine = environment.machine(asked.threads, asked.level)
        self.about = machine + (f"; {versions}" if versions else "")
        rounds = f"{machine}; {self.limits.rounds} rounds, {self.limits.budget} s"
        self.cache = Cache(rounds, asked.kept, asked.before)
        self.records: dict[str, dict[tuple[str, str], Record]] = {name: {} for name in duel.DISCIPLINES}
        self.left = 0

    def run(self) -> None:
        """Fight every duel that is not kept, while there is time."""
        for name, case in self.cases.items():
            if self._kept(name, case) or self._over() or not prepared(name, case):
                continue
            try:
                self._case(name, case)
            except OursFailed as failed:
                print(f"{case.name} is broken off: {failed}")
        if self.left:
            print(f"{self.left} duels are left: run it again to go on")

    def _over(self) -> bool:
        return time.monotonic() > self.until

    def _get(self, discipline: str, name: str, case: Case, rival: str, version: str | None) -> Record | None:
        why_not = duel.missing(discipline, case, self.rivals[rival])
        if why_not is not None:
            return Record(missing=why_not)
        return self.cache.get(discipline, name, rival, version, self.limits.cap)

    def _kept(self, name: str, case: Case) -> bool:
        """Take what is kept of a case, and tell whether that is all."""
        before = self.left
        for discipline in self.disciplines:
            for rival, _, version in self.players:
                record = self._get(discipline, name, case, rival, version)
                if record is None:
                    self.left += 1
                else:
                    self.records[discipline][name, rival] = record
        return self.left == before

    def _case(self, name: str, case: Case) -> None:
        points, _ = prepare.load(case)
        player = partial(Player, case=name, n_threads=self.asked.threads, level=self.asked.level)
        with player(environment.python_for("globular"), catalogue.OURS) as ours:
            duels = [Duel(discipline, case, points, ours, self.limits) for discipline in self.disciplines]
            for rival, python, version in self.players:
                with player(python, rival) as theirs:
                    for fought in duels:
                        self._duel(fought, name, rival, version, theirs)

    def _duel(self, fought: Duel, name: str, rival: str, version: str | None, theirs: Player) -> None:
        """Fight one duel unless it is kept or the time is over, and keep and print it."""
        discipline = fought.discipline
        if (name, rival) in self.records[discipline] or self._over():
            return
        record = self._implied(discipline, name, rival) or fought.against(self.rivals[rival], theirs)
        if not (record.missing or "").startswith("failed"):  # the next run tries again
            self.cache.put(discipline, name, rival, version, record)
        self.records[discipline][name, rival] = record
        self.left -= 1
        words = report.cell(record, float("inf") if discipline == "target" else report.SAME)
        print(f"{fought.case.name}, {discipline}, {self.rivals[rival].name}: {words}", flush=True)

    def _implied(self, discipline: str, name: str, rival: str) -> Record | None:
        """Return what follows without a fit: who is over with 20 steps is over with more."""
        before = self.records["steps"].get((name, rival))
        if discipline != "convergence" or before is None or before.over is None:
            return None
        return Record(over=before.over)

    def tables(self) -> dict[str, str]:
        """Return the tables by their names, each with what it shows and how it was measured."""
        out = {}
        for discipline in self.disciplines:
            records = self.records[discipline]
            if discipline == "target":
                body = report.approximate(records, self.cases, self.rivals)
            else:
                flag = report.SAME
                body = report.exact(records, self.cases, self.rivals, flag)
            out[discipline] = f"{self._head(discipline)}\n\n{body}\n{self._settings(discipline)}"
        return out

    def _head(self, discipline: str) -> str:
        explained = RATIOS if discipline == "target" else RATIOS + DISTANCES
        before = self.asked.before
        anew = f" What was not measured anew stands as it was at {before}, or before it." if before else ""
        return (
            f"`make bench`: {ABOUT[discipline]}. {explained}At most {self.limits.rounds} rounds; a fit of a "
            f"rival may take {self.limits.cap:.0f} s. {self.about}.{anew}"
        )

    def _settings(self, discipline: str) -> str:
        wanted = {"target": {"approximate", "globular"}}.get(discipline, {"exact", "prototype", "globular"})
        shown = [rival for rival in self.rivals.values() if rival.kind in wanted]
        return "".join(f"* {rival.name}: {rival.settings}.\n" for rival in shown)

    def readme(self) -> str:
        """Return the table of the README."""
        names = [name for name in duel.DISCIPLINES if (RESULTS / f"{name}.md").exists()]
        links = ", ".join(f"[{name}](benchmarks/results/{name}.md)" for name in names)
        return (
            f"`make bench`: {ABOUT['steps']}; seconds are the rival's. {self.about}.\n\n"
            f"{report.readme(self.records['steps'], self.cases, self.rivals)}\n"
            f"All rivals and their settings, by discipline: {links}.\n"
        )


def main(words: Sequence[str] | None = None) -> None:
    asked = options(words)
    bench = Bench(asked)
    print(bench.about)
    bench.run()
    tables = bench.tables()
    print("\n" + "\n".join(tables.values()))
    if not asked.write:
        return
    RESULTS.mkdir(exist_ok=True)
    suffix = "".join(f"-{word}" for word in (asked.machine, asked.level) if word)
    for name, text in tables.items():
        (RESULTS / f"{name}{suffix}.md").write_text(text)
    if not suffix and "steps" in tables:
        before, _, rest = README.read_text().partition(BEGIN)
        README.write_text(before + BEGIN + bench.readme() + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
