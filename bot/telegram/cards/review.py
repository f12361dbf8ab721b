"""The review card: what was handed in, how the vote stands, how it ended."""

from telegram import InlineKeyboardMarkup

from bot.desk.excerpts import exchanges
from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.text import clip, safe
from bot.telegram.words import Words, moment
from bot.wording import size
from datanets.facts import ContributionState, ContributionView, Reason, ReviewCard, Verdict

EXCERPT, EXAMPLES = 350, 2
REASONS = (
    Reason.OFF_TOPIC,
    Reason.LOW_QUALITY,
    Reason.DUPLICATE,
    Reason.WRONG_CONTEXT,
    Reason.RIGHTS,
    Reason.UNSAFE,
)


def review(card: ReviewCard, words: Words) -> Card:
    """Draw a review, open or closed; it fits a caption as well as a message."""
    shown = card.contribution
    lines = [*content(shown, words), _standing(card, words)]
    return Card("\n".join(line for line in lines if line), _keys(card, words))


def reasons(card: ReviewCard, words: Words) -> Card:
    """Draw the same review with a keyboard of reasons for a 👎."""
    item = card.contribution.id
    labels = [button(words.label(reason), "no", item, reason) for reason in REASONS]
    rows: list[Row] = [labels[at : at + 2] for at in range(0, len(labels), 2)]
    return Card(review(card, words).text, keyboard(*rows, [button(words("back"), "card", item)]))


def revoking(card: ReviewCard, words: Words) -> Card:
    """Draw an accepted review with the reasons to take it out again."""
    item = card.contribution.id
    labels = [button(words.label(reason), "revoked", item, reason, style="danger") for reason in REASONS]
    rows: list[Row] = [labels[at : at + 2] for at in range(0, len(labels), 2)]
    text = f"{review(card, words).text}\n{words('why_revoke')}"
    return Card(text, keyboard(*rows, [button(words("back"), "card", item)]))


def content(shown: ContributionView, words: Words) -> list[str]:
    """Return lines that say what was handed in, with what its author said about it."""
    return [_title(shown), *_context(shown, words), *_notes(shown, words)]


def _title(shown: ContributionView) -> str:
    name = safe(clip(shown.name, 60)) or shown.format
    author = safe(clip(shown.author_name, 40))
    return f"<b>{name}</b> → {safe(shown.datanet)}\n{author} · {shown.format} · {size(shown.size)}"


def _context(shown: ContributionView, words: Words) -> list[str]:
    context = shown.context
    fields = (
        (words.either("Caption", "Bildtext"), context.caption),
        (words.either("Transcript", "Abschrift"), context.transcript),
        (words.either("Question", "Frage"), context.question),
        (words.either("Source", "Quelle"), context.source),
        (words.either("Licence", "Lizenz"), context.licence),
    )
    lines = [f"{name}: {safe(clip(value, 120))}" for name, value in fields if value]
    if shown.excerpt:
        lines.append(f"<blockquote>{_excerpt(shown)}</blockquote>")
    return lines


def _excerpt(shown: ContributionView) -> str:
    most = EXCERPT // (2 * EXAMPLES)
    pairs = exchanges(shown)[:EXAMPLES]
    lines = [f"<b>{safe(clip(first, most))}</b>\n{safe(clip(rest, most))}".strip() for first, rest in pairs]
    return "\n".join(lines) or safe(clip(shown.excerpt, EXCERPT))


def _notes(shown: ContributionView, words: Words) -> list[str]:
    lines = [f"• {safe(words.note(note))}" for note in shown.notes[:3]]
    if shown.is_near_duplicate:
        lines.append(
            words.either("⚠ close to a file that is held already", "⚠ ähnelt einer vorhandenen Datei")
        )
    return lines


def _standing(card: ReviewCard, words: Words) -> str:
    state = card.contribution.state
    tally = f"👍 {card.up} · 👎 {card.down}"
    if card.is_open:
        needs = words.either(
            f"needs {card.quorum} votes with a lead of {card.lead}, until {moment(card.closes_at)}",
            f"braucht {card.quorum} Stimmen mit {card.lead} Vorsprung, bis {moment(card.closes_at)}",
        )
        return f"{tally} · {needs}"
    if card.contribution.verdict:
        return f"{tally}\n{verdict(state, card.contribution.verdict, words)}"
    return f"{tally} · <b>{words.state(state)}</b>"


def verdict(state: ContributionState, ended: Verdict, words: Words) -> str:
    """Say how a review ended."""
    mark = {ContributionState.ACCEPTED: "✅", ContributionState.REJECTED: "⛔"}.get(state, "▪")
    line = f"{mark} <b>{words.state(state)}</b>"
    if ended.accepted:
        line += words.either(
            f" · score {ended.score:.2f} · +{ended.points} points",
            f" · Wert {ended.score:.2f} · +{ended.points} Punkte",
        )
    elif ended.reason:
        line += f" · {words.reason(ended.reason)}"
    return line + (f"\n{safe(clip(ended.note, 200))}" if ended.note else "")


def _keys(card: ReviewCard, words: Words) -> InlineKeyboardMarkup | None:
    item = card.contribution.id
    if card.is_open:
        return keyboard(
            [button(f"👍 {card.up}", "up", item), button(f"👎 {card.down}", "down", item)],
            [button(words("why"), "why", item), button(words("file"), "file", item)],
        )
    if card.contribution.state is ContributionState.ESCALATED:
        return keyboard(
            [
                button(words("accept"), "decide", item, 1, style="success"),
                button(words("reject"), "decide", item, 0, style="danger"),
            ],
            [button(words("file"), "file", item)],
        )
    if card.contribution.state is ContributionState.ACCEPTED:
        return keyboard([button(words("file"), "file", item), button(words("revoke"), "revoke", item)])
    return None
