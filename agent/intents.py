"""Plain words into the command they ask for; a question about how things are done goes to the docs."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.words import mend, stem, words

# A message fits a line of the table when it has a word of every group between the bars. The first line that
# fits wins, so the more special stands above the more general.
_LINES = Path(__file__).with_name("intents.txt").read_text("utf-8")
_SPECIFIC = {
    "mine",
    "quota",
    "run show",
    "credit",
    "leaderboard",
    "runs",
    "models",
    "datanet list",
    "review",
    "privacy",
}
_ASKING = re.compile(
    r"^\W*(?:so |and |ok |hey |hi |hello |please |pls |um |but )*"
    r"(?:how (?!(?:much|many|far|long|is|are|am|'s))"
    r"|why|what(?:'s| is| are| does| do)? (?:a|an|the difference|does|do|is|happens|if"
    r"|means?|kind|counts)\b"
    r"|when|where (?:do|can|is the|are the)|can (?!you\b|u\b)|could (?!you\b|u\b)|may"
    r"|is it|is there|are there|does|do (?:i|you|we) (?:have|need)"
    r"|should|who (?:can|may|decides|is allowed)|which (?:files?|formats?|bases?|kinds?)"
    r"|explain|tell me (?:about|how|why)|what should)",
    re.IGNORECASE,
)
# Who opens like this wants to know something; only "can you", "could you" and their like wish for a deed.
_QUESTION = re.compile(
    r"^\W*(?:so |and |ok |okay |hey |hi |hello |um |but |or )*"
    r"(?:who|whom|whose|what|when|where|why|which|how|is|are|am|was|were|do|does|did|has|have"
    r"|should|may|might|must|(?:can|could|will|would|shall)(?! (?:you|u|we|potluck|the bot)\b))(?:'s|s)?\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:my|mine|i|me|i've|i'm|we|our)\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^\W*(?:hi|hey|hello|yo|good (?:morning|evening|day)|moin|hallo)"
    r"(?: (?:there|all|bot|potluck|everyone))?\W*$",
    re.I,
)
_THANKS = re.compile(
    r"^\W*(?:thanks?|thank you|thx|ty|cheers|great|nice|cool|perfect|ok(?:ay)?|got it)"
    r"(?:[ ,!.]+(?:a lot|so much|you|bot|potluck|much|very much|thanks?|thank you))*\W*$",
    re.I,
)
_DROP = re.compile(
    r"^\W*(?:please |pls |no,? |oh,? |ok,? )*(?:cancel|never ?mind|forget it|forget about it|stop|no|nope|nah"
    r"|drop it|leave it|abort|quit|exit)(?:,? (?:it|that|this|please|pls|thanks|thank you|now|all))*\W*$",
    re.I,
)
_WISH = re.compile(
    r"^\W*(?:please|pls|i (?:want|would|need|wish)|i'd|let'?s?|can you|could you|show|list|give|tell)\b", re.I
)
_MANY = re.compile(r"\b(?:datanets|datasets|collections)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One way of asking for a command: a word of every group must be there."""

    command: str
    groups: tuple[frozenset[str], ...]


@lru_cache(maxsize=1)
def lines() -> tuple[Line, ...]:
    """Read `intents.txt`, once."""
    read = []
    for row in _LINES.strip().splitlines():
        command, *groups = (part.strip() for part in row.split("|"))
        stems = [
            frozenset(stem(word) for word in group.split() if word != "*") for group in groups if group != "*"
        ]
        read.append(Line(command, tuple(group for group in stems if group)))
    return tuple(read)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    return tuple(sorted({word for line in lines() for group in line.groups for word in group}))


def greeting(text: str) -> str:
    """Return hello, thanks or nothing."""
    return "hello" if _GREETING.match(text) else "thanks" if _THANKS.match(text) else ""


def takes_back(text: str) -> bool:
    """Whether a message gives up what was being asked."""
    return bool(_DROP.match(text))


def is_question(text: str) -> bool:
    """Whether a message asks something, rather than wishing for a deed."""
    return bool(_QUESTION.match(text))


def is_of_its_own(text: str, known: frozenset[str]) -> bool:
    """Whether a message is plainly a question or a wish of its own, and no value that was asked for."""
    if text.lstrip().startswith("/") or is_question(text) or text.rstrip().endswith("?"):
        return True
    command = command_in(text, known)
    if not command or _WISH.match(text):
        return bool(command)
    opens = _stems(" ".join(words(text)[:1]))
    return any(line.command == command and opens & line.groups[0] for line in lines())


def command_in(text: str, known: frozenset[str] = frozenset()) -> str:
    """Return the name of the command that a message asks for, or nothing: then it is for the docs.

    `known` are the commands of this desk.
    """
    if text.strip().startswith("/"):
        return _typed(text, known)
    said = _stems(text)
    asks_how = bool(_ASKING.match(text))
    for line in lines():
        if known and line.command not in known:
            continue
        if not all(said & group for group in line.groups):
            continue
        # What a question asks for may be shown; nothing is proposed that would change or spend something.
        if is_question(text) and line.command not in _SPECIFIC:
            continue
        # "How do I train?" is for the docs; "how is my training?" is about a state of one's own.
        if asks_how and not (line.command in _SPECIFIC and _OWN.search(text) and _is_state(text)):
            continue
        if line.command in {"mine", "quota", "credit", "privacy"} and not _OWN.search(text):
            continue
        return "datanet list" if line.command == "datanet show" and _MANY.search(text) else line.command
    return ""


def _typed(text: str, known: frozenset[str]) -> str:
    parts = words(text.strip()[1:])
    for size in (2, 1):
        name = " ".join(parts[:size])
        if name in known:
            return name
    return ""


def _is_state(text: str) -> bool:
    return not re.match(
        r"^\W*(?:how (?:do|can|does|to|should)|why|can i|may i|should|where (?:do|can))\b", text, re.I
    )


def _stems(text: str) -> frozenset[str]:
    """Return the stems of a message; what no line knows may be a typo of what one knows."""
    text = re.sub(r"\bfine[ -]tun", "finetun", text, flags=re.IGNORECASE)
    found = set()
    for word in words(text):
        known = stem(word)
        found.add(known)
        if known not in _vocabulary() and len(known) > 4:
            found.add(mend(known, _vocabulary()))
    return frozenset(found)
