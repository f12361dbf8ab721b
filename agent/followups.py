"""Follow-up questions: "and on windows?" means the last question, asked of Windows."""

import re

from knowledge.words import STOP, words

_OPENS = re.compile(
    r"^\W*(?:and|but|also|or|so|then|what about|how about|what if|ok(?:ay)?,? (?:and|but)|same for|for)\b",
    re.I,
)
_REFERS = re.compile(
    r"\b(?:it|its|that|this|those|these|they|them|their|ones?|same|either|both|instead|otherwise)\b", re.I
)
# "Is it possible to …" refers to nothing that was said before.
_EMPTY_IT = re.compile(
    r"\b(?:(?:is|was|would|will) (?:it|that|this)|it(?:'?s| is)) (?:\w+ )?"
    r"(?:possible|allowed|ok(?:ay)?|true|normal|fine|safe|necessary|better|worth|bad|good|legal)\b"
    r"(?= (?:to|that|if)\b)",
    re.I,
)
_PLACE = re.compile(r"(on|for|with|in|at|from|by|as)\b", re.I)
SHORT = 3


def opens_as_follow_up(text: str) -> bool:
    """Whether a message opens by going on with the one before it."""
    return bool(_OPENS.match(text)) and len(words(text)) <= 9


def is_follow_up(text: str) -> bool:
    """Whether a question leans on the one before it."""
    own = {word for word in words(text) if word not in STOP} - {"also"}
    if not own or _OPENS.match(text):
        return len(words(text)) <= 9
    return bool(_REFERS.search(_EMPTY_IT.sub(" ", text))) and len(own) <= SHORT


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
