"""What the words of WordNet 3.0 mean, as sparse TF-IDF, from Debian's wordnet-base; float64.

A document is a gloss, the definition of a sense: "a general concept formed by extracting common features".
Terms are as scikit-learn's TfidfVectorizer finds them, without English stop words and words of one gloss.
"""

from __future__ import annotations

from typing import Any

from benchmarks.case import Source
from benchmarks.sources.packages import debian


def make() -> Any:
    """Read the glosses and weigh their terms."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    glosses = []
    with debian("wordnet-base") as root:
        for part in ("noun", "verb", "adj", "adv"):
            for line in (root / f"usr/share/wordnet/data.{part}").read_text("latin-1").splitlines():
                if not line.startswith("  "):  # the licence
                    glosses.append(line.partition(" | ")[2])
    return TfidfVectorizer(stop_words="english", min_df=2).fit_transform(glosses).tocsr()


SOURCE = Source("glosses", 117_659, 34_113, "float64", make, sparse=True)
