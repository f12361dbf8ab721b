"""A section's text in bits that can be read alone: sentences, list items, steps, table rows, code blocks."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from knowledge.cleaner import split_code

Kind = Literal["sentence", "label", "item", "step", "row", "code"]

# "e.g." and its like end no sentence.
_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?<!\bcf\.)\s+(?=[\"'“(]?[A-Z0-9`*_\[])"
)
_QUOTE = re.compile(r"^\s*(?:>\s?)+")
_ITEM = re.compile(r"^(\s*)(?:[-*+•]|(\d+)[.)])\s+(?:\[[ xX]?\]\s+)?")
_LABEL = re.compile(r"^(?:\*\*(?!(?:Note|Warning|Danger|Tip):)[^*]+\*\*:?|#{5,6} .+)$")
# A paragraph that explains one name: several after a colon are a list.
_TERM = re.compile(r"^\*\*(?!(?:Note|Warning|Danger|Tip):)[^*]{1,50}(?::\*\*|\*\*\s?[:–—-])\s")
_ROW_RULE = re.compile(r"^\|[\s:|-]*-[\s:|-]*\|$")
# A picture and its caption say nothing where the picture is not seen.
_PICTURE = re.compile(r"\s*\[Image: [^\]]*\](?:\s+—.*$)?|^\s*—\s.*$")


@dataclass(frozen=True)
class Bit:
    """One bit, still with its inline markup; a code block with its fences.

    The bits of one paragraph, list or table share their `run`, and so does what stands between two steps;
    `depth` says how far an item stands in, `number` is that of a step.
    """

    text: str
    kind: Kind
    run: int = 0
    depth: int = 0
    number: int = 0


def bits(text: str) -> list[Bit]:
    """Return the bits of a section in order; list items, steps and table rows stay whole."""
    reading = _Reading()
    for is_code, block in split_code(text):
        if is_code:
            reading.end()
            reading.add(block, "code", goes_on=block[:1].isspace() and reading.is_in_list)
            continue
        lines = block.splitlines()
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            reading.line(line, after)
    reading.end()
    return _steps_joined(reading.found)


@dataclass
class _Reading:
    """The bits found so far, with the paragraph and the table that are still open."""

    found: list[Bit] = field(default_factory=list)
    flowing: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    is_in_table: bool = False
    after_blank: bool = True

    @property
    def is_in_list(self) -> bool:
        return not self.flowing and self._kind_of_list() in {"item", "step"}

    def add(self, text: str, kind: Kind, *, goes_on: bool, depth: int = 0, number: int = 0) -> None:
        """Add a bit to the run of the last one, or to a new run."""
        last = self.found[-1].run if self.found else 0
        self.found.append(Bit(text, kind, last if goes_on else last + 1, depth, number))

    def end(self) -> None:
        """End what is open."""
        whole = " ".join(self.flowing)
        last = self.found[-1].text if self.found else ""
        if _TERM.match(whole) and (
            last.endswith(":") or (_TERM.match(last) and self.found[-1].kind == "item")
        ):
            self.add(whole, "item", goes_on=not last.endswith(":"))
        elif whole:
            for place, sentence in enumerate(_SENTENCE.split(whole)):
                self.add(sentence, "sentence", goes_on=place > 0)
        self.flowing, self.header, self.is_in_table, self.after_blank = [], [], False, True

    def line(self, line: str, after: str) -> None:
        """Read a line that is not code; the one after it tells whether it is the head of a table."""
        quoted = _QUOTE.sub("", line)
        bare = _PICTURE.sub("", quoted).rstrip()
        text = bare.strip()
        if not quoted.strip():
            self.end()
        elif text.startswith("|"):
            self._row(text, is_head=bool(_ROW_RULE.match(after.strip())))
        elif item := _ITEM.match(bare):
            self._item(item, bare[item.end() :])
        elif _LABEL.match(text):
            self.end()
            self.add(text, "label", goes_on=False)
        elif text and self.is_in_list and self.found[-1].kind != "code" and not self.after_blank:
            self.found[-1] = replace(self.found[-1], text=f"{self.found[-1].text} {text}")
        elif text and self.is_in_list and bare[:2].isspace():
            self.add(text, "item", goes_on=True, depth=1)
        elif text:
            self.flowing.append(text)
        self.after_blank = not quoted.strip()

    def _item(self, match: re.Match[str], text: str) -> None:
        if self.flowing:
            self.end()
        depth = min(len(match[1].expandtabs(4)) // 2, 2)
        kind: Kind = "step" if match[2] else "item"
        goes_on = self.is_in_list and (depth > 0 or kind == self._kind_of_list())
        number = int(match[2] or 0)
        if number and not depth and goes_on:
            # Many lists number every step 1 and leave the counting to the browser.
            number = max(number, 1 + max(bit.number for bit in self.found if bit.run == self.found[-1].run))
        if text.strip():
            self.add(text, kind, goes_on=goes_on, depth=depth, number=number)

    def _kind_of_list(self) -> Kind | None:
        return next((bit.kind for bit in self.found if bit.run == self.found[-1].run), None)

    def _row(self, text: str, *, is_head: bool) -> None:
        cells = [" ".join(cell.split()) for cell in text.strip("|").split("|")]
        if is_head:
            self.end()
            self.header = [cell.strip("* ") for cell in cells]
        elif not _ROW_RULE.match(text):
            if self.flowing:
                self.end()
            self.add(_row_text(self.header, cells), "row", goes_on=self.is_in_table)
            self.is_in_table = True


def _row_text(header: list[str], cells: list[str]) -> str:
    """Write a row as it reads without its table: the first cell, then the others by their heads."""
    if len(cells) == 2 or len(cells) != len(header):
        first, *rest = [cell for cell in cells if cell] or [""]
        return f"{first}: {', '.join(rest)}" if rest else first
    others = zip(header[1:], cells[1:], strict=True)
    named = "; ".join(f"{head}: {cell}" if head else cell for head, cell in others if cell)
    return " — ".join(part for part in (cells[0], named) if part)


def _steps_joined(found: list[Bit]) -> list[Bit]:
    """Give the steps of one list one run, with all that stands between them."""
    joined = list(found)
    now: dict[int, int] = {}
    last, talks = -1, False
    for place, bit in enumerate(found):
        joined[place] = replace(bit, run=now.get(bit.run, bit.run))
        if bit.kind != "step" or bit.depth:
            continue
        if last >= 0 and bit.number == found[last].number + 1:
            now[bit.run] = joined[last].run
            joined[last : place + 1] = [replace(one, run=now[bit.run]) for one in joined[last : place + 1]]
            talks = talks or found[last + 1].kind == "sentence"
        last = place
    # Where paragraphs stand between the steps, the one after the last step belongs to it.
    after = found[last + 1].run if talks and last + 1 < len(found) else None
    return [replace(bit, run=joined[last].run) if bit.run == after else bit for bit in joined]
