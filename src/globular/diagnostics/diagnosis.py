"""What a diagnosis says: findings, each a sentence with its numbers and a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Finding:
    """One question asked of a clustering, and what came out."""

    name: str  # 'scales', 'structure', 'curved', 'stretched', 'number', 'starts', 'rows'
    fine: bool
    text: str  # a sentence with the numbers
    remedy: str  # what to do; empty if fine
    numbers: Mapping[str, float]  # by name, as far as they were measured

    def __str__(self) -> str:
        return f"{'fine' if self.fine else 'look'}  {self.text}" + (
            f"\n      {self.remedy}" if self.remedy else ""
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found, the gravest first."""

    findings: tuple[Finding, ...]
    n_rows: int  # rows of X
    n_looked_at: int  # of them looked at

    @property
    def fine(self) -> bool:
        """Whether nothing speaks against k-means."""
        return all(finding.fine for finding in self.findings)

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the findings that speak against it."""
        return tuple(finding.name for finding in self.findings if not finding.fine)

    def __str__(self) -> str:
        sample = "" if self.n_looked_at == self.n_rows else f" (a sample of {self.n_looked_at:,} rows)"
        head = (
            f"Nothing speaks against k-means here{sample}."
            if self.fine
            else f"k-means may be the wrong model here{sample}."
        )
        return "\n".join([head, *map(str, self.findings)])


def as_facts(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON takes it: what is infinite is null."""
    numbers = {name: value if np.isfinite(value) else None for name, value in finding.numbers.items()}
    return {
        "name": finding.name,
        "fine": finding.fine,
        "text": finding.text,
        "remedy": finding.remedy,
        "numbers": numbers,
    }
