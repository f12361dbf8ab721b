"""Templates and the small words inside them: sizes, times, safe Markdown."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot import wording
from bot.languages import LANGUAGES, tr, trn

FOLDER = Path(__file__).parent

# Models and members write this text: HTML stays text, and pictures are not fetched from elsewhere.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable("image")

# Drawn, not typed: many machines have no font with these two.
THUMB = (
    '<svg class="thumb {way}" viewBox="0 0 24 24" role="img" aria-label="{sign}">'
    '<use href="/static/thumb.svg#thumb"/></svg>'
)


def markdown(text: str) -> Markup:
    """Turn somebody's words into safe HTML."""
    drawn = _markdown.render(text)
    for way, sign in (("up", "👍"), ("down", "👎")):
        drawn = drawn.replace(sign, THUMB.format(way=way, sign=sign))
    return Markup(drawn)  # noqa: S704 - the renderer escapes every tag of its input


def plain(words: str) -> str:
    """Leave the signs of Markdown out, for places that show none."""
    return words.replace("*", "").replace("`", "")


def _size(count: float) -> str:
    return wording.size(round(count))


def span(seconds: float | None) -> str:
    """Write a length of time, or a dash while nobody knows it."""
    return "–" if seconds is None else wording.duration(max(0.0, seconds))


def moment(at: datetime, locale: str = "en") -> str:
    """Write a moment with its zone, for tables."""
    return at.astimezone(UTC).strftime("%-d.%-m., %H:%M UTC" if locale == "de" else "%-d %b, %H:%M UTC")


def loss(value: float | None) -> str:
    """Write a loss to three digits."""
    return "–" if value is None else f"{value:.3f}"


def begun(words: str) -> str:
    """Begin a sentence with a capital; unlike `capitalize` it leaves the other ones alone."""
    return words[:1].upper() + words[1:]


class Drawing:
    """Draws a template of this room, in one of the languages."""

    def __init__(self) -> None:
        self._templates = {locale: _environment(locale) for locale in LANGUAGES}

    def draw(self, template: str, locale: str = "en", /, **values: Any) -> Markup:
        """Fill a template; every value is escaped unless a template made it."""
        return Markup(self._templates[locale].get_template(template).render(values))  # noqa: S704 - autoescaped


def _environment(locale: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(_=partial(tr, locale), many=partial(trn, locale), language=locale)
    made.filters.update(
        begun=begun,
        cleaned=partial(wording.note, locale=locale),
        loss=loss,
        markdown=markdown,
        moment=partial(moment, locale=locale),
        place=partial(wording.place, locale=locale),
        size=_size,
        span=span,
        stage=partial(wording.stage, locale=locale),
        state=partial(wording.state, locale=locale),
        trouble=partial(wording.trouble, locale=locale),
    )
    return made
