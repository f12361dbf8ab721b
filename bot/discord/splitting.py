"""Long texts in messages of 2,000 characters, without breaking a block of code."""

ROOM = 1900
FENCE = "```"


def split(text: str, room: int = ROOM) -> list[str]:
    """Return the text in parts of at most `room` characters; a block of code is closed and opened again."""
    parts: list[str] = []
    rest = text.strip()
    reopen = ""
    while rest:
        head = reopen + rest
        if len(head) <= room:
            parts.append(head)
            break
        cut = _edge(head, room - len(FENCE) - 1, len(reopen))
        part, rest = head[:cut].rstrip(), head[cut:].lstrip("\n")
        opened = _open_fence(part)
        reopen = f"{opened}\n" if opened else ""
        parts.append(f"{part}\n{FENCE}" if opened else part)
    return parts


def _edge(text: str, most: int, least: int) -> int:
    """Where to cut: after a paragraph, a line, a word; anywhere when there is no such place."""
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, least + most // 2, most)
        if at > 0:
            return at + len(mark)
    return most


def _open_fence(text: str) -> str:
    """The line that opened a block which the text does not close, or nothing."""
    opened = ""
    for line in text.splitlines():
        if line.lstrip().startswith(FENCE):
            opened = "" if opened else line.strip()
    return opened if len(opened) < 40 else opened[: len(FENCE)]
