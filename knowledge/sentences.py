"""A section's text in bits that can be read alone: sentences, list items, table rows, code blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.cleaner import split_code

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"'(]?[A-Z0-9`*\[])")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_STEP = re.compile(r"^\*\*Step \d+\*\*$")
_ROW_RULE = re.compile(r"^\|[\s:|-]+\|$")


@dataclass(frozen=True)
class Bit:
    """One bit, still with its inline markup; a code block with its fences."""

    text: str
    kind: Literal["sentence", "item", "code"]


def bits(text: str) -> Iterator[Bit]:
    """Give the bits of a section in order; list items, steps and table rows stay whole."""
    for is_code, block in split_code(text):
        if is_code:
            yield Bit(block, "code")
            continue
        for paragraph in re.split(r"\n\s*\n", block):
            yield from _of_paragraph(paragraph)


def _of_paragraph(paragraph: str) -> Iterator[Bit]:
    flowing: list[str] = []
    for line in paragraph.splitlines():
        if not line.strip() or _ROW_RULE.match(line.strip()):
            continue
        if _ITEM.match(line) or line.lstrip().startswith("|"):
            yield from _sentences(flowing)
            flowing = []
            cells = _ITEM.sub("", line).strip().strip("|")
            yield Bit(cells.replace(" | ", ": ", 1).replace(" | ", ", "), "item")
        elif not _STEP.match(line.strip()):
            flowing.append(line.strip())
    yield from _sentences(flowing)


def _sentences(lines: list[str]) -> Iterator[Bit]:
    for sentence in _SENTENCE.split(" ".join(lines)):
        yield Bit(sentence, "sentence")
