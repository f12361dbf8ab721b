"""The values of a command out of a plain sentence: names that exist, numbers, sizes, quoted text."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from agent.facts import Choice
from agent.tools import Command, Parameter
from knowledge.words import fold, words

_COUNTS = {
    "once": 1, "a single": 1, "single": 1, "one": 1, "twice": 2, "two": 2, "thrice": 3, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "sixteen": 16, "twenty": 20, "thirty": 30,
}  # fmt: skip
_COUNT = "|".join(sorted(_COUNTS, key=len, reverse=True))
_NUMERAL = r"\d+(?:\.\d+)?(?:e-?\d+)?"
_NUMBERS = {
    "epochs": (
        rf"({_NUMERAL}|{_COUNT})\s*(?:more\s+)?(?:epochs?|epcohs?|rounds?|passes|times)\b",
        r"epochs?\s*(?:of|=|:|to)?\s*({n})",
    ),
    "rank": (
        r"(?:lora\s+)?rank\s*(?:of|=|:|to|r)?\s*({n})",
        rf"({_NUMERAL}|{_COUNT})\s*(?:lora\s+)?rank\b",
        r"\br\s*=\s*({n})",
    ),
    "learning_rate": (r"(?:learning[ _-]?rate|lr)\s*(?:of|=|:|to)?\s*({n})",),
    "batch_size": (r"batch(?:es)?(?:[ _-]?size)?\s*(?:of|=|:|to)?\s*({n})",),
    "max_length": (
        r"(?:max(?:imum)?[ _-]?)(?:length|tokens|len)\s*(?:of|=|:|to)?\s*({n})",
        rf"({_NUMERAL})\s*tokens\b",
    ),
}
_SIZES = {
    "rank": (
        (r"\b(?:small|low|tiny|little)\s+(?:lora\s+)?rank\b", "4"),
        (r"\b(?:big|high|large|huge)\s+(?:lora\s+)?rank\b", "32"),
    ),
    "learning_rate": (
        (r"\b(?:low|small|gentle|careful)\s+(?:learning rate|lr)\b", "0.0001"),
        (r"\b(?:high|big|large)\s+(?:learning rate|lr)\b", "0.001"),
    ),
}
_PRESETS = (
    (r"\b(?:taste|quick(?:ly)?|fast|short|try[- ]?out)\b", "taste"),
    (r"\b(?:thorough(?:ly)?|long|careful(?:ly)?|properly|best quality)\b", "thorough"),
    (r"\b(?:normal(?:ly)?|default|standard|usual)\b", "normal"),
)
_METHODS = ((r"\bq-?lora\b|\b4[- ]?bits?\b|\bfour bits?\b|\bquanti[sz]ed\b", "qlora"), (r"\blora\b", "lora"))
_KINDS = (
    (r"\b(?:images?|pictures?|photos?|pics?|drawings?)\b", "image"),
    (r"\b(?:audio|sounds?|recordings?|voices?|speech|music)\b", "audio"),
    (r"\b(?:texts?|documents?|stories|articles|recipes|pdfs?)\b", "text"),
)
_SEASONS = (
    (r"\b(?:all[ -]?time|ever|overall|all)\b", "all"),
    (r"\b(?:season|month|now|current)\b", "season"),
)
_YES_NO = ((r"\b(?:close|closed|no|stop taking)\b", "no"), (r"\b(?:open|reopen|yes|take)\b", "yes"))
_TABLES = {"preset": _PRESETS, "method": _METHODS, "kind": _KINDS, "season": _SEASONS, "yes_no": _YES_NO}
_QUOTED = re.compile(r"[\"“”«„]([^\"“”»]{1,300})[\"“”»]|'([^']{2,300})'")
_NAMED = re.compile(
    r"\b(?:named|called|name(?:d)? it|titled)"
    r"\s+[\"'“]?([\w][\w -]{0,60}?)[\"'”]?(?=\s+(?:for|of|with|to|that|as|about)\b|[.,!?]|$)",
    re.I,
)
_TEXT_AFTER = {
    "description": r"(?:descri(?:ption|be)\w*)\s*(?:to|as|is|:|=)?\s*(.+)$",
    "rules": r"\brules?\s*(?:to|are|is|:|=)\s*(.+)$",
    "tags": r"\btags?\s*(?:to|are|is|:|=)?\s*(.+)$",
    "licence": r"\blicen[cs]e\s*(?:to|as|is|:|=)?\s*([\w.+ -]+)$",
    "question": r"(?:\bon\b|\bwith the question\b|\basking\b|:)\s*(.+)$",
    "code": r"\bcode\s*(?:is|:|=)?\s*([\w-]{4,12})\b",
}
CLOSE = 0.79


def read_values(text: str, command: Command, names: dict[str, Sequence[Choice]]) -> dict[str, str]:
    """Return what a sentence says about a command's values; names must exist, typos are mended."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for parameter in command.parameters:
        value = _value(text, command, parameter, names.get(str(parameter.values), ()), taken)
        if value:
            found[parameter.name] = value
            taken.add(value)
    return found


def read_answer(text: str, parameter: Parameter, choices: Sequence[Choice]) -> str:
    """Return the value that a reply to a question for it gives, or nothing when it does not fit."""
    text = text.strip()
    kind = str(parameter.values)
    if kind in _TABLES and (value := _first(text, _TABLES[kind])):
        return value
    if choices:
        if text.isdigit() and 0 < int(text) <= len(choices):
            return choices[int(text) - 1].value
        return _name_in(text, choices, set())
    if kind == "number":
        match = re.search(rf"{_NUMERAL}|\b(?:{_COUNT})\b", text, re.IGNORECASE)
        return _number(match.group(0)) if match else ""
    if parameter.name == "name":
        return _slug(text)
    return text[:500] if kind == "text" else ""


def _value(
    text: str, command: Command, parameter: Parameter, choices: Sequence[Choice], taken: set[str]
) -> str:
    kind = str(parameter.values)
    if kind == "number":
        return _number_of(text, parameter.name)
    if kind in _TABLES:
        return _first(text, _TABLES[kind])
    if kind == "file":
        return ""
    if parameter.name == "continue_from":
        goes_on = re.search(
            r"\b(?:continue|improve|better|from|further|again|on top of)\b", text, re.IGNORECASE
        )
        return _name_in(text, choices, taken) if goes_on else ""
    if choices:
        return _name_in(text, choices, taken)
    if kind == "text":
        return _text_of(text, command, parameter.name)
    return ""


def _text_of(text: str, command: Command, name: str) -> str:
    if name == "name":
        match = _NAMED.search(text)
        return _slug(match.group(1)) if match else ""
    if name in _TEXT_AFTER and (match := re.search(_TEXT_AFTER[name], text, re.IGNORECASE)):
        return match.group(1).strip().strip("\"'“”")
    quoted = _QUOTED.search(text)
    if quoted and name in {"question", "description", "caption", "rules"} and _only_free(command, name):
        return quoted.group(1) or quoted.group(2)
    return ""


def _only_free(command: Command, name: str) -> bool:
    """A quotation fills the first free text of a command, not each of them."""
    free = [p.name for p in command.parameters if str(p.values) == "text" and p.name != "name"]
    return bool(free) and free[0] == name


def _number_of(text: str, name: str) -> str:
    for pattern, value in _SIZES.get(name, ()):
        if re.search(pattern, text, re.IGNORECASE):
            return value
    for pattern in _NUMBERS.get(name, ()):
        match = re.search(pattern.replace("{n}", f"{_NUMERAL}|{_COUNT}"), text, re.IGNORECASE)
        if match:
            return _number(match.group(1))
    return ""


def _number(text: str) -> str:
    return str(_COUNTS.get(text.lower(), text))


def _first(text: str, table: Sequence[tuple[str, str]]) -> str:
    exact = next((value for pattern, value in table if text.strip().lower() == value), "")
    return exact or next((value for pattern, value in table if re.search(pattern, text, re.IGNORECASE)), "")


def _name_in(text: str, choices: Sequence[Choice], taken: set[str]) -> str:
    """Find the choice that a text names: whole, by its words, or with a typo; of equals the first named."""
    said = words(text)
    scored: list[tuple[float, int, int, str]] = []
    for place, choice in enumerate(choices):
        if choice.value in taken:
            continue
        value, label = _fit(said, choice.value), _fit(said, choice.label)
        fit, where = max(value, (label[0] * 0.98, label[1]), key=lambda one: one[0])
        if fit >= CLOSE:
            scored.append((round(fit, 2), -where, -place, choice.value))
    return max(scored)[3] if scored else ""


def _fit(said: Sequence[str], name: str) -> tuple[float, int]:
    """Return how well the best stretch of words fits a name, and where it begins.

    The first word of a name may stand for the whole of it.
    """
    wanted = words(name)
    if not wanted:
        return 0.0, 0
    joined = "".join(wanted)
    fits = [(0.0, 0)]
    for size in range(1, len(wanted) + 2):
        for start in range(len(said) - size + 1):
            stretch = "".join(said[start : start + size])
            if stretch == joined or len(stretch) > 4:
                fits.append((SequenceMatcher(None, stretch, joined).ratio(), start))
    if len(wanted[0]) > 2:
        fits += [(_alike(word, wanted[0]) * 0.9, start) for start, word in enumerate(said)]
    return max(fits, key=lambda one: (one[0], -one[1]))


def _alike(word: str, wanted: str) -> float:
    if len(word) < 3:
        return 0.0
    if word == wanted or (len(word) > 3 and word.rstrip("s") == wanted.rstrip("s")):
        return 1.0
    bare = re.sub(r"[\d.]+$", "", wanted)
    return max(SequenceMatcher(None, word, wanted).ratio(), 1.0 if word == bare else 0.0)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:40]
