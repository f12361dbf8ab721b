"""BM25 over weighted fields, in arrays: one build a refresh, a few milliseconds a question."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.facts import Section
from knowledge.words import terms

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

K1 = 1.2
B_LENGTH = 0.6
TITLE_WEIGHT = 2.0
HEADING_WEIGHT = 2.0


class Bag:
    """The weighted terms of one section, kept while its digest stays."""

    __slots__ = ("length", "weights")

    def __init__(self, section: Section) -> None:
        counts: Counter[str] = Counter(terms(section.text))
        self.length = float(sum(counts.values()))
        weights = {term: float(count) for term, count in counts.items()}
        for text, weight in ((section.title, TITLE_WEIGHT), (" ".join(section.path), HEADING_WEIGHT)):
            for term in set(terms(text)):
                weights[term] = weights.get(term, 0.0) + weight
        self.weights = weights


class Lexicon:
    """An inverted file over sections (or whole pages), immutable once built."""

    def __init__(self, bags: Sequence[dict[str, float]], lengths: Sequence[float]) -> None:
        self.size = len(bags)
        self.term_ids: dict[str, int] = {}
        counts = np.fromiter((len(bag) for bag in bags), np.int64, self.size)
        ids = np.fromiter(
            (self.term_ids.setdefault(term, len(self.term_ids)) for bag in bags for term in bag),
            np.int32,
            int(counts.sum()),
        )
        weights = np.fromiter((weight for bag in bags for weight in bag.values()), np.float32, len(ids))
        rows = np.repeat(np.arange(self.size, dtype=np.int32), counts)
        order = np.argsort(ids, kind="stable")
        self.rows: Ints = rows[order]
        self.starts = np.searchsorted(ids[order], np.arange(len(self.term_ids) + 1))
        long = np.asarray(lengths, np.float32)
        norm = K1 * (1 - B_LENGTH + B_LENGTH * long / max(float(long.mean()) if self.size else 1.0, 1.0))
        tf = weights[order]
        self.gains: Floats = np.asarray(tf * (K1 + 1) / (tf + norm[self.rows]), np.float32)

    def document_frequency(self, term: str) -> int:
        """Return in how many documents a term occurs."""
        number = self.term_ids.get(term)
        return 0 if number is None else int(self.starts[number + 1] - self.starts[number])

    def idf(self, term: str) -> float:
        """Return how much a term tells; an unknown one tells most."""
        df = self.document_frequency(term)
        return float(np.log(1 + (self.size - df + 0.5) / (df + 0.5)))

    def postings(self, term: str) -> tuple[Ints, Floats]:
        """Return the documents that hold a term and its gain in each."""
        number = self.term_ids.get(term)
        if number is None:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        span = slice(self.starts[number], self.starts[number + 1])
        return self.rows[span], self.gains[span]

    def score(self, query: Sequence[str]) -> Floats:
        """Return the BM25 score of every document."""
        scores = np.zeros(self.size, np.float32)
        for term in query:
            rows, gains = self.postings(term)
            scores[rows] += gains * self.idf(term)
        return scores
