"""What concerns one member: receipt, quota, own files, credit, standing, consent."""

from collections.abc import Sequence

from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.cards.review import content, verdict
from bot.telegram.text import clip, safe
from bot.telegram.words import Words, moment
from bot.wording import size
from datanets.facts import ContributionState, ContributionView, CreditView, QuotaLeft, StandingRow, Submitted

PAGE = 5
OPEN = (ContributionState.PENDING, ContributionState.ESCALATED)


def receipt(facts: Submitted, words: Words, *, photo: bool = False) -> Card:
    """Draw the answer to one contribution; `photo` adds the hint that Telegram compressed it."""
    item = facts.contribution
    if facts.again:
        state = words.state(item.state)
        first = words("received_again", state=state, datanet=safe(item.datanet))
    else:
        first = words("received", datanet=safe(item.datanet))
    lines = [first, left(facts.quota, words), *(f"• {safe(words.note(note))}" for note in item.notes[:3])]
    if photo:
        lines.append(words("compressed"))
    keys = keyboard([button(words("withdraw"), "pull", item.id)]) if item.state in OPEN else None
    return Card("\n".join(lines), keys)


def left(quota: QuotaLeft, words: Words) -> str:
    """Say what is left today."""
    return words(
        "left_today",
        files=quota.files_left,
        limit=quota.files_limit,
        size=size(quota.bytes_left),
        time=f"{quota.renews_at:%H:%M}",
    )


def quota(facts: QuotaLeft, words: Words) -> Card:
    """Draw the quota with bars."""
    files = _bar(facts.files_left, facts.files_limit)
    room = _bar(facts.bytes_left, facts.bytes_limit)
    return Card(
        f"{files} {facts.files_left}/{facts.files_limit} {words.either('files', 'Dateien')}\n"
        f"{room} {size(facts.bytes_left)} / {size(facts.bytes_limit)}\n"
        f"{words.either('New at', 'Neu um')} {moment(facts.renews_at)}"
    )


def mine(items: Sequence[ContributionView], words: Words, owner: str, page: int) -> Card:
    """List one's own contributions, a page at a time; `items` may hold one more than a page."""
    if not items:
        return Card(words("nothing_here"), keyboard([button(words("contribute"), "give", owner=owner)]))
    shown = items[:PAGE]
    lines = []
    for item in shown:
        lines.append(f"<b>{safe(clip(item.name, 50)) or item.format}</b> → {safe(item.datanet)}")
        ended = item.verdict
        lines.append("   " + (verdict(item.state, ended, words) if ended else words.state(item.state)))
    rows: list[Row] = [
        [
            button(f"🔎 {clip(item.name, 14) or item.format}", "one", item.id, page, owner=owner),
            *([button(words("withdraw"), "pull", item.id, owner=owner)] if item.state in OPEN else []),
        ]
        for item in shown
    ]
    turn: Row = [button(words("newer"), "mine", page - 1, owner=owner)] if page else []
    if len(items) > PAGE:
        turn.append(button(words("more"), "mine", page + 1, owner=owner))
    return Card("\n".join(lines), keyboard(*rows, turn))


def one(item: ContributionView, words: Words, owner: str, page: int) -> Card:
    """Draw one of one's own contributions; `page` is where its list was left."""
    ended = item.verdict
    lines = [*content(item, words), verdict(item.state, ended, words) if ended else words.state(item.state)]
    keys = keyboard(
        [
            button(words("file"), "file", item.id, owner=owner),
            *([button(words("withdraw"), "pull", item.id, owner=owner)] if item.state in OPEN else []),
        ],
        [button(words("back"), "mine", page, owner=owner)],
    )
    return Card("\n".join(line for line in lines if line), keys)


def credit(facts: CreditView, words: Words) -> Card:
    """Draw a balance with its latest lines."""
    lines = [f"<b>{facts.balance}</b> {words.either('points', 'Punkte')}"]
    for entry in facts.entries[:10]:
        note = f" · {safe(clip(entry.note, 50))}" if entry.note else ""
        lines.append(f"{entry.amount:+d} · {safe(entry.kind)} · {entry.at:%d %b}{note}")
    return Card("\n".join(lines))


def leaderboard(rows: Sequence[StandingRow], own: StandingRow | None, words: Words, *, season: bool) -> Card:
    """Draw the standing, and where the asker stands in it; the rate is shown and orders nothing."""
    title = (
        words.either("This season (30 days)", "Diese Saison (30 Tage)")
        if season
        else words.either("All time", "Gesamt")
    )
    if not rows:
        body = words("nothing_here")
    else:
        body = "\n".join(
            f"{row.rank}. <b>{safe(clip(row.name, 32))}</b> · {row.best} · "
            f"{row.accepted}/{row.decided} ({row.rate_low:.0%}-{row.rate_high:.0%})"
            for row in rows[:15]
        )
    if own:
        body += f"\n➜ {words('own_place', name=safe(clip(own.name, 32)), rank=own.rank)}"
    other = words.either("All time", "Gesamt") if season else words.either("Season", "Saison")
    return Card(f"🏆 {title}\n{body}", keyboard([button(other, "board", 0 if season else 1)]))


def _bar(part: int, whole: int) -> str:
    full = round(10 * part / whole) if whole else 0
    return "▰" * full + "▱" * (10 - full)
