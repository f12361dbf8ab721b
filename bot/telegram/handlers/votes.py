"""Votes: reactions on a card or on the file itself, buttons as the equal path, the queue of open reviews."""

import asyncio
import logging

from telegram import MessageReactionUpdated, ReactionTypeEmoji, Update
from telegram.error import BadRequest

from bot.telegram.buttons import button, keyboard
from bot.telegram.cards import review as cards
from bot.telegram.cards.card import Card
from bot.telegram.crowd import PLATFORM
from bot.telegram.front import Handler
from bot.telegram.notes import SOURCES
from bot.telegram.room import Room
from bot.telegram.text import safe
from bot.telegram.visit import Visit, say
from bot.telegram.words import Words
from datanets.facts import ContributionState, Kind, NewsKind, Place, Reason, ReviewCard, Role
from datanets.refusals import NotAllowed, Refusal

log = logging.getLogger(__name__)

WAITS, WAIT_SECONDS = 40, 0.25
VOTES = {"👍": True, "👎": False}


# --- reactions ----------------------------------------------------------------------------------------
async def reaction(room: Room, update: Update) -> None:
    """Read the difference between the old and the new reactions of one person as a vote."""
    changed = update.message_reaction
    if changed is None or changed.chat.type == "private":
        return
    before, after = _vote(changed.old_reaction), _vote(changed.new_reaction)
    if before == after:
        return
    items = await _contributions(room, changed)
    for _ in range(WAITS):
        # Its card may be on the way still: the reaction came before Telegram's answer did.
        if items or not room.posting[str(changed.chat.id)]:
            break
        await asyncio.sleep(WAIT_SECONDS)
        items = await _contributions(room, changed)
    if not items:
        return
    if changed.user is None:
        await _explain_anonymous(room, changed)
        return
    if changed.user.is_bot:
        return
    caller = await room.crowd.caller(changed.user, changed.chat)
    for item in items:
        try:
            if after is None:
                await room.desk.reviewing.withdraw(caller, item)
            else:
                await room.desk.reviewing.cast(caller, item, after, via="reaction")
        except Refusal as no:
            log.info("a reaction does not count: %s", type(no).__name__)


def _vote(reactions: tuple[object, ...]) -> bool | None:
    """Return what a set of reactions says; both thumbs at once say nothing."""
    emoji = {one.emoji.replace("\ufe0f", "") for one in reactions if isinstance(one, ReactionTypeEmoji)}
    votes = {VOTES[one] for one in emoji if one in VOTES}
    return votes.pop() if len(votes) == 1 else None


async def _contributions(room: Room, changed: MessageReactionUpdated) -> tuple[str, ...]:
    """Return what a message is about: a card, or the file (or album) that somebody handed in."""
    fresh = room.posted.get((str(changed.chat.id), str(changed.message_id)))
    if fresh:
        return (fresh,)
    place = Place(PLATFORM, str(changed.chat.id), changed.chat.title or "")
    shown = await room.desk.reviewing.shown_at(place, str(changed.chat.id), str(changed.message_id))
    if shown:
        return (shown,)
    view = await room.core.places.find(place)
    noted = await room.notes.read(view.id, SOURCES, f"{changed.chat.id}:{changed.message_id}")
    return tuple(noted.split(",")) if noted else ()


async def _explain_anonymous(room: Room, changed: MessageReactionUpdated) -> None:
    """Say once a group why anonymous votes do not count."""
    view = await room.core.places.find(Place(PLATFORM, str(changed.chat.id), changed.chat.title or ""))
    if not view.settings.get("told_anonymous"):
        await room.core.places.set(view.id, {"told_anonymous": True})
        await say(room.client, changed.chat.id, Words(view.settings.get("language"))("anonymous"))


# --- buttons --------------------------------------------------------------------------------------------
async def up(visit: Visit) -> None:
    """Vote 👍 by button; a second press takes it back."""
    await _toggle(visit, True)


async def down(visit: Visit) -> None:
    """Vote 👎 by button; a second press takes it back."""
    await _toggle(visit, False)


async def _toggle(visit: Visit, wanted: bool) -> None:
    item = _item(visit)
    actor = await visit.desk.people.actor(visit.who)
    card = await visit.desk.reviewing.card(visit.who, item)
    mine = next((ballot.up for ballot in card.ballots if ballot.member == actor.member), None)
    if mine is wanted:
        card = await visit.desk.reviewing.withdraw(visit.who, item)
        await visit.toast(visit.words("taken_back"))
    else:
        card = await visit.desk.reviewing.cast(visit.who, item, wanted)
        await visit.toast(visit.words("counted", vote="👍" if wanted else "👎"))
    await _redraw(visit, card)
    await _drop_copy(visit, item)


async def _drop_copy(visit: Visit, item: str) -> None:
    """Delete a second copy of a card when somebody uses it; only the kept one shows the tally.

    A connection that breaks after Telegram posted a card leaves open whether it stands, so it is sent again.
    """
    pressed = visit.message
    if visit.is_private or pressed is None or "|queue" in str(pressed.reply_markup):
        return
    place = (await visit.desk.setup.show(visit.who)).id
    kept = (await visit.room.core.newsroom.postings(place, NewsKind.REVIEW, item)).get(item)
    here = (str(visit.chat.id), str(pressed.message_id))
    if kept is None or kept.channel != here[0] or kept.message == here[1]:
        return
    try:
        await visit.client.delete_message(visit.chat.id, pressed.message_id)
    except BadRequest as too_old:
        log.info("a copy of a card stays: %s", too_old.message)


async def why(visit: Visit) -> None:
    """Offer the reasons for a 👎."""
    card = await visit.desk.reviewing.card(visit.who, _item(visit))
    drawn = cards.reasons(card, visit.words) if card.is_open else cards.review(card, visit.words)
    await visit.show(drawn)


async def no(visit: Visit) -> None:
    """Vote 👎 with a reason."""
    item, reason = visit.pressed.args if visit.pressed else ("", "")
    card = await visit.desk.reviewing.cast(visit.who, item, False, Reason(reason))
    await visit.toast(f"{visit.words('counted', vote='👎')} {visit.words.reason(Reason(reason))}")
    await visit.show(cards.review(card, visit.words))


async def show_card(visit: Visit) -> None:
    """Draw a card as it stands."""
    await visit.show(cards.review(await visit.desk.reviewing.card(visit.who, _item(visit)), visit.words))


async def decide(visit: Visit) -> None:
    """Settle an escalated review."""
    item, accept = visit.pressed.args if visit.pressed else ("", "0")
    card = await visit.desk.reviewing.decide(
        visit.who, item, accept == "1", None if accept == "1" else Reason.UNSTATED
    )
    await visit.toast(visit.words("done"))
    await visit.show(cards.review(card, visit.words))


async def revoke(visit: Visit) -> None:
    """Ask a moderator why an accepted contribution is taken out again."""
    if Role.ADMIN not in visit.who.roles:
        raise NotAllowed("admin", "revoke")
    card = await visit.desk.reviewing.card(visit.who, _item(visit))
    accepted = card.contribution.state is ContributionState.ACCEPTED
    await visit.show(cards.revoking(card, visit.words) if accepted else cards.review(card, visit.words))


async def revoke_because(visit: Visit) -> None:
    """Take an accepted contribution out again, with a reason."""
    item, reason = visit.pressed.args if visit.pressed else ("", "")
    card = await visit.desk.reviewing.revoke(visit.who, item, visit.words.reason(Reason(reason)))
    await visit.toast(visit.words("done"))
    await visit.show(cards.review(card, visit.words))


async def file(visit: Visit) -> None:
    """Send the cleaned file, in private where that is possible."""
    view, data = await visit.desk.contribute.content(visit.who, _item(visit))
    await visit.toast("📄")
    await send_content(visit, view.kind, view.name, view.format, data, visit.user.id)


async def send_content(visit: Visit, kind: Kind, name: str, form: str, data: bytes, chat: int) -> None:
    """Send bytes as what they are."""
    file_name = name if name.endswith(form) else f"{name or 'file'}.{form.lstrip('.')}"
    if kind is Kind.IMAGE and form.lstrip(".") in {"png", "jpg", "jpeg", "webp"}:
        await visit.client.send_photo(chat, data, caption=safe(name[:200]), filename=file_name)
    else:
        await visit.client.send_document(chat, data, caption=safe(name[:200]), filename=file_name)


# --- the queue --------------------------------------------------------------------------------------------
async def review(visit: Visit) -> None:
    """`/review`: the next file that waits for this person's vote, one at a time."""
    if visit.argument:
        await _one(visit, await visit.desk.reviewing.card(visit.who, visit.argument.split()[0]))
        return
    waiting = await visit.desk.reviewing.queue(visit.who, 1)
    if not waiting:
        await visit.show(Card(visit.words("nothing_to_review")))
        return
    await _one(visit, waiting[0])


async def _one(visit: Visit, card: ReviewCard) -> None:
    drawn = cards.review(card, visit.words)
    following = keyboard(
        *[list(row) for row in (drawn.keys.inline_keyboard if drawn.keys else ())],
        [button(visit.words("more"), "queue", owner=visit.owner)],
    )
    await visit.show(Card(drawn.text, following))


async def _redraw(visit: Visit, card: ReviewCard) -> None:
    """Change a private copy at once; the card in the group is the announcer's, which saves an edit."""
    if visit.is_private:
        await _one(visit, card)


def _item(visit: Visit) -> str:
    return visit.pressed.args[0] if visit.pressed and visit.pressed.args else visit.argument


COMMANDS: dict[str, Handler] = {"review": review}
PRESSES: dict[str, Handler] = {
    "up": up,
    "down": down,
    "why": why,
    "no": no,
    "card": show_card,
    "decide": decide,
    "revoke": revoke,
    "revoked": revoke_because,
    "file": file,
    "queue": review,
}
