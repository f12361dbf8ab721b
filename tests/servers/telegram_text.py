"""Reads formatted text as the Bot API does: what stays visible, its entities, and what it refuses."""

import re
from html.parser import HTMLParser
from typing import Any

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote", "span": "spoiler", "tg-emoji": "custom_emoji",
}  # fmt: skip
RESERVED = set("_*[]()~`>#+-=|{}.!")


class Unparsable(ValueError):
    """The text is refused; the message is Telegram's reason."""


def units(text: str) -> int:
    """Count UTF-16 code units, Telegram's unit of length and offset."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, int, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.length = 0
        self.entities: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise Unparsable(f'Unsupported start tag "{tag}" at byte offset {self.length}')
        self.open.append((tag, self.length, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            expected = self.open[-1][0] if self.open else ""
            raise Unparsable(
                f'Unmatched end tag at byte offset {self.length}, expected "</{expected}>", found "</{tag}>"'
            )
        _, start, attrs = self.open.pop()
        if self.length > start:
            entity: dict[str, Any] = {"type": TAGS[tag], "offset": start, "length": self.length - start}
            if tag == "a" and attrs.get("href"):
                entity["url"] = attrs["href"]
            self.entities.append(entity)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
        self.length += units(data)


def read_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the visible text and its entities, or raise Unparsable."""
    if found := re.search(r"<(?![a-zA-Z/])", text):
        raise Unparsable(f'Unsupported start tag "" at byte offset {found.start()}')
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{reader.open[-1][0]}"')
    return "".join(reader.pieces), reader.entities


def read_markdown_v2(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the visible text (entities are not rebuilt), or raise Unparsable."""
    visible: list[str] = []
    stack: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and position + 1 < len(text):
            visible.append(text[position + 1])
            position += 2
            continue
        fence = next(
            (mark for mark in ("```", "`", "||", "__", "*", "_", "~") if text.startswith(mark, position)),
            None,
        )
        if fence:
            stack.pop() if stack and stack[-1] == fence else stack.append(fence)
            position += len(fence)
            continue
        inside_code = bool(stack) and stack[-1].startswith("`")
        if character in RESERVED and not inside_code:
            link = re.match(r"\[([^\]]*)\]\(([^)]*)\)", text[position:])
            if not link:
                raise Unparsable(
                    f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
                )
            visible.append(link.group(1))
            position += link.end()
            continue
        visible.append(character)
        position += 1
    if stack:
        raise Unparsable(f"Can't find end of the entity starting at byte offset {len(text.encode())}")
    return "".join(visible), []


def read(text: str, mode: str | None) -> tuple[str, list[dict[str, Any]]]:
    """Read `text` in its parse mode; plain text has its commands, mentions and links found by `marks`."""
    if not mode:
        return text, marks(text)
    if mode.lower() == "html":
        return read_html(text)
    if mode.lower() == "markdownv2":
        return read_markdown_v2(text)
    raise Unparsable("unsupported parse_mode")


def marks(text: str) -> list[dict[str, Any]]:
    """Find the entities that Telegram marks by itself: commands, mentions, links."""
    found = []
    for kind, pattern in (
        ("bot_command", r"(?<![\w/])/[a-zA-Z0-9_]{1,32}(?:@\w+)?"),
        ("mention", r"(?<!\w)@\w{4,32}"),
        ("url", r"https?://\S+"),
    ):
        found += [
            {"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())}
            for match in re.finditer(pattern, text)
        ]
    return sorted(found, key=lambda entity: entity["offset"])
