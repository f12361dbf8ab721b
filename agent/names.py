"""Names that exist, found in a plain sentence: by their words, by their place in a list, with a typo."""

import re
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

from agent.facts import Choice
from knowledge.words import words

CLOSE = 0.79
# Who wants something names it early; a long story is not compared with every name there is.
MOST_WORDS = 60
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NTH = re.compile(
    rf"\b(?:({'|'.join(_PLACES)})|(?:number|no\.?|option|#)\s*(\d+)|(\d+)(?:st|nd|rd|th|\.))", re.I
)
_ANY = re.compile(
    r"\b(?:default|whatever|whichever|any(?: of them| one)?|you (?:choose|pick|decide)|up to you"
    r"|don'?t (?:care|mind|know)|doesn'?t matter|no idea|the usual|idk)\b",
    re.I,
)


def name_in(text: str, choices: Sequence[Choice], taken: Collection[str] = ()) -> str:
    """Find the choice that a text names; of equals the first named, then the first of the list."""
    said = words(text)[:MOST_WORDS]
    scored: list[tuple[float, int, int, str]] = []
    for place, choice in enumerate(choices):
        if choice.value in taken:
            continue
        value, label = _fit(said, choice.value), _fit(said, choice.label)
        fit, where = max(value, (label[0] * 0.98, label[1]), key=lambda one: one[0])
        if fit >= CLOSE:
            scored.append((round(fit, 2), -where, -place, choice.value))
    return max(scored)[3] if scored else ""


def picked(text: str, choices: Sequence[Choice]) -> str:
    """Find the choice that a reply to a list takes: by number, name or place; "any" takes the first."""
    text = text.strip()
    if not choices:
        return ""
    if text.isdigit():
        return choices[int(text) - 1].value if 0 < int(text) <= len(choices) else name_in(text, choices)
    if named := name_in(text, choices):
        return named
    if nth := _NTH.search(text):
        word, *numbers = nth.groups()
        place = _PLACES.index(word.lower()) if word else int(next(filter(None, numbers))) - 1
        return choices[place].value if 0 <= place < len(choices) else ""
    if re.search(r"\blast\b", text, re.IGNORECASE):
        return choices[-1].value
    return choices[0].value if _ANY.search(text) else ""


def places_of(said: Sequence[str], choices: Sequence[Choice]) -> set[int]:
    """Return which words of a message name something."""
    found: set[int] = set()
    for choice in choices:
        fit, where = _fit(said[:MOST_WORDS], choice.value)
        if fit >= CLOSE:
            name = words(choice.value)
            found |= {where} | {
                at for at in range(where, min(where + len(name), len(said))) if said[at] in name
            }
    return found


def _fit(said: Sequence[str], name: str) -> tuple[float, int]:
    """Return how well the best stretch of words fits a name, and where it begins.

    The first word of a name may stand for the whole of it.
    """
    wanted = words(name)
    if not wanted:
        return 0.0, 0
    joined = "".join(wanted)
    whole, first = SequenceMatcher(None, "", joined), SequenceMatcher(None, "", wanted[0])
    fits = [(0.0, 0)]
    for size in range(1, len(wanted) + 2):
        for start in range(len(said) - size + 1):
            stretch = "".join(said[start : start + size])
            if stretch == joined or (len(stretch) > 4 and _same_figures(stretch, joined)):
                # Of names that begin alike the one that fits more of the words is meant.
                fits.append((_likeness(whole, stretch) + 0.01 * (size - 1), start))
    if len(wanted[0]) > 2:
        more = 0.02 * sum(word in said for word in wanted[1:])
        for start, word in enumerate(said):
            after = said[start + 1] if start + 1 < len(said) else ""
            # chef 1 is not chef-2; but the 5 of "bloom, 5 epochs" is no part of a name that has no number.
            if not after.isdigit() or after in wanted or not any(one.isdigit() for one in wanted):
                fits.append((_alike(first, word, wanted[0]) * 0.9 + more, start))
    return max(fits, key=lambda one: (one[0], -one[1]))


def _same_figures(stretch: str, joined: str) -> bool:
    """chef-1 is no typo of chef-2."""
    figures = re.sub(r"\D", "", stretch)
    return not figures or figures == re.sub(r"\D", "", joined)


def _alike(matcher: "SequenceMatcher[str]", word: str, wanted: str) -> float:
    if len(word) < 3:
        return 0.0
    bare = re.sub(r"[\d.]+$", "", wanted)
    if word in (wanted, bare) or (len(word) > 3 and word.rstrip("s") == wanted.rstrip("s")):
        return 1.0
    # "smol" is short for smollm2.
    short = 0.95 if len(word) > 0.6 * len(bare) and bare.startswith(word) else 0.0
    return max(_likeness(matcher, word), short)


def _likeness(matcher: "SequenceMatcher[str]", word: str) -> float:
    """Compare with what the matcher holds; what cannot come close is not compared letter by letter."""
    matcher.set_seq1(word)
    is_far = matcher.real_quick_ratio() < CLOSE or matcher.quick_ratio() < CLOSE
    return 0.0 if is_far else matcher.ratio()
