"""Sections in windows of about so many words, under their headings: what a reader sees of them."""

import re
from collections.abc import Iterator, Mapping, Sequence

from knowledge.facts import Section
from knowledge.sentences import bits
from knowledge.words import terms

WORDS = 55
MOST = 4
BIT_LETTERS = 200
CODE_LETTERS = 300
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`~]+")


def windows(sections: Sequence[Section], worth: Mapping[str, float]) -> list[tuple[Section, str]]:
    """Return the windows that share most with a question, whose terms are worth so much each."""
    found: list[tuple[float, Section, str]] = []
    for section in sections:
        heading = ". ".join(dict.fromkeys((section.title, *section.path)))
        for text in _cut(section.text):
            shared = sum(worth.get(term, 0.0) for term in set(terms(text)))
            found.append((shared, section, f"{heading}. {text}"))
    found.sort(key=lambda one: -one[0])
    return [(section, text) for _, section, text in found[:MOST]]


def _cut(text: str) -> Iterator[str]:
    window: list[str] = []
    words = 0
    for bit in bits(text):
        if words >= WORDS:
            yield " ".join(window)
            window, words = [], 0
        shown = bit.text[:CODE_LETTERS] if bit.kind == "code" else _bare(bit.text)
        window.append(shown)
        words += len(shown.split())
    yield " ".join(window)


def _bare(text: str) -> str:
    return _MARKUP.sub(r"\1", text).strip()[:BIT_LETTERS]
