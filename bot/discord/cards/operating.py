"""What admins see beside the choices of /setup: other places of the community, and the library."""

from collections.abc import Sequence

import discord

from agent.facts import Digest
from bot import wording
from bot.discord.answering import Shown
from bot.discord.cards.pieces import AMBER, GREEN, add, card, cut, plain, soon
from bot.discord.forms import Form
from bot.discord.routing import button, key, view
from bot.languages import tr, trn
from knowledge.facts import Refreshed

SHOWN_GAPS = 10


def more(locale: str) -> Shown:
    """What else an admin can do."""
    text = tr(locale, "More for admins: several places as one community, and the library of the docs.")
    return Shown(
        text,
        view=view(
            button(tr(locale, "Test again"), "test_again", emoji="🔍", row=0),
            button(tr(locale, "Code for another place"), "place_code", emoji="🔗", row=0),
            button(tr(locale, "Join a community"), "join", row=0),
            button(tr(locale, "Refresh the library"), "refresh_library", emoji="📚", row=1),
            button(tr(locale, "What the docs did not answer"), "digest", row=1),
        ),
    )


def place_code(code: str, locale: str) -> Shown:
    """The code and where to type it."""
    return Shown(
        tr(
            locale,
            "The code is `{code}`, good for ten minutes. In the other server an admin presses “Join a "
            "community” under /setup; on Telegram an admin of the group types `/link community {code}`. "
            "Then both are one community.",
            code=code,
        )
    )


def join_form(locale: str) -> Form:
    """The form for a code."""
    built = Form(tr(locale, "Join a community"), key("join"))
    built.note(
        tr(
            locale,
            "This server then shares datanets, reviews, standing and models with the place the code is from.",
        )
    )
    return built.text("code", tr(locale, "The code from the other side"), most=20)


def refreshed(books: Sequence[Refreshed], locale: str) -> Shown:
    """What a fresh look at the docs found."""
    lines = [
        f"📘 **{_title(book.book)}** · "
        + tr(
            locale,
            "{listed} pages, {read} read anew, {removed} gone, {failed} could not be read",
            listed=book.listed,
            read=book.read,
            removed=book.removed,
            failed=book.failed,
        )
        + (f"\n⚠️ {plain(wording.trouble(book.problem, locale))}" if book.problem else "")
        for book in books
    ]
    colour = AMBER if any(book.problem or book.failed for book in books) else GREEN
    text = "\n".join(lines) or tr(locale, "The library has no books; the operator names them.")
    return Shown(embed=card(tr(locale, "Refresh the library"), text, colour))


def _title(book: str) -> str:
    """A book by its address, or by its folder's name: where that lies is the operator's business."""
    return plain(book if book.startswith("http") else book.rstrip("/").rsplit("/", 1)[-1])


def digest(of: Digest, locale: str) -> Shown:
    """What was asked, and what the docs did not answer."""
    lines = [
        f"**{plain(cut(gap.question, 200))}** · {gap.count}× · "
        f"{trn(locale, gap.members, '{n} person', '{n} people')} · "
        f"{discord.utils.format_dt(gap.last_at, 'd')}"
        for gap in of.gaps[:SHOWN_GAPS]
    ]
    text = "\n".join(lines) or tr(locale, "The docs have answered every question of these days.")
    embed = card(tr(locale, "What the docs did not answer"), text)
    add(embed, locale, "Since", soon(of.since))
    figures = tr(locale, "{answered} of {asked}", answered=of.answered, asked=of.asked)
    add(embed, locale, "Answered", figures)
    add(embed, locale, "Opinions", f"👍 {of.liked} · 👎 {of.disliked}")
    return Shown(embed=embed)
