"""Quota, leaderboard and credit."""

from collections.abc import Sequence

from bot import wording
from bot.discord.answering import Shown
from bot.discord.cards.pieces import GREEN, add, bar, card, plain, soon
from bot.languages import tr
from bot.wording import size
from datanets.facts import CreditView, QuotaLeft, StandingRow

MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
SHOWN_ROWS = 15


def quota(left: QuotaLeft, locale: str) -> Shown:
    """What may still be handed in today."""
    used_files = left.files_limit - left.files_left
    used_bytes = left.bytes_limit - left.bytes_left
    embed = card(tr(locale, "Your quota today"), colour=GREEN)
    files = f"{bar(used_files / max(1, left.files_limit))}\n"
    files += tr(locale, "{left} of {limit} left", left=left.files_left, limit=left.files_limit)
    add(embed, locale, "Files", files)
    volume = f"{bar(used_bytes / max(1, left.bytes_limit))}\n"
    volume += tr(locale, "{left} of {limit} left", left=size(left.bytes_left), limit=size(left.bytes_limit))
    add(embed, locale, "Volume", volume)
    add(embed, locale, "Renews", soon(left.renews_at), inline=False)
    return Shown(embed=embed)


def leaderboard(rows: Sequence[StandingRow], own: StandingRow | None, season: bool, locale: str) -> Shown:
    """Who brought the best; the true acceptance rate is shown and orders nothing."""
    heading = tr(locale, "This season" if season else "All time")
    if not rows:
        return Shown(tr(locale, "Nobody has an accepted contribution yet. Be the first: /contribute."))
    lines = [_row(row, locale) for row in rows[:SHOWN_ROWS]]
    if own is not None and own.rank > SHOWN_ROWS:
        lines += ["…", _row(own, locale)]
    embed = card(f"🏆 {heading}", "\n".join(lines))
    embed.set_footer(text=tr(locale, "Ordered by the best 30 points; a rejection lowers nothing."))
    return Shown(embed=embed)


def _row(row: StandingRow, locale: str) -> str:
    place = MEDALS.get(row.rank, f"**{row.rank}.**")
    rate = f"{row.rate_low:.0%}–{row.rate_high:.0%}"
    detail = tr(
        locale,
        "{points} points, {accepted} of {decided} accepted ({rate})",
        points=row.points,
        accepted=row.accepted,
        decided=row.decided,
        rate=rate,
    )
    return f"{place} {plain(row.name)} · **{row.best}**\n-# {detail}"


def credit(of: CreditView, locale: str) -> Shown:
    """A member's balance and latest lines."""
    lines = [
        f"`{entry.amount:+d}` {wording.entry(entry.kind, locale)} {soon(entry.at)}"
        + (f" · `{entry.contribution}`" if entry.contribution else "")
        + (f" · {plain(entry.note)}" if entry.note else "")
        for entry in of.entries[:15]
    ]
    text = "\n".join(lines) or tr(locale, "Nothing earned yet.")
    return Shown(embed=card(tr(locale, "Your credit: {balance} points", balance=of.balance), text, GREEN))
