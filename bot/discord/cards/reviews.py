"""Reviews: the card, its votes, its verdict."""

import discord
from discord import ui

from bot.desk.excerpts import exchanges
from bot.discord.answering import Shown
from bot.discord.cards.pieces import AMBER, BLUE, GREEN, GREY, RED, add, card, cut, plain, quote, soon
from bot.discord.routing import button, view
from bot.languages import tr, trn
from bot.wording import size
from datanets.facts import (
    ContributionState,
    ContributionView,
    Kind,
    Reason,
    ReviewCard,
)

UP, DOWN = "👍", "👎"

STATES: dict[ContributionState, tuple[str, str, int]] = {
    ContributionState.PENDING: ("⏳", "Waiting for votes", AMBER),
    ContributionState.ESCALATED: ("⚖️", "A moderator decides", BLUE),
    ContributionState.ACCEPTED: ("✅", "Accepted", GREEN),
    ContributionState.REJECTED: ("❌", "Not taken", RED),
    ContributionState.EXPIRED: ("⌛", "Expired; counts for nothing", GREY),
    ContributionState.WITHDRAWN: ("↩️", "Withdrawn", GREY),
    ContributionState.REVOKED: ("🚫", "Taken back by a moderator", RED),
    ContributionState.ERASED: ("🗑️", "Deleted by its author", GREY),
}

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.OFF_TOPIC: ("Off topic", "It does not fit the datanet's description; another one may want it."),
    Reason.LOW_QUALITY: ("Quality", "Too short, garbled or careless; clean it up and hand it in again."),
    Reason.DUPLICATE: ("Duplicate", "Something very like it is there already; add what is new."),
    Reason.WRONG_CONTEXT: ("Wrong context", "Caption, transcript or source do not match the file."),
    Reason.RIGHTS: ("Rights", "Source or licence are missing or do not allow it."),
    Reason.UNSAFE: ("Unsafe", "It harms or exposes somebody; leave that out."),
    Reason.UNSTATED: ("No reason given", "Ask the validators what would make it fit."),
}


def context_lines(of: ContributionView, locale: str) -> str:
    """The context that came with the file."""
    named = (
        ("Caption", of.context.caption),
        ("Transcript", of.context.transcript),
        ("Question", of.context.question),
        ("Source", of.context.source),
        ("Licence", of.context.licence),
        ("Language", of.context.language),
    )
    return "\n".join(f"**{tr(locale, name)}:** {plain(cut(value, 300))}" for name, value in named if value)


def excerpt(of: ContributionView) -> str:
    """The beginning of a text; questions with their answers are shown as such."""
    pairs = (f"**{plain(cut(first, 200))}**\n{quote(rest, 400)}" for first, rest in exchanges(of))
    return cut("\n".join(pairs), 1500) or quote(of.excerpt)


def review(of: ReviewCard, locale: str, picture: bytes | None = None, *, queue: bool = False) -> Shown:
    """The card of a review; `queue` when it is shown to one validator, who then wants the next."""
    item = of.contribution
    mark, title, colour = STATES[item.state]
    heading = tr(
        locale, "{name} for {datanet}", name=cut(item.name or item.format, 120), datanet=item.datanet
    )
    embed = card(f"{mark} {heading}", excerpt(item), colour)
    embed.set_author(name=cut(item.author_name or "?", 200))
    add(embed, locale, "Context", context_lines(item, locale), inline=False)
    facts = [f"{item.format} · {size(item.size)}", *item.notes]
    add(embed, locale, "File", cut(" · ".join(facts), 500))
    if item.is_near_duplicate:
        add(embed, locale, "Take care", tr(locale, "Very like something that is here already."))
    add(embed, locale, "Votes", votes(of, locale), inline=False)
    if item.verdict is not None:
        add(embed, locale, "Verdict", verdict(item, locale), inline=False)
    else:
        add(embed, locale, "State", f"{tr(locale, title)} · {tr(locale, 'closes')} {soon(of.closes_at)}")
    embed.set_footer(text=item.id)
    buttons = review_buttons(of, locale)
    if queue:
        buttons = buttons or view()
        buttons.add_item(button(tr(locale, "Next"), "next_review", emoji="▶️", row=1))
    shown = Shown(embed=embed, view=buttons)
    if picture is not None:
        shown.picture, shown.picture_name = picture, "preview.png"
        embed.set_image(url="attachment://preview.png")
    return shown


def votes(of: ReviewCard, locale: str) -> str:
    """The tally, what is still needed, and who voted."""
    tally = f"{UP} **{of.up}** · {DOWN} **{of.down}**"
    if of.is_open:
        votes = trn(locale, of.quorum, "{n} vote", "{n} votes")
        tally += " · " + tr(locale, "needs {votes} and a lead of {lead}", votes=votes, lead=of.lead)
    ups = [plain(b.name) for b in of.ballots if b.up]
    downs = [plain(b.name) for b in of.ballots if not b.up]
    who = [f"{mark} {', '.join(names)}" for mark, names in ((UP, ups), (DOWN, downs)) if names]
    return cut("\n".join([tally, *who]), 1000)


def verdict(item: ContributionView, locale: str) -> str:
    """How it ended, and for a rejection what to do about it."""
    if item.verdict is None:
        return ""
    mark, title, _ = STATES[item.state]
    lines = [f"{mark} {tr(locale, title)}"]
    if item.verdict.accepted and item.state is ContributionState.ACCEPTED:
        lines[0] += " · " + tr(locale, "{points} points", points=item.verdict.points)
    if item.verdict.reason is not None:
        name, advice = REASONS[item.verdict.reason]
        lines.append(f"**{tr(locale, name)}.** {tr(locale, advice)}")
    if item.verdict.note:
        lines.append(quote(item.verdict.note, 300))
    if not item.verdict.accepted:
        lines.append("-# " + tr(locale, "A rejection costs nothing."))
    return "\n".join(lines)


def review_buttons(of: ReviewCard, locale: str) -> ui.View | None:
    """What can be pressed as long as the review is open."""
    item = of.contribution
    if of.is_open:
        return view(
            button(tr(locale, "Accept"), "vote", item.id, "up", emoji=UP, style=discord.ButtonStyle.success),
            button(
                tr(locale, "Reject"), "vote", item.id, "down", emoji=DOWN, style=discord.ButtonStyle.danger
            ),
            button(tr(locale, "Take my vote back"), "vote", item.id, "none"),
            button(tr(locale, "Open the file"), "open_file", item.id, emoji="📄"),
        )
    if item.state is ContributionState.ESCALATED:
        accept, reject = tr(locale, "Decide: accept"), tr(locale, "Decide: reject")
        return view(
            button(accept, "decide", item.id, "up", style=discord.ButtonStyle.success),
            button(reject, "decide", item.id, "down", style=discord.ButtonStyle.danger),
            button(tr(locale, "Open the file"), "open_file", item.id, emoji="📄"),
        )
    return None


def verdict_letter(item: ContributionView, locale: str) -> Shown:
    """What the contributor is told about a verdict."""
    colour = STATES[item.state][2]
    heading = tr(locale, "Your {name} for {datanet}", name=cut(item.name, 100), datanet=item.datanet)
    return Shown(embed=card(heading, verdict(item, locale) or tr(locale, STATES[item.state][1]), colour))


def kind_mark(kind: Kind) -> str:
    """A sign for a kind."""
    return {Kind.TEXT: "📄", Kind.IMAGE: "🖼️", Kind.AUDIO: "🎧"}[kind]
