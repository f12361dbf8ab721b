"""Numbers out of a plain sentence: in words or figures, before or after the value that they belong to."""

import re

from knowledge.words import mend

_WORDS = {
    "zero": 0, "one": 1, "single": 1, "once": 1, "two": 2, "couple": 2, "twice": 2, "three": 3, "thrice": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "dozen": 12, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_MANY = {"hundred": 100, "thousand": 1000}
_WORD = "|".join(sorted((*_WORDS, *_MANY), key=len, reverse=True))
_SPELLED = re.compile(
    rf"\b(?:a\s+)?(?:{_WORD})(?:[\s-]+(?:and\s+)?(?:{_WORD}))*\b(?:\s+of\b)?", re.IGNORECASE
)
# The figures of a name (chef-2, qwen2.5) are no value.
_FIGURE = r"(?<![\w.-])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]*[a-z])"
_UNITS = {
    "epochs": r"epochs?|\bep\b|rounds?|passes|times",
    "rank": r"rank|\br(?=\s*=)",
    "learning_rate": r"learning[ _-]?rate|\blr\b",
    "batch_size": r"batch(?:es)?(?:[ _-]?size)?|\bbs\b",
    "max_length": r"max(?:imum)?[ _-]?(?:length|len|tokens)|(?:sequence|context)[ _]length|tokens?",
}
_TOKENS = re.compile(
    "|".join(f"(?P<{name}>{unit})" for name, unit in _UNITS.items()) + f"|(?P<figure>{_FIGURE})",
    re.IGNORECASE,
)
_FIGURE_FIRST = re.compile(
    r"\s*(?:more|full|whole|lora|max|examples? (?:per|a|each|in a))?\s*", re.IGNORECASE
)
_UNIT_FIRST = re.compile(r"(?:\s|[:=]|\b(?:of|to|is|at|about|around|size|with|count)\b)*", re.IGNORECASE)
_COMMA_FIRST = re.compile(r"\s*,\s*(?:so|to|now)?\s*")
_KNOWN = ("batch", "epoch", "epochs", "learning", "length", "rank", "rate", "rounds", "tokens")


def figures(text: str) -> str:
    """Write every number in figures, with a decimal point and without thousands."""
    text = re.sub(r"\b0,(?=\d)", "0.", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"\b(\d+)k\b", r"\g<1>000", text, flags=re.IGNORECASE)
    return _SPELLED.sub(lambda match: f"{_sum(match.group(0))} ", text)


def number_in(text: str) -> str:
    """Return the last number of a text, or nothing."""
    found = re.findall(_FIGURE, figures(text), re.IGNORECASE)
    return str(found[-1]) if found else ""


def numbers_of(text: str) -> dict[str, str]:
    """Return the values of a recipe that a text gives as numbers; what is said last counts."""
    text = re.sub(r"[A-Za-z]{4,}", lambda match: _mended(match.group(0)), figures(text))
    tokens = list(_TOKENS.finditer(text))
    found: dict[str, str] = {}
    used: set[int] = set()
    # A comma parts more often than it joins: "learning rate, 1e-5" is read only when all else has been.
    for gaps in ((-1, _FIGURE_FIRST), (1, _UNIT_FIRST)), ((1, _COMMA_FIRST),):
        for place, token in enumerate(tokens):
            unit = token.lastgroup or ""
            if unit == "figure" or (unit in found and gaps[0][1] is _COMMA_FIRST):
                continue
            for step, gap in gaps:
                other = place + step
                if not 0 <= other < len(tokens) or other in used or tokens[other].lastgroup != "figure":
                    continue
                first, second = sorted((tokens[other], token), key=lambda one: one.start())
                if gap.fullmatch(text[first.end() : second.start()]):
                    found[unit] = tokens[other].group(0)
                    used.add(other)
                    break
    return found


def units_in(text: str) -> list[str]:
    """Return the numeric values that a text speaks of, in its order."""
    return [unit for token in _TOKENS.finditer(text) if (unit := token.lastgroup or "") != "figure"]


def _mended(word: str) -> str:
    return word if word.lower() in _KNOWN else mend(word.lower(), _KNOWN)


def _sum(spelled: str) -> int:
    total = current = 0
    for word in re.findall(r"[a-z]+", spelled.lower()):
        if word in _MANY:
            current = max(current, 1) * _MANY[word]
            if word == "thousand":
                total, current = total + current, 0
        else:
            current += _WORDS.get(word, 0)
    return total + current
