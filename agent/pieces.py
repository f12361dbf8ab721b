"""A passage in pieces as a reader sees them, with what each needs to be understood."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from agent.plain import plain, unseen
from knowledge.facts import Passage
from knowledge.sentences import Bit, Kind, bits
from knowledge.words import terms

MOST_CODE_LINES = 12
LONGEST = 600
# A mark that was left over, not words.
SHORTEST = 3
# A paragraph that is a link leads nowhere once the link is gone.
_LINK = re.compile(r"^(?:See: |File: )?\[[^\]]*\]\([^)]*\)\.?$")
_WORD = re.compile(r"\w")
_ANNOUNCES = re.compile(r"\b(?:following|below|these|as follows)\b", re.IGNORECASE)
_MARK = re.compile(r"^(?:[•◦]|\d+\.) ")
LIST = frozenset[Kind]({"item", "step", "row"})
# What points back at the sentence before.
_POINTS_BACK = re.compile(
    r"^(?:this|these|those|that|it|they|them|then|also|however|but|and|so|otherwise|instead|therefore|both|such"
    r"|there|here|from (?:here|there)|in (?:this|that) case|if (?:so|not|this|that)|once done|after that)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Piece:
    """A sentence, label, list item, step, table row or code block, as it is shown."""

    text: str
    source: int
    kind: Kind
    run: int
    depth: int = 0

    @cached_property
    def terms(self) -> frozenset[str]:
        """The stems that it is found by."""
        return frozenset(terms(self.text))

    @property
    def said(self) -> str:
        """Its text without the mark or number of a list."""
        return _MARK.sub("", self.text)

    @property
    def opens(self) -> bool:
        """Whether it promises what follows."""
        return self.kind == "label" or (self.kind != "code" and self.text.endswith(":"))

    @property
    def announces(self) -> bool:
        """Whether it promises a list or a table without a colon."""
        unended = self.text[-1].isalpha() and "://" not in self.text
        return unended or bool(_ANNOUNCES.search(self.text))

    def continues(self, before: "Piece | None") -> bool:
        """Whether it is a sentence of the same paragraph."""
        return before is not None and self.kind == before.kind == "sentence" and self.run == before.run

    @property
    def points_back(self) -> bool:
        """Whether it cannot be understood without what stands before."""
        return self.kind == "sentence" and bool(_POINTS_BACK.match(self.text))


def pieces(passage: Passage, number: int) -> list[Piece]:
    """Return the pieces of a passage in order; `number` is its source."""
    said = (bit for bit in bits(passage.section.text) if bit.kind != "sentence" or not _LINK.match(bit.text))
    found = [_piece(bit, number) for bit in said]
    return [piece for piece in found if len(piece.text) >= SHORTEST and _WORD.search(piece.text)]


def heading(passage: Passage, number: int) -> Piece:
    """Return a section's heading as the lead-in of what stands below it."""
    name = plain(passage.section.path[-1] if passage.section.path else passage.section.title)
    name = re.sub(r"^[^\w(\"'/@-]+", "", name) or name
    text = name if name.endswith(("?", ":", "!")) else f"{name}:"
    return Piece(text, number, "label", 0)


def letters(of: Iterable[Piece]) -> int:
    """Count the letters of pieces."""
    return sum(len(piece.text) for piece in of)


def _piece(bit: Bit, number: int) -> Piece:
    if bit.kind == "code":
        return Piece(_code(bit.text), number, "code", bit.run)
    text = shortened(plain(bit.text), LONGEST)
    if len(text) >= SHORTEST:
        text = _mark(bit) + text
    return Piece(text, number, bit.kind, bit.run, bit.depth)


def _mark(bit: Bit) -> str:
    match bit.kind:
        case "step" if not bit.depth:
            return f"{bit.number}. "
        case "item" | "row" | "step":
            return "◦ " if bit.depth else "• "
        case _:
            return ""


def shortened(text: str, most: int) -> str:
    """Cut at a word, with a mark that something is missing."""
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0].rstrip(',;:')} …"


def _code(block: str) -> str:
    lines = block.strip("\n").splitlines()[1:]
    lines = lines[:-1] if lines and lines[-1].strip().startswith(("```", "~~~")) else lines
    kept = lines[:MOST_CODE_LINES] + (["…"] if len(lines) > MOST_CODE_LINES else [])
    margin = min((len(line) - len(line.lstrip()) for line in kept if line.strip()), default=0)
    return unseen("\n".join(line[margin:] for line in kept)).strip("\n")
