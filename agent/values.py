"""The values of a command out of a plain sentence: names that exist, numbers, sizes, quoted text."""

import re
from collections.abc import Mapping, Sequence

from agent.facts import Choice
from agent.names import name_in, picked
from agent.numbers import number_in, numbers_of
from agent.tools import Command, Parameter
from knowledge.words import STOP, fold

_SIZES = {
    "rank": (
        (r"\b(?:small|smaller|low|lower|tiny|little)\s+(?:lora\s+)?rank\b", "4"),
        (r"\b(?:big|bigger|high|higher|large|larger|huge)\s+(?:lora\s+)?rank\b", "32"),
    ),
    "learning_rate": (
        (r"\b(?:low|lower|small|smaller|tiny|gentle|careful)\s+(?:learning rate|lr)\b", "0.0001"),
        (r"\b(?:high|higher|big|bigger|large)\s+(?:learning rate|lr)\b", "0.001"),
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
    r"\b(?:named|called|(?:name|call)(?:d|ed)? it|titled)"
    r"\s+[\"'“]?([\w][\w -]{0,60}?)[\"'”]?(?=\s+(?:for|of|with|to|that|as|about)\b|[.,!?]|$)",
    re.I,
)
_FOR = re.compile(
    r"\b(?:datanet|dataset|collection)s?:?\s+(?:(?:for|about|of|on|with)\s+)?(?:(?:the|our|my|some|old|new)\s+)*"
    r"([a-z][\w-]+(?:\s[a-z][\w-]+){0,2}?)(?=\s+(?:for|of|with|to|that|as|about|and|please|pls|in)\b|\s*[.,!?():;]|$)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\b(?:continue|improve|better|from|further|again|on top of|more)\b", re.IGNORECASE)
_TEXT_AFTER = {
    "description": r"(?:descri(?:ption|be)\w*)\s*(?:to|as|is|:|=)?\s*(.+)$",
    "rules": r"\brules?\s*(?:to|are|is|:|=)\s*(.+)$",
    "tags": r"\btags?\s*(?:to|are|is|:|=)?\s*(.+)$",
    "licence": r"\blicen[cs]e\s*(?:to|as|is|:|=)?\s*([\w.+ -]+)$",
    "question": r"(?:\bon\b|\bwith the question\b|\basking\b|:)\s*(.+)$",
    "code": r"\bcode\s*(?:is|:|=)?\s*([\w-]{4,12})\b",
}
# What is ruled out is no value: "not with qlora", "no qwen", "instead of recipes".
_NOT = re.compile(
    r"(?:\b(?:not|without|never|instead of|rather than|no(?!,| wait| more| less))|n't)"
    r"(?:\s+(?:with|on|use|take|using|the|a|an|too|so|very|that|for|from))*\s+[\w.-]+",
    re.IGNORECASE,
)
# What follows one of these corrects what stands before it.
_CORRECTS = re.compile(
    r"\b(?:no,? wait|wait,? no|oh wait|i meant?|sorry,? (?=\w)|actually|scratch that|or rather)\b",
    re.IGNORECASE,
)


def read_values(text: str, command: Command, names: Mapping[str, Sequence[Choice]]) -> dict[str, str]:
    """Return what a sentence says about a command's values; names must exist, typos are mended."""
    found = {p.name: _text_of(text, command, p.name) for p in command.parameters if str(p.values) == "text"}
    for part in _CORRECTS.split(text):
        found |= _picks(_NOT.sub(" ", part), command, names)
    return {name: value for name, value in found.items() if value}


def read_answer(text: str, parameter: Parameter, choices: Sequence[Choice]) -> str:
    """Return the value that a reply to a question for it gives, or nothing when it does not fit."""
    kind = str(parameter.values)
    if kind == "text" and parameter.name != "name":
        return text.strip()[:500]
    text = _CORRECTS.split(text)[-1].strip()
    if kind in _TABLES and (value := _first(text, _TABLES[kind])):
        return value
    if choices:
        return picked(_NOT.sub(" ", text), choices)
    if kind == "number":
        return number_in(text)
    if parameter.name == "name":
        return _name_of(text) or _slug(text)
    return ""


def _picks(text: str, command: Command, names: Mapping[str, Sequence[Choice]]) -> dict[str, str]:
    """Read the values that are numbers or one of several; a name fills one of them."""
    found: dict[str, str] = {}
    numbers = numbers_of(text)
    for parameter in command.parameters:
        name, kind = parameter.name, str(parameter.values)
        choices = names.get(kind, ())
        value = ""
        if kind == "number":
            value = numbers.get(name, "") or _first(text, _SIZES.get(name, ()))
        elif kind in _TABLES:
            value = _first(text, _TABLES[kind])
        elif choices:
            value = name_in(text, choices, found.values())
            # A datanet is easily taken for the model that was made of it.
            if name == "continue_from" and not (_GOES_ON.search(text) or fold(value) in fold(text)):
                value = ""
        if value:
            found[name] = value
    return found


def _text_of(text: str, command: Command, name: str) -> str:
    if name == "name":
        return _name_of(text)
    if name in _TEXT_AFTER and (match := re.search(_TEXT_AFTER[name], text, re.IGNORECASE)):
        return match.group(1).strip().strip("\"'“”")
    quoted = _QUOTED.search(text)
    if quoted and name in {"question", "description", "caption", "rules"} and _only_free(command, name):
        return quoted.group(1) or quoted.group(2)
    return ""


def _name_of(text: str) -> str:
    """Return a name that a text gives to something new, as a slug."""
    if match := _NAMED.search(text):
        return _slug(match.group(1))
    for match in _FOR.finditer(text):
        first = match.group(1).lower().split()[0]
        if first not in STOP and not _first(first, _KINDS):
            return _slug(match.group(1))
    return ""


def _only_free(command: Command, name: str) -> bool:
    """A quotation fills the first free text of a command, not each of them."""
    free = [p.name for p in command.parameters if str(p.values) == "text" and p.name != "name"]
    return bool(free) and free[0] == name


def _first(text: str, table: Sequence[tuple[str, str]]) -> str:
    exact = next((value for pattern, value in table if text.strip().lower() == value), "")
    return exact or next((value for pattern, value in table if re.search(pattern, text, re.IGNORECASE)), "")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:40]
