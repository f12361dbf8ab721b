"""Text as Telegram counts and escapes it: UTF-16 units, 4096 for a message, 1024 for a caption."""

import re
from html import escape as _escape
from html import unescape

MESSAGE = 4096
CAPTION = 1024


def units(text: str) -> int:
    """Count UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def safe(text: str) -> str:
    """Escape what a person wrote for HTML."""
    return _escape(text.replace("\x00", ""), quote=False)


def clip(text: str, most: int) -> str:
    """Cut to `most` units with an ellipsis, never inside a character."""
    text = text.strip()
    if units(text) <= most:
        return text
    return head(text, most - 1).rstrip() + "…"


def head(text: str, most: int) -> str:
    """Return the longest beginning of at most `most` units."""
    if units(text) <= most:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: most * 2].decode("utf-16-le", "ignore")


def pieces(text: str, most: int) -> list[str]:
    """Split at paragraphs, else lines, else words, else anywhere; every piece has at most `most` units."""
    found: list[str] = []
    rest = text.strip()
    while units(rest) > most:
        window = head(rest, most)
        cut = max(
            (window.rfind(mark) for mark in ("\n\n",)),
            default=-1,
        )
        for mark in ("\n", ". ", " "):
            if cut < most // 3:
                cut = max(cut, window.rfind(mark))
        cut = cut if cut > most // 8 else len(window)
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    if rest:
        found.append(rest)
    return [piece for piece in found if piece]


def messages(text: str) -> list[str]:
    """Turn a model's answer into HTML messages; code fences become <pre> and survive the split."""
    made = []
    fence: str | None = None
    # Escaping makes text longer on the wire but not after parsing; the tags themselves are not counted.
    for piece in pieces(text, MESSAGE - 96):
        opened = fence
        body = piece if opened is None else f"```{opened}\n{piece}"
        if body.count("```") % 2:
            fence = re.findall(r"```(\w*)", body)[-1]
            body += "\n```"
        else:
            fence = None
        made.append(formatted(body))
    return made


def formatted(text: str) -> str:
    """Show fenced and inline code as code, everything else as it was written."""
    parts = re.split(r"```(?:\w*\n)?(.*?)```", text, flags=re.DOTALL)
    shown = []
    for number, part in enumerate(parts):
        if number % 2:
            shown.append(f"<pre>{safe(part.strip())}</pre>" if part.strip() else "")
        else:
            shown.append(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", safe(part)))
    return "".join(shown)


def plain(html: str) -> str:
    """Take the tags away, for the rare text that Telegram cannot parse."""
    return unescape(re.sub(r"</?[a-z][^>]*>", "", html))
