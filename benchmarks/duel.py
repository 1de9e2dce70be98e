"""One rival against globular on one case, in turn, until there are enough rounds or the time is up.

A ratio is taken within a round, in which each fits once: a machine whose speed drifts then favours nobody.
Who goes first changes from round to round. There are four disciplines:

* ``steps``: 20 steps from the case's first centers, no tolerance;
* ``convergence``: from the same centers until no center moves, 300 steps at most (100 for k ≥ 1000);
* ``whole``: as a user calls it, with each library's own first centers, stopping and defaults;
* ``target``: an approximate rival fits from its own first centers; globular starts by k-means++, or with
  many features from random rows, again and again, until its cost is within a thousandth of what the rival
  reached.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks import judge
from benchmarks.case import Case
from benchmarks.player import Failed, Over, Player, Run
from benchmarks.rival import Rival

STEPS = 20
DISCIPLINES = ("steps", "convergence", "whole", "target")
NEAR = 1.001  # of the rival's cost, which globular must reach
REST = 0.05  # seconds in which the threads of the one before stop waiting for more work at full speed
BRIEF = 0.05  # seconds that a measured call lasts at least: shorter fits are repeated
WARM = 2.0  # seconds of a round beyond which the first one counts
MOST_REPEATS = 200


@dataclass(frozen=True)
class Limits:
    """Rounds at most, seconds of a fit, and seconds in which new rounds of a duel may begin."""

    rounds: int = 7
    cap: float = 60.0
    budget: float = 6.0


@dataclass
class Record:
    """What a duel gave: seconds a fit in each round, costs, steps, and why there is no more of them."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    our_costs: list[float] = field(default_factory=list)
    their_costs: list[float] = field(default_factory=list)
    our_steps: float | None = None
    their_steps: float | None = None
    n_distances: int | None = None
    over: float | None = None  # the seconds that the rival was given, and did not keep to
    missing: str | None = None  # why there is no measurement


class OursFailed(Exception):
    """globular itself failed, or took ten times as long as a rival may. Says how."""


def missing(discipline: str, case: Case, rival: Rival) -> str | None:
    """Return why a rival has no part in a discipline, or None."""
    if (discipline == "target") != (rival.kind == "approximate"):
        return "not for it"
    if discipline == "whole" and not rival.seeds:
        return "has no first centers of its own"
    return rival.refuses(case)


@dataclass
class Duel:
    """Duels of one discipline over one case, all against the same process of globular.

    What one duel learned of globular's own first fit the next one need not ask again: how many steps it
    makes, and how long it takes where the rival goes over its time.
    """

    discipline: str
    case: Case
    points: Any
    ours: Player
    limits: Limits
    first: Run | None = None  # globular's
    _target: float = math.inf

    def against(self, rival: Rival, theirs: Player) -> Record:
        """Measure globular and a rival in turn."""
        record = Record()
        try:
            self._fight(record, rival, theirs)
        except Over:
            if not record.theirs:
                record.over = self.limits.cap
                record.ours = [] if self.discipline == "target" else [self._first().seconds]
        except Failed as failed:
            record.missing = f"failed: {failed}"
        return record

    def _fight(self, record: Record, rival: Rival, theirs: Player) -> None:
        their_run, our_run = self._their_turn(rival, theirs, 0, 1), self._our_turn(0, 1)
        if self.first is None and self.discipline != "target":
            self.first = our_run
        record.our_steps, record.their_steps = our_run.n_iter, their_run.n_iter
        record.n_distances = our_run.n_distances
        self._judge(record, our_run, their_run)
        if record.missing is not None:
            return
        both = our_run.seconds + their_run.seconds
        if both >= WARM:
            record.ours, record.theirs = [our_run.seconds], [their_run.seconds]
        shortest = min(our_run.seconds, their_run.seconds)
        repeat = 1 if self.discipline == "target" else min(MOST_REPEATS, math.ceil(BRIEF / shortest))
        until = time.monotonic() + self.limits.budget  # processes have been started, libraries loaded
        for turn in range(1, self.limits.rounds + 1):
            if len(record.ours) == self.limits.rounds:
                break
            if record.ours and time.monotonic() + both * repeat > until:
                break
            if turn % 2 == 0 or self.discipline == "target":  # there the rival says what is to be reached
                their_run = self._their_turn(rival, theirs, turn * repeat, repeat)
                our_run = self._our_turn(turn * repeat, repeat)
            else:
                our_run = self._our_turn(turn * repeat, repeat)
                their_run = self._their_turn(rival, theirs, turn * repeat, repeat)
            record.ours.append(our_run.seconds)
            record.theirs.append(their_run.seconds)
            if self.discipline in {"whole", "target"}:  # each seed ends elsewhere
                self._judge(record, our_run, their_run)
            if record.missing is not None:
                break

    def _judge(self, record: Record, our_run: Run, their_run: Run) -> None:
        record.our_costs.append(judge.cost(self.points, our_run.centers))
        record.their_costs.append(judge.cost(self.points, their_run.centers))
        if self.discipline == "target" and record.our_costs[-1] > self._target:
            record.missing = f"globular did not reach its cost in {self.limits.cap:.0f} s"

    def _first(self) -> Run:
        if self.first is None:
            self.first = self._our_turn(0, 1)
        return self.first

    def _our_turn(self, seed: int, repeat: int) -> Run:
        task: dict[str, Any] = {
            "steps": {"max_iter": STEPS},
            "convergence": {"max_iter": self.case.most_steps},
            "whole": {"start": False, "seed": seed},
            "target": {"start": False, "seed": seed, "target": self._target, "seconds": self.limits.cap},
        }[self.discipline]
        time.sleep(REST)
        try:
            return self.ours.fit(10 * self.limits.cap, repeat, **task)
        except (Over, Failed) as error:
            raise OursFailed(f"globular on {self.case.name}, {self.discipline}: {error}") from error

    def _their_turn(self, rival: Rival, player: Player, seed: int, repeat: int) -> Run:
        task: dict[str, Any] = {"start": False, "seed": seed}
        if self.discipline in {"steps", "convergence"}:
            most = STEPS if self.discipline == "steps" else self.case.most_steps
            task = {"max_iter": most if rival.stops else int(self._first().n_iter or most)}
        time.sleep(REST)
        run = player.fit(self.limits.cap, repeat, **task)
        if self.discipline == "target":
            self._target = NEAR * judge.cost(self.points, run.centers)
        return run
