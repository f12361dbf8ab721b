"""Heading anchors as GitBook makes them."""

import re
import unicodedata

_EXPLICIT = re.compile(r"""<a\s[^>]*?\bid=["']([^"']+)["'][^>]*>\s*</a>""")
_MARKUP = re.compile(r"[*_`~]+|<[^>]+>|!?\[([^\]]*)\]\([^)]*\)")


def heading(line: str) -> tuple[str, str]:
    """Return a heading's plain text and its anchor."""
    explicit = _EXPLICIT.search(line)
    text = _EXPLICIT.sub("", line)
    text = _MARKUP.sub(lambda m: m.group(1) or "", text).strip().rstrip("#").strip()
    return text, explicit.group(1) if explicit else slug(text)


def slug(text: str) -> str:
    """Lower case, words joined by hyphens, accents folded."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text
    return re.sub(r"[^\w]+", "-", folded.lower()).strip("-")[:100]


class Anchors:
    """Keeps anchors of one page distinct: the second `setup` is `setup-1`."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def claim(self, anchor: str) -> str:
        """Return the anchor, numbered when it was taken already."""
        times = self._seen.get(anchor, 0)
        self._seen[anchor] = times + 1
        return f"{anchor}-{times}" if times else anchor
