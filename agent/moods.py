"""How something is said: a question, a thank you, a yes, a word taken back, or nothing to look up."""

import re
from pathlib import Path

from knowledge.words import STOP, words


def _lists() -> dict[str, frozenset[str]]:
    """Read `moods.txt`: the words of each section."""
    found: dict[str, set[str]] = {}
    section = ""
    for row in Path(__file__).with_name("moods.txt").read_text("utf-8").splitlines():
        if row.startswith("["):
            section = row.strip("[]")
        elif not row.startswith("#"):
            found.setdefault(section, set()).update(row.split())
    return {name: frozenset(kept) for name, kept in found.items()}


_WORDS = _lists()
LIGHT, WISHES, SHOWS = _WORDS["light"], _WORDS["wishes"], _WORDS["shows"]
ASKED_ABOUT, RULED_OUT, REFUSES = _WORDS["asked about"], _WORDS["ruled out"], _WORDS["refuses"]
OWNED, OTHERS = _WORDS["owned"], _WORDS["others"]
_SMALL = _WORDS["small"]

_GRATEFUL = re.compile(
    r"\b(?:th(?:an)?k(?:s|you|\b)|thn?x|tysm?|cheers|danke|gracias|grazie|merci|obrigad[oa]|appreciat"
    r"|good (?:bot|job)|nice one|great|perfect|awesome|cool|nice|helpful|got it)",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*(?:(?:ok|okay|great|cool|alright)\W+)?(?:(?:thanks|thank you|thx)[^?]{0,40}$|"
    r"(?:thanks?|thx|ty|cheers|sorry|hi|hey|hello|yo|lol|haha|wow|omg|gn|gm|bye|hola|hallo|ciao|oops)(?:\W+\w+){0,2}[^\w?]*$)",
    re.IGNORECASE,
)
_HOW_ARE_YOU = re.compile(
    r"\b(?:how(?: are|'?re| r) (?:you|u)|what'?s up|how'?s it going|how do you do)\b", re.IGNORECASE
)
_OPENING = r"^\W*(?:(?:so|and|ok|okay|hey|hi|hello|um|but|or|also|then|well|actually)\b[ ,]*)*"
_QUESTION = re.compile(
    _OPENING + r"(?:who|whom|whose|what|when|where|why|which|how|is|are|am|was|were|do(?! not\b)|does|did|has"
    r"|have|any(?! chance)|should|may|might|must|(?:can|could|will|would|shall)"
    r"(?! (?:you|u|potluck|the bot|some(?:one|body)|any(?:one|body))\b))(?:'s|s)?\b",
    re.IGNORECASE,
)
_LEAVE = re.compile(_OPENING + r"(?:can|could|may|shall) (?:i|we)\b", re.IGNORECASE)
# How things are done, or are in general: the docs say it, no state does.
_GENERAL = re.compile(
    r"\bhow (?:do|does|did|can|could|to|should|would|(?:are|is) (?!my|our|the\b|training))|\bhow \w+ works?\b"
    r"|\bwhy (?:do|does|is|are|can|would) (?!my\b|our\b)|\bexplain\b|\bdifference\b|\bmeans?\b|\bshould\b"
    rf"|{_OPENING}what(?:'s|s| is| are| does| do(?! (?:you|u) (?:know|have|store|keep))| would| will)? "
    r"(?:an?|the (?:difference|point|purpose|use|steps?|ways?)|can|does|do(?! (?:you|u))|happens?|if|means?"
    r"|kinds?)\b|\bcounts? (?:as|against|for)\b"
    r"|^\W*when (?!will (?:my|our|the|it)\b)|\bwhere (?:do|can|is the|are the)\b"
    r"|^\W*(?:does|if|do (?!i\b|you\b|u\b|we\b|my\b|our\b))"
    rf"|{_OPENING}(?:can|could|may|must|will|would) (?!you\b|u\b|i still\b|we still\b)"
    r"|\b(?:is|was) it (?:\w+ )?(?:possible|allowed|ok(?:ay)?|true|safe|necessary|worth|better|normal|free"
    r"|legal|bad|good|required|enough)\b"
    r"|\b(?:is|are) there (?:an?|any|limits?)\b(?! (?:quota|room|space|news)\b)"
    r"|\bdo (?:i|you|we|they) (?:have to|need|get)\b"
    r"|\bwho (?:can|may|is allowed|(?!is\b|has\b|was\b|leads\b)\w+s)\b"
    r"|\bwhich (?:files?|formats?|bases?|kinds?|types?)\b"
    r"|\btell me (?:about|how|why|what (?:an?|does|do|is an?))\b",
    re.IGNORECASE,
)
_GIVES_UP = (
    r"(?:never ?mind|nvm|forget (?:about )?it|drop it|leave it|scratch that|changed my mind|na+h|nope"
    r"|don'?t want (?:that|it|this|to)(?: any ?more)?)"
)
_TAKEN_BACK = re.compile(
    rf"^\W*(?:(?:please|pls|no|oh|ok|okay|hm+|actually|sorry|well|wait|i|{_GIVES_UP})[,. ]+)*"
    rf"(?:{_GIVES_UP}|cancel|stop|no|abort|quit|exit|don'?t)"
    r"(?:,? (?:it|that|this|please|pls|thanks|thank you|now|all|then|again))*\W*$",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:(?:ok|okay|yes|yep|yeah|sure|alright|great|cool|please|then|and|so)[,! ]+)*"
    r"(?:yes|yep|yeah|sure|do (?:it|that|so)|go(?: ahead| for it)?|let'?s (?:go|do (?:it|that))"
    r"|confirm(?:ed)?|make it so)(?:[, ]+(?:please|pls|then|now|for me|it))*\W*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”«„][^\"“”»]{1,300}[\"“”»]|(?<!\w)'[^']{2,300}'(?!\w)|`[^`]+`")


def small_talk(text: str) -> str:
    """Return hello or thanks when there is nothing to look up, else nothing."""
    said = set(words(_HOW_ARE_YOU.sub(" hi ", text)))
    if not any(len(word) > 1 or word.isdigit() for word in said):
        return "" if text.lstrip().startswith("/") else "hello"
    if said.isdisjoint(_SMALL) or said & ASKED_ABOUT or said - _SMALL - STOP:
        return ""
    return "thanks" if _GRATEFUL.search(text) else "hello"


def is_courtesy(text: str) -> bool:
    """Whether a message is a short hello, thanks or sorry to somebody by name."""
    return bool(_COURTESY.match(text))


def takes_back(text: str) -> bool:
    """Whether a message gives up what was being asked."""
    return bool(_TAKEN_BACK.match(text))


def lets_go(text: str) -> bool:
    """Whether a message says never mind, and cannot mean a run that is to stop."""
    return takes_back(text) and bool(re.search(_GIVES_UP, text, re.IGNORECASE))


def says_yes(text: str) -> bool:
    """Whether a message agrees to what was offered; only the button does it."""
    return bool(_YES.match(text))


def says_do(text: str) -> bool:
    """Whether a message says to do what was spoken of."""
    return says_yes(text) and bool(re.search(r"\b(?:do|go|so)\b", text, re.IGNORECASE))


def is_question(text: str) -> bool:
    """Whether a message asks something, rather than wishing for a deed."""
    return bool(_QUESTION.match(text))


def asks_leave(text: str) -> bool:
    """Whether a question asks to be allowed something, as in "can we …?"."""
    return bool(_LEAVE.match(text))


def is_general(text: str) -> bool:
    """Whether a question is about how things are, rather than about a state of one's own."""
    return bool(_GENERAL.search(text))


def without_quotes(text: str) -> str:
    """Return what the writer says themselves; a quotation orders nothing."""
    return _QUOTED.sub(" ", text)
