"""Datanets and releases."""

from collections.abc import Sequence

from bot.desk.export import Packed, by_operator
from bot.discord.answering import Shown
from bot.discord.cards.pieces import AMBER, GREEN, GREY, add, card, cut, plain, quote, soon
from bot.discord.cards.reviews import kind_mark
from bot.discord.routing import button, view
from bot.languages import tr, trn
from bot.wording import notice, size
from datanets.facts import DatanetView, ReleaseView


def datanet(of: DatanetView, releases: Sequence[ReleaseView], locale: str) -> Shown:
    """One datanet with its rules and counts."""
    colour = GREEN if of.is_open else GREY
    embed = card(f"{kind_mark(of.kind)} {of.name}", plain(of.description), colour)
    if not of.is_open:
        add(embed, locale, "State", tr(locale, "Closed: it takes nothing at the moment."), inline=False)
    add(embed, locale, "House rules", quote(of.rules), inline=False)
    counts = tr(
        locale,
        "{accepted} accepted · {pending} in review · {rejected} not taken",
        accepted=of.accepted,
        pending=of.pending,
        rejected=of.rejected,
    )
    add(embed, locale, "Contributions", counts, inline=False)
    policy = of.policy
    votes = trn(locale, policy.quorum, "{n} vote", "{n} votes")
    rule = tr(locale, "{votes}, a lead of {lead}", votes=votes, lead=policy.lead)
    add(embed, locale, "Review", rule)
    add(embed, locale, "Licence", plain(of.licence))
    add(embed, locale, "Tags", ", ".join(map(plain, of.tags)))
    add(embed, locale, "Owner", plain(of.owner_name))
    add(embed, locale, "Releases", "\n".join(release_line(one, locale) for one in releases[:5]), inline=False)
    return Shown(
        embed=embed,
        view=view(
            button(tr(locale, "Contribute"), "contribute", of.id, emoji="📥", disabled=not of.is_open),
            button(tr(locale, "Edit"), "edit_net", of.id),
            button(
                tr(locale, "Release ({count} new)", count=of.accepted_since_release),
                "release",
                of.id,
                disabled=of.accepted_since_release == 0,
            ),
            button(tr(locale, "Train a model"), "finetune", of.id, emoji="🍳", disabled=not of.releases),
        ),
    )


def datanets(of: Sequence[DatanetView], locale: str) -> Shown:
    """All datanets of a community."""
    if not of:
        return Shown(tr(locale, "There is no datanet yet. A validator opens one with /datanet create."))
    lines = []
    for one in of[:25]:
        counts = tr(
            locale, "{accepted} accepted, {pending} in review", accepted=one.accepted, pending=one.pending
        )
        closed = "" if one.is_open else " 🔒"
        lines.append(f"{kind_mark(one.kind)} **{one.name}**{closed} · {counts}")
        if one.description:
            lines.append(f"-# {plain(cut(one.description, 120))}")
    return Shown(embed=card(tr(locale, "Datanets"), "\n".join(lines)))


def release_line(of: ReleaseView, locale: str) -> str:
    """One line about a release."""
    return f"**{of.datanet} r{of.number}** · {made_of(of, locale)} · {size(of.bytes)} · {soon(of.created_at)}"


def made_of(of: ReleaseView, locale: str) -> str:
    """How many items of how many people are in a release."""
    items = trn(locale, of.items, "{n} item", "{n} items")
    return f"{items} · {trn(locale, of.contributors, '{n} person', '{n} people')}"


def exported(of: ReleaseView, packed: Packed, community: str, locale: str) -> str:
    """What stands above an exported release; where its files did not fit, how to get them."""
    line = release_line(of, locale)
    if packed.has_files:
        return f"{line}\n{notice('exported', locale)}"
    more = notice("exported_card", locale, command=f"`{by_operator(of, community)}`")
    return f"{line}\n{more}"


def release(of: ReleaseView, locale: str) -> Shown:
    """The announcement of a release."""
    embed = card(f"📦 {of.datanet} r{of.number}", release_line(of, locale), AMBER)
    embed.set_footer(text=f"sha256 {of.digest[:16]}")
    offer = view(button(tr(locale, "Train a model"), "finetune", of.datanet_id, emoji="🍳"))
    return Shown(embed=embed, view=offer)
