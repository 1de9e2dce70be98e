"""What `make mutants` breaks is still there to be broken, and the law that must notice too."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.file}:{mutation.old}"[:80])
def test_a_mutation_finds_its_text_and_its_law(mutation):
    assert mutation.old in (ROOT / mutation.file).read_text()
    assert mutation.old != mutation.new
    file, _, test = mutation.test.partition("::")
    assert f"def {test.partition('[')[0]}(" in (ROOT / "tests" / file).read_text()
