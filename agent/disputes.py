"""Pages that say the same of the same thing, with other figures."""

import re
from collections.abc import Sequence

from agent.facts import Disagreement, Statement
from agent.pieces import Piece, pieces
from knowledge.facts import Passage
from knowledge.words import stem, terms

MOST = 2
# Of two sentences on one subject most words are the same; fewer words than these name no subject.
SAME_SUBJECT = 0.6
LEAST_WORDS = 3
# A figure and what it counts: 10 MB, 3 days, 20 %.
_MEASURE = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)*)\s?([^\W\d_]+|%)")


def disagreements(statements: Sequence[Statement], passages: Sequence[Passage]) -> tuple[Disagreement, ...]:
    """Find pages of one edition that say a sentence of the answer with another figure of the same unit."""
    found: list[Disagreement] = []
    for statement in statements:
        said = Piece(statement.text, 0, "sentence", 0).said
        if statement.is_code or not statement.sources or not _MEASURE.search(said):
            continue
        own = passages[statement.sources[0] - 1]
        for number, passage in enumerate(passages, 1):
            if passage.section.page == own.section.page or passage.variant != own.variant:
                continue
            others = (one.said for one in pieces(passage, number) if one.kind in {"sentence", "item"})
            if other := next((text for text in others if _contradict(said, text)), ""):
                mine = Statement(said, statement.sources)
                found.append(Disagreement(mine, Statement(other, (number,))))
    return tuple(found[:MOST])


def _contradict(first: str, second: str) -> bool:
    mine, theirs = _measures(first), _measures(second)
    differ = any(not mine[unit] & theirs[unit] for unit in mine.keys() & theirs.keys())
    return differ and _alike(_subject(first), _subject(second))


def _measures(text: str) -> dict[str, set[str]]:
    """Return the figures of a text by what they count."""
    found: dict[str, set[str]] = {}
    for figure, unit in _MEASURE.findall(text):
        found.setdefault(stem(unit.lower()), set()).add(figure)
    return found


def _subject(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(text) if not term[0].isdigit())


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    shared = len(first & second)
    return shared >= LEAST_WORDS and shared >= SAME_SUBJECT * len(first | second)
