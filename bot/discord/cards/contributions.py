"""Contributions: the form, the receipt, the list, a closer look."""

from collections.abc import Sequence

import discord
from discord import ui

from bot import wording
from bot.discord.answering import Shown
from bot.discord.cards.pieces import AMBER, GREEN, add, card, cut, plain, soon
from bot.discord.cards.reviews import REASONS, STATES, context_lines, excerpt, verdict
from bot.discord.forms import Form
from bot.discord.routing import Live, button, key, view
from bot.languages import tr
from bot.wording import size
from datanets.facts import ContributionState, ContributionView, DatanetView, Kind, QuotaLeft, Submitted


def form(net: DatanetView, *, agreed: bool, locale: str) -> Form:
    """The form for a datanet: files, the context that its kind needs, and consent where it is missing."""
    built = Form(tr(locale, "Contribute to {name}", name=net.name), key("contribute", net.id))
    built.upload("files", tr(locale, "Files"), help_text=tr(locale, "One to ten."))
    if net.kind is Kind.IMAGE:
        built.text(
            "caption", tr(locale, "Caption"), help_text=tr(locale, "What the picture shows"), long=True
        )
    if net.kind is Kind.AUDIO:
        said = tr(locale, "What is said in the recording")
        built.text("transcript", tr(locale, "Transcript"), help_text=said, long=True)
    where = tr(locale, "Where it comes from")
    built.text("source", tr(locale, "Source"), help_text=where, required=False, most=300)
    if not agreed:
        built.note(wording.terms(locale))
        built.tick("consent", tr(locale, "I agree that it is stored and trains models"))
    return built


def quota_line(left: QuotaLeft, locale: str) -> str:
    """What is left today."""
    return tr(
        locale,
        "Left today: {files} of {files_limit} files, {bytes} of {bytes_limit}. Renews {renews}.",
        files=left.files_left,
        files_limit=left.files_limit,
        bytes=size(left.bytes_left),
        bytes_limit=size(left.bytes_limit),
        renews=soon(left.renews_at),
    )


def receipt(facts: Submitted, locale: str) -> str:
    """One line of a receipt."""
    item = facts.contribution
    said = "**{name}** is in review for **{datanet}** ({id})."
    if facts.again:
        said = "**{name}** is with us already, in **{datanet}** ({id})."
    line = tr(locale, said, name=plain(cut(item.name, 100)), datanet=item.datanet, id=f"`{item.id}`")
    notes = "".join(f"\n-# {note}" for note in item.notes)
    return f"📥 {line}{notes}"


def receipts(done: Sequence[Submitted], failed: Sequence[str], locale: str) -> Shown:
    """The answer to handing in files: what was taken, what was not and why, what is left."""
    lines = [receipt(facts, locale) for facts in done] + [f"⚠️ {text}" for text in failed]
    if done:
        lines.append(quota_line(done[-1].quota, locale))
        lines.append("-# " + tr(locale, "You hear of the verdict; /mine always shows it."))
    colour = GREEN if done and not failed else AMBER
    embed = card(
        tr(locale, "Thank you") if done else tr(locale, "Nothing was taken"), "\n".join(lines), colour
    )
    undo = [
        button(
            tr(locale, "Withdraw {name}", name=cut(facts.contribution.name, 40)),
            "withdraw",
            facts.contribution.id,
        )
        for facts in done[:5]
        if facts.contribution.state is ContributionState.PENDING
    ]
    return Shown(embed=embed, view=view(*undo) if undo else None)


def mine(items: Sequence[ContributionView], page: int, more: bool, locale: str) -> Shown:
    """A member's own contributions."""
    if not items:
        return Shown(tr(locale, "You have not handed in anything yet. Start with /contribute."))
    lines = []
    for item in items:
        mark, title, _ = STATES[item.state]
        line = f"{mark} **{plain(cut(item.name, 60))}** → {item.datanet} · {tr(locale, title)} · `{item.id}`"
        if item.verdict is not None and item.verdict.reason is not None:
            line += f"\n-# {tr(locale, REASONS[item.verdict.reason][1])}"
        lines.append(line)
    embed = card(tr(locale, "Your contributions"), "\n".join(lines))
    turn = view(
        button("◀", "mine", page - 1, disabled=page == 0),
        button(str(page + 1), "mine_page", disabled=True),
        button("▶", "mine", page + 1, disabled=not more),
    )
    pending = [item for item in items if item.state is ContributionState.PENDING][:5]
    for item in pending:
        turn.add_item(
            button(tr(locale, "Withdraw {name}", name=cut(item.name, 40)), "withdraw", item.id, row=1)
        )
    options = [
        discord.SelectOption(
            label=cut(item.name or item.format, 100), value=item.id, description=item.datanet
        )
        for item in items
    ]
    look = ui.Select[ui.View](
        custom_id=key("look"), placeholder=tr(locale, "Look at one"), options=options, row=2
    )
    turn.add_item(Live(look))
    return Shown(embed=embed, view=turn)


def contribution(item: ContributionView, locale: str) -> Shown:
    """One contribution looked at closely."""
    mark, title, colour = STATES[item.state]
    heading = tr(locale, "{name} for {datanet}", name=cut(item.name, 120), datanet=item.datanet)
    embed = card(f"{mark} {heading}", excerpt(item), colour)
    add(embed, locale, "Context", context_lines(item, locale), inline=False)
    add(embed, locale, "File", cut(" · ".join([item.format, size(item.size), *item.notes]), 500))
    add(embed, locale, "State", verdict(item, locale) or tr(locale, title), inline=False)
    embed.set_footer(text=item.id)
    open_it = button(tr(locale, "Open the file"), "open_file", item.id, emoji="📄")
    return Shown(embed=embed, view=view(open_it))
