"""A clean page cut into sections that can be cited."""

import hashlib
import re
from collections.abc import Iterator

from knowledge.anchors import Anchors, heading
from knowledge.cleaner import split_code
from knowledge.facts import Section

# A MiniLM-sized encoder reads about 256 word pieces: a longer part would be embedded only by its beginning.
LONGEST = 1400
_HEADING = re.compile(r"^(#{1,4}) +(.*?)\s*$")
_KEPT_ANCHOR = re.compile(r"\s*\{#([^}]+)\}\s*$")


def cut(markdown: str, page: str, title: str = "") -> list[Section]:
    """Cut a page at its headings, and long sections at blank lines; ids stay while headings stay."""
    sections: list[Section] = []
    anchors = Anchors()
    shown = title
    path: list[tuple[int, str]] = []
    for level, name, anchor, text in _pieces(markdown):
        if level <= 1 and name:
            shown, path = name, []
        elif level:
            path = [*(step for step in path if step[0] < level), (level, name)]
        else:
            path = []
        link = anchors.claim(anchor) if level > 1 else ""
        names = tuple(step[1] for step in path)
        # A heading without text still names what follows it; alone it says nothing.
        for part, piece in enumerate(_parts(text)):
            sections.append(_section(page, link, shown or title or page, names, piece, part))
    return sections


def _section(page: str, anchor: str, title: str, path: tuple[str, ...], text: str, part: int) -> Section:
    key = hashlib.sha256(f"{page}#{anchor}#{part}".encode()).hexdigest()[:32]
    digest = hashlib.sha256("\n".join((title, *path, text)).encode()).hexdigest()
    return Section(key, page, anchor, title, path, text, part, digest)


def _pieces(markdown: str) -> Iterator[tuple[int, str, str, str]]:
    """Give (level, heading, anchor, text) in order; level 0 is text before any heading."""
    level, name, anchor, lines = 0, "", "", list[str]()
    for is_code, piece in split_code(markdown):
        if is_code:
            lines.append(piece)
            continue
        for line in piece.splitlines(keepends=True):
            match = _HEADING.match(line)
            if match is None:
                lines.append(line)
                continue
            yield level, name, anchor, "".join(lines).strip()
            kept = _KEPT_ANCHOR.search(match.group(2))
            name, anchor = heading(_KEPT_ANCHOR.sub("", match.group(2)))
            anchor = kept.group(1) if kept else anchor
            level, lines = len(match.group(1)), []
    yield level, name, anchor, "".join(lines).strip()


def _parts(text: str) -> list[str]:
    if not text:
        return []
    if len(text) <= LONGEST:
        return [text]
    parts: list[str] = []
    for block in _blocks(text):
        if parts and len(parts[-1]) + len(block) + 2 <= LONGEST:
            parts[-1] += "\n\n" + block
        else:
            parts.append(block)
    return parts


def _blocks(text: str) -> Iterator[str]:
    """Give paragraphs, fences whole; what is still too long is cut at line ends."""
    for is_code, piece in split_code(text):
        for block in [piece.strip("\n")] if is_code else re.split(r"\n\s*\n", piece):
            yield from _lines(block.strip("\n"))


def _lines(block: str) -> Iterator[str]:
    taken: list[str] = []
    size = 0
    for line in block.split("\n"):
        for start in range(0, max(len(line), 1), LONGEST):
            bit = line[start : start + LONGEST]
            if taken and size + len(bit) > LONGEST:
                yield "\n".join(taken)
                taken, size = [], 0
            taken.append(bit)
            size += len(bit) + 1
    if any(line.strip() for line in taken):
        yield "\n".join(taken)
