"""Follow-up questions: "and on windows?" means the last question, asked of Windows."""

import re

from knowledge.words import asked, words

_OPENS = re.compile(
    r"^\W*(?:and|but|also|or|so|then|what about|how about|what if|ok(?:ay)?,? (?:and|but)|same for|for)\b",
    re.I,
)
_REFERS = re.compile(r"\b(?:it|its|that|those|these|they|them|ones)\b", re.I)
_PLACE = re.compile(r"(on|for|with|in|at|from|by|as)\b", re.I)
SHORT = 3


def is_follow_up(text: str) -> bool:
    """Whether a question leans on the one before it."""
    own = len([word for word in asked(text) if word not in {"also"}])
    if _OPENS.match(text):
        return len(words(text)) <= 9
    return bool(_REFERS.search(text)) and own <= SHORT


def joined(text: str, before: str) -> str:
    """Return a question that stands alone."""
    if not before:
        return text
    added = _OPENS.sub("", text).strip(" ,")
    before = before.rstrip(" ?!.")
    # "and on Fedora?" takes the place of "on Windows"; both together would find neither.
    if match := _PLACE.match(added):
        before = re.sub(rf"\s\b{match.group(1)}\b.*$", "", before, flags=re.IGNORECASE)
    return f"{before} {added}"
