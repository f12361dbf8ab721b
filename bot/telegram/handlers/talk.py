"""Talking to a model: in its topic, in a chain of replies, or in private with drafts."""

import contextlib
from collections.abc import AsyncIterator

from bot import wording
from bot.telegram.buttons import button, keyboard, link
from bot.telegram.cards import runs as cards
from bot.telegram.cards.card import Card
from bot.telegram.front import Handler
from bot.telegram.lanes import afterwards
from bot.telegram.notes import CHAINS, TURNS
from bot.telegram.streaming import Stream
from bot.telegram.text import clip, safe
from bot.telegram.topics import channel_of, open_topic, topic_link
from bot.telegram.visit import Visit
from datanets.facts import ConversationView, ModelView, ReplyPiece
from datanets.inbox import DraftView
from datanets.refusals import ConsentNeeded, NotFound

CORRECT = "correct"


# --- beginning ----------------------------------------------------------------------------------------
async def chat(visit: Visit) -> None:
    """`/chat [model]`: open the model's thread here."""
    if not visit.argument:
        await visit.show(cards.models(await visit.desk.training.models(visit.who), visit.words, visit.owner))
        return
    await begin(visit, await visit.desk.training.model(visit.who, visit.argument.split()[0]))


async def talk(visit: Visit) -> None:
    """Open the thread of a model by button."""
    name = visit.pressed.args[0] if visit.pressed else visit.argument
    await begin(visit, await visit.desk.training.model(visit.who, name))


async def begin(visit: Visit, model: ModelView) -> None:
    """Tie a topic, a chain of replies or the private chat to a model."""
    await visit.toast()
    hello = visit.words.either(
        f"🤖 <b>{safe(model.name)}</b> listens here.", f"🤖 <b>{safe(model.name)}</b> hört hier zu."
    )
    if visit.is_private:
        held = await visit.desk.chat.open(visit.who, model.id, f"private:{visit.owner}:{model.id}")
        await visit.room.crowd.change_own(visit.user.id, {"talking": held.id})
        leave = keyboard([button(visit.words("cancel"), "leave", owner=visit.owner)])
        await visit.reply(Card(f"{hello} {visit.words.either('Just write.', 'Schreib einfach.')}", leave))
        return
    if visit.chat.is_forum:
        place = (await visit.desk.setup.show(visit.who)).id
        thread = await open_topic(visit.room, place, visit.chat.id, model)
        if thread:
            url = topic_link(visit.chat.id, thread)
            await visit.reply(
                Card(f"🤖 <b>{safe(model.name)}</b>", keyboard([link(visit.words("talk"), url)]))
            )
            return
    how = visit.words.either("Reply to this message.", "Antworte auf diese Nachricht.")
    sent = await visit.reply(Card(f"{hello} {how}"))
    held = await visit.desk.chat.open(visit.who, model.id, f"{visit.chat.id}:m{sent.message_id}")
    await visit.room.notes.write(held.place, CHAINS, f"{visit.chat.id}:{sent.message_id}", held.id)


async def leave(visit: Visit) -> None:
    """Stop talking to a model in private."""
    await visit.room.crowd.change_own(visit.user.id, {"talking": None})
    await visit.show(Card(visit.words("done")))


# --- talking ------------------------------------------------------------------------------------------
async def find(visit: Visit) -> ConversationView | None:
    """Return the conversation that a message belongs to, or None."""
    if visit.is_private:
        talking = (await visit.room.crowd.own(visit.user.id)).settings.get("talking")
        if talking:
            with contextlib.suppress(NotFound):
                return await visit.desk.chat.get(visit.who, talking)
        return None
    if visit.thread:
        held: ConversationView | None = await visit.desk.chat.at(
            visit.who, channel_of(visit.chat.id, visit.thread)
        )
        if held:
            return held
    replied = visit.message.reply_to_message if visit.message else None
    if replied:
        place = (await visit.desk.setup.show(visit.who)).id
        noted = await visit.room.notes.read(place, CHAINS, f"{visit.chat.id}:{replied.message_id}")
        if noted:
            return await visit.desk.chat.get(visit.who, noted)
    return None


def say(visit: Visit, held: ConversationView, text: str) -> None:
    """Let the model answer; the person's next message need not wait for it."""
    afterwards(_answer(visit, held, visit.desk.chat.say(visit.who, held.id, text)))


async def again(visit: Visit) -> None:
    """Give the latest reply again."""
    held = await visit.desk.chat.get(visit.who, visit.pressed.args[0] if visit.pressed else "")
    await visit.toast()
    afterwards(_answer(visit, held, visit.desk.chat.again(visit.who, held.id)))


async def _answer(visit: Visit, held: ConversationView, pieces: AsyncIterator[ReplyPiece]) -> None:
    """Stream one reply; in one conversation they come one after the other."""
    try:
        async with visit.room.turns[held.id]:
            done = await Stream(visit, held.id).show(pieces)
        if done.message and not visit.is_private:
            key = f"{visit.chat.id}:{done.message.message_id}"
            await visit.room.notes.write(held.place, CHAINS, key, held.id)
            await visit.room.notes.write(held.place, TURNS, key, done.turn)
    except Exception as problem:  # noqa: BLE001 - explained like any other handler's
        await visit.room.front.explain(visit, problem)


async def hush(visit: Visit) -> None:
    """Stop the reply that is being written."""
    visit.desk.chat.stop(visit.pressed.args[0] if visit.pressed else "")
    await visit.toast(visit.words("stopped"))


async def stop(visit: Visit) -> None:
    """`/stop`: stop the reply that is being written here."""
    held = await find(visit)
    if held is None or not visit.desk.chat.stop(held.id):
        await visit.react("👌")


# --- opinions -----------------------------------------------------------------------------------------
async def rate(visit: Visit) -> None:
    """👍 or 👎 on a reply."""
    turn, up = visit.pressed.args if visit.pressed else ("", "1")
    await visit.desk.chat.rate(visit.who, turn, up == "1")
    await visit.toast(visit.words("thanks"))


async def fix(visit: Visit) -> None:
    """Ask for the answer that should have come."""
    turn = visit.pressed.args[0] if visit.pressed else ""
    actor = await visit.desk.people.actor(visit.who)
    draft = await visit.room.core.drafts.open(
        actor.place, actor.member, CORRECT, {"turn": turn, "awaits": "text"}
    )
    await visit.toast()
    question = visit.words.either("What should the answer have been?", "Wie hätte die Antwort lauten sollen?")
    name = f'<a href="tg://user?id={visit.user.id}">{safe(clip(visit.user.first_name, 40))}</a>'
    sent = await visit.reply(Card(f"{name}: {question} {visit.words('write_reply')}"), ask=True)
    await visit.room.core.drafts.change(draft.id, {"prompt": sent.message_id})


async def continue_with_text(visit: Visit, draft: DraftView) -> None:
    """The better answer was written."""
    try:
        made = await visit.desk.chat.correct(visit.who, draft.values["turn"], visit.argument)
    except ConsentNeeded:
        keys = keyboard([button(visit.words("agree"), "agree", owner=visit.owner, style="success")])
        await visit.reply(Card(safe(wording.terms(visit.words.locale)), keys))
        return
    await visit.room.core.drafts.close(draft.id)
    if made:
        await visit.react("👀")
    else:
        await visit.reply(Card(visit.words("thanks")))


COMMANDS: dict[str, Handler] = {"chat": chat}
EXTRA: dict[str, Handler] = {"stop": stop}
PRESSES: dict[str, Handler] = {
    "talk": talk,
    "leave": leave,
    "again": again,
    "hush": hush,
    "rate": rate,
    "fix": fix,
}
