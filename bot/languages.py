"""The languages in which Potluck speaks: English, and every other one by its English sentences."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "de")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return a language's sentences by their English ones; empty when there are none."""
    path = files("bot.words") / f"{language}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def language_of(locale: object) -> str:
    """`de` for `de`, `en` for `en-GB`."""
    return str(locale or "en").split("-")[0].lower()


def spoken(wanted: str) -> str:
    """Return the first language of an Accept-Language header that Potluck speaks, or English."""
    tags = (tag.strip()[:2].lower() for tag in wanted.split(","))
    return next((tag for tag in tags if tag in LANGUAGES), "en")


def tr(locale: object, english: str, **values: Any) -> str:
    """Say a sentence in a language; what is not translated is said in English."""
    said = catalogue(language_of(locale)).get(english, english)
    return said.format(**values) if values else said


def trn(locale: object, count: int, one: str, many: str) -> str:
    """Say how many of something there are; `{n}` in the sentence is the number."""
    return tr(locale, one if count == 1 else many, n=f"{count:,}")
