"""Facts and refusals into sentences: plain text, escaped and decorated by each platform."""

import tomllib
from dataclasses import asdict, is_dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from bot.languages import LANGUAGES, tr
from datanets.facts import ContributionState, Kind, Reason, RunState
from datanets.recipe import FIELDS
from datanets.refusals import (
    NotAllowed,
    NotFound,
    QuotaSpent,
    RecipeOutOfBounds,
    Refusal,
    ReviewClosed,
    UnreadableFile,
)

#: Nobody becomes these by asking an admin.
PERSONAL = ("owner", "author")
OPEN = (ContributionState.PENDING, ContributionState.ESCALATED)
BYTES = ("size", "most", "needs", "has")


def refusal(why: Refusal, locale: str = "en") -> str:
    """Return the sentence of a refusal: what is wrong and what to do."""
    words = _words(locale)
    values = _readable(why)
    if isinstance(why, QuotaSpent):
        template = words["quota"][why.limit]
    elif isinstance(why, UnreadableFile):
        template = words["unreadable"][why.why]
    elif isinstance(why, NotFound) and why.what in words["gone"]:
        template = words["gone"][why.what]
    elif isinstance(why, NotAllowed) and why.needs in PERSONAL:
        template = words["refusals"]["NotYours"]
    elif isinstance(why, ReviewClosed) and why.state in OPEN:
        template = words["refusals"]["ReviewOpen"]
    else:
        template = words["refusals"][type(why).__name__]
    return str(template.format(**{**values, **_phrases(why, words, locale)}))


def reason(why: Reason, locale: str = "en") -> str:
    """Return why something was rejected, as the end of a sentence."""
    return str(_words(locale)["reasons"][why])


def state(of: ContributionState | RunState, locale: str = "en") -> str:
    """Return a state in a word or two."""
    return str(_words(locale)["states"][of])


def kind(of: Kind, locale: str = "en") -> str:
    """Return what a datanet collects."""
    return str(_words(locale)["kinds"][of])


def stage(of: str, locale: str = "en") -> str:
    """Return what a worker is doing with a run."""
    return str(_words(locale)["stages"].get(of, of))


def entry(of: str, locale: str = "en") -> str:
    """Return what points were given or taken for."""
    return str(_words(locale)["entries"].get(of, of))


def note(what: str, locale: str = "en") -> str:
    """Return what cleaning a file changed, in a word or two."""
    return str(_words(locale)["notes"].get(what, what))


def trouble(problem: str, locale: str = "en") -> str:
    """Return why a book of the library cannot be read as it should, and what to do."""
    return str(_words(locale)["library"].get(problem, problem))


def notice(which: str, locale: str = "en", **values: object) -> str:
    """Return what is said when something happened, as Markdown."""
    return str(_words(locale)["notices"][which].format(**values))


def asked_for(name: str, help_: str, locale: str = "en") -> str:
    """Ask for a value: "Which datanet?", or its name with what it may be."""
    said = tr(locale, help_)
    return f"{said}?" if help_.startswith(("Which ", "What ")) else f"{tr(locale, label(name))}: {said}"


def label(parameter: str) -> str:
    """Name a parameter as a field does."""
    return parameter.replace("_", " ").capitalize()


def how_found(stale_since: datetime | None, semantic: bool, locale: str = "en") -> list[str]:
    """Return what a reader should know of how an answer was looked for; mostly nothing."""
    notes = [notice("docs_away", locale, since=day(stale_since))] if stale_since else []
    return notes if semantic else [*notes, notice("by_words", locale)]


def place(rank: int, locale: str = "en") -> str:
    """Return a place in an order as people say it: 1st, 2nd, 3rd, 4th, 11th."""
    if locale.lower().startswith("de"):
        return f"{rank}."
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending}"


def terms(locale: str = "en", licence: str = "") -> str:
    """Return what a member agrees to before the first contribution, under which licence."""
    sentences = _words(locale)["sentences"]
    return str(sentences["terms"].format(licence=licence or sentences["datanet_licence"]))


def help_text(locale: str = "en") -> str:
    """Return what Potluck does and how to begin."""
    return str(_words(locale)["sentences"]["help"])


def fault(ticket: str, locale: str = "en") -> str:
    """Return what a user is told about an error that nobody expected."""
    return str(_words(locale)["sentences"]["fault"].format(ticket=ticket))


def size(count: int) -> str:
    """Return a number of bytes as people read it: 950 bytes, 12 kB, 3.4 MB, 1.2 GB."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{count} bytes"


def duration(seconds: float) -> str:
    """Return a length of time as people say it: 40 s, 3 min, 2 h 10 min."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def clock(moment: datetime) -> str:
    """Return a moment as an hour in UTC."""
    return f"{moment:%H:%M} UTC"


def day(moment: datetime) -> str:
    """Return a moment as a date."""
    return f"{moment:%Y-%m-%d}"


def _readable(why: Refusal) -> dict[str, Any]:
    values: dict[str, Any] = asdict(why) if is_dataclass(why) else {}
    for name, value in values.items():
        sized = name in BYTES and isinstance(value, int)
        in_bytes = isinstance(why, QuotaSpent) and name in ("left", "wanted") and why.limit.endswith("bytes")
        if sized or in_bytes:
            values[name] = size(max(0, value))
        elif isinstance(value, datetime):
            values[name] = clock(value)
        elif isinstance(value, tuple):
            values[name] = ", ".join(value)
    return values


def _phrases(why: Refusal, words: dict[str, Any], locale: str) -> dict[str, str]:
    """Return the values that are words themselves and so depend on the language."""
    if isinstance(why, NotAllowed):
        roles, actions = words["roles"], words["actions"]
        return {"needs": roles.get(why.needs, why.needs), "action": actions.get(why.action, why.action)}
    if isinstance(why, NotFound):
        names = ", ".join(why.close)
        return {"close": words["sentences"]["close"].format(names=names) if names else ""}
    if isinstance(why, RecipeOutOfBounds):
        known = FIELDS.get(why.field)
        which = "unknown_field" if known is None else "between" if why.high else "one_of"
        bounds = words["sentences"][which].format(low=why.low, high=why.high)
        return {"bounds": bounds, "field": tr(locale, known.title) if known else why.field}
    found: dict[str, str] = {}
    if hasattr(why, "fix"):
        found["fix"] = tr(locale, why.fix)
    for name in ("found", "wanted"):
        value = getattr(why, name, None)
        if isinstance(value, str):
            found[name] = words["kinds"].get(value, value)
    if hasattr(why, "state"):
        found["state"] = words["states"].get(why.state, why.state)
    for name in ("first", "second"):
        if hasattr(why, name):
            value = str(getattr(why, name))
            found[name] = tr(locale, FIELDS[value].title) if value in FIELDS else value
    return found


@cache
def _words(locale: str) -> dict[str, Any]:
    language = locale[:2].lower()
    name = language if language in LANGUAGES else "en"
    return tomllib.loads((files("bot.words") / f"{name}.toml").read_text("utf-8"))
