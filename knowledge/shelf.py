"""The library in memory: an immutable snapshot that ranks sections for a question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.facts import Section
from knowledge.lexical import Bag, Floats, Lexicon
from knowledge.store import PageRow, Vector
from knowledge.windows import windows
from knowledge.words import asked, mend

# Shares of the four views of a question in the rank: no uneven ones did better on fifteen books.
SECTION_WORDS, PAGE_WORDS, SECTION_SENSE, PAGE_SENSE = 0.25, 0.25, 0.25, 0.25
# An older edition of the same page stands behind the newest unless the question names it.
OLDER_EDITION = 0.04
NAMED_EDITION = 0.3
# With fewer vectors than this share a search by sense would hide what is not embedded yet.
ENOUGH_VECTORS = 0.8
_OFF_TOPIC = Path(__file__).with_name("offtopic.txt").read_text("utf-8").splitlines()
# Sections that are looked at closely.
CLOSELY = 3
# A question stands apart from a book's common ground when its best section beats so many others.
NEIGHBOURS = 20
_VERSION = re.compile(r"\b(?:version|v)\s?(\d+(?:\.\d+)*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Ranked:
    """The order of sections for one question, with what the judge looks at."""

    order: NDArray[np.int64]
    scores: Floats
    features: dict[str, float]

    def read(self, answers: Sequence[float]) -> "Ranked":
        """Add how likely it is that one of the windows answers, 0 to 1, as log odds."""
        best = min(max(max(answers), 1e-4), 1 - 1e-4)
        return replace(self, features=self.features | {"read": float(np.log(best / (1 - best)))})


class Shelf:
    """Sections with their words and vectors; build a new one after a refresh."""

    def __init__(
        self,
        sections: Sequence[Section],
        pages: Mapping[str, PageRow],
        vectors: Mapping[str, Vector],
        bags: Mapping[str, Bag],
    ) -> None:
        self.sections = list(sections)
        self.pages = dict(pages)
        self.by_id = {section.id: number for number, section in enumerate(self.sections)}
        kept = [bags[section.digest] for section in self.sections]
        self._bags = [bag.weights for bag in kept]
        self.words = Lexicon(self._bags, [bag.length for bag in kept])
        urls = list(dict.fromkeys(section.page for section in self.sections))
        numbers = {url: number for number, url in enumerate(urls)}
        self._page_of = np.array([numbers[section.page] for section in self.sections], np.int64)
        self._page_words = _page_lexicon(kept, self._page_of, len(urls))
        self._waiting = sum(section.digest not in vectors for section in self.sections)
        self._vectors, self._page_vectors = self._stack(vectors, len(urls))
        self._editions = [pages[url].variant if url in pages else "" for url in urls]
        self._key_of = {
            url: _without(url, edition) for url, edition in zip(urls, self._editions, strict=True)
        }
        self._is_older = _older([self._key_of[url] for url in urls], self._editions)

    @property
    def is_semantic(self) -> bool:
        """Whether the sections have vectors; a few that still wait for theirs are found by words."""
        return self._vectors is not None

    @property
    def is_complete(self) -> bool:
        """Whether every section has its vector."""
        return not self._waiting

    def without_edition(self, page: str) -> str:
        """Return what all editions of a page have in common."""
        return self._key_of[page]

    def rank(self, question: str, vector: Vector | None, limit: int = 50) -> Ranked:
        """Order the sections for a question; without a vector by words alone."""
        raw = asked(question)
        query = [term if term in self.words.term_ids else self._mended(term) for term in raw]
        words, page_words = self.words.score(query), self._page_words.score(query)
        scores = SECTION_WORDS * _share(words) + PAGE_WORDS * _share(page_words)[self._page_of]
        sensed = None
        if vector is not None and self._vectors is not None and self._page_vectors is not None:
            sense, page_sense = self._vectors @ vector, self._page_vectors @ vector
            scores += SECTION_SENSE * _lift(sense) + PAGE_SENSE * _lift(page_sense)[self._page_of]
            sensed = sense
        scores = self._favour_edition(question, scores)
        order = np.argsort(-scores, kind="stable")[:limit]
        return Ranked(order, scores, self._measure(raw, query, words, order, sensed))

    def windows(self, question: str, ranked: Ranked) -> list[tuple[Section, str]]:
        """Return what to read of the best sections; what shares most words with the question comes first."""
        best = [self.sections[number] for number in ranked.order[:CLOSELY]]
        return windows(best, {term: self.words.idf(term) for term in asked(question)})

    def _measure(
        self,
        raw: list[str],
        query: list[str],
        words: Floats,
        order: NDArray[np.int64],
        sense: Floats | None,
    ) -> dict[str, float]:
        """Measure how well the best sections fit; `sense` is the likeness of every section."""
        told = {term: self.words.idf(term) for term in query}
        total = sum(told.values()) or 1.0
        asked_for = [self.words.idf(term) for term in raw]
        unknown = sum(
            idf for term, idf in zip(raw, asked_for, strict=True) if term not in self.words.term_ids
        )
        mean, spread = self._background
        best = [self._bags[number] for number in order[:CLOSELY]]
        measured = {
            "words": (_fit(words, total) - mean) / spread,
            "unknown": unknown / (sum(asked_for) or 1.0),
            "covered": max((sum(told[t] for t in told if t in bag) / total for bag in best), default=0.0),
            "length": float(np.log(len(query) + 1)),
        }
        if sense is not None:
            high = np.sort(sense)[-NEIGHBOURS - 1 :]
            measured |= {"like": float(high[-1]), "apart": float(high[-1] - high[0])}
        return measured

    @cached_property
    def _background(self) -> tuple[float, float]:
        """How well this book fits questions that no guide answers: the zero of the scale."""
        fits = []
        for question in _OFF_TOPIC:
            query = asked(question)
            fits.append(_fit(self.words.score(query), sum(self.words.idf(t) for t in query) or 1.0))
        return float(np.mean(fits)), float(np.std(fits)) + 1e-3

    def _favour_edition(self, question: str, scores: Floats) -> Floats:
        named = {number.lstrip("v") for number in _VERSION.findall(question)}
        pages = np.where(self._is_older, -OLDER_EDITION, 0.0)
        if named:
            fits = [edition.lstrip("v") in named if edition else False for edition in self._editions]
            if any(fits):
                pages = np.where(fits, NAMED_EDITION, 0.0)
        return np.asarray(scores + pages[self._page_of], np.float32)

    def _mended(self, term: str) -> str:
        return _mend_once(term, self._vocabulary)

    @cached_property
    def _vocabulary(self) -> tuple[str, ...]:
        """Terms that a typo may have meant: those that occur more than once, commonest first."""
        counts = np.diff(self.words.starts)
        usual = [(int(counts[number]), term) for term, number in self.words.term_ids.items() if len(term) > 3]
        return tuple(term for _, term in sorted(usual, reverse=True))

    def _stack(self, vectors: Mapping[str, Vector], pages: int) -> tuple[Floats | None, Floats | None]:
        found = [vectors.get(section.digest) for section in self.sections]
        held = next((vector for vector in found if vector is not None), None)
        if held is None or sum(vector is not None for vector in found) < ENOUGH_VECTORS * len(found):
            return None, None
        empty = np.zeros_like(held)
        stacked = np.stack([empty if vector is None else vector for vector in found]).astype(np.float32)
        sums = np.zeros((pages, stacked.shape[1]), np.float32)
        np.add.at(sums, self._page_of, stacked)
        return stacked, sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)


@lru_cache(maxsize=4096)
def _mend_once(term: str, vocabulary: tuple[str, ...]) -> str:
    return mend(term, vocabulary)


def _page_lexicon(bags: Sequence[Bag], page_of: NDArray[np.int64], pages: int) -> Lexicon:
    merged: list[dict[str, float]] = [{} for _ in range(pages)]
    lengths = [0.0] * pages
    for bag, page in zip(bags, page_of, strict=True):
        lengths[page] += bag.length
        whole = merged[page]
        for term, weight in bag.weights.items():
            whole[term] = whole.get(term, 0.0) + weight
    return Lexicon(merged, lengths)


def _older(keys: Sequence[str], editions: Sequence[str]) -> NDArray[np.bool_]:
    """Mark pages of which a newer edition exists."""
    newest: dict[str, tuple[int, ...]] = {}
    for key, edition in zip(keys, editions, strict=True):
        newest[key] = max(newest.get(key, ()), _number(edition))
    return np.array(
        [_number(edition) < newest[key] for key, edition in zip(keys, editions, strict=True)], np.bool_
    )


def _without(url: str, edition: str) -> str:
    return url.replace(f"/{edition}/", "/", 1).removeprefix(f"{edition}/") if edition else url


def _number(edition: str) -> tuple[int, ...]:
    """Read a version so that they can be compared; pages of no version are the current ones."""
    return tuple(int(digits) for digits in re.findall(r"\d+", edition)) if edition else (1_000_000,)


def _share(scores: Floats) -> Floats:
    top = float(scores.max()) if len(scores) else 0.0
    return scores / top if top > 0 else scores


def _lift(scores: Floats) -> Floats:
    mean = float(scores.mean())
    return np.clip((scores - mean) / (float(scores.max()) - mean + 1e-9), 0, 1)


def _fit(words: Floats, total: float) -> float:
    """Return the best section's share of what a section that says everything would score."""
    return float(words.max()) / (total * 2.2) if len(words) else 0.0
