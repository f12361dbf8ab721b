"""Handing files in: by caption, by buttons, in albums, in the topic that the admins marked."""

from telegram import Message

from bot.telegram.buttons import button, keyboard
from bot.telegram.captions import datanet_of, file_of
from bot.telegram.cards import nets as net_cards
from bot.telegram.cards.card import Card
from bot.telegram.files import upload_of
from bot.telegram.front import Handler
from bot.telegram.handlers.handing_in import DRAFT, hand_in, keep
from bot.telegram.lanes import afterwards
from bot.telegram.text import safe
from bot.telegram.visit import Visit
from datanets.facts import DatanetView
from datanets.inbox import DraftView


async def contribute(visit: Visit) -> None:
    """`/contribute datanet context` under a file, in answer to one's own file, or alone."""
    message = visit.message
    if message and message.media_group_id:
        gather(visit)
        return
    await offer(visit, [message] if message and upload_of(message, visit.client) else [], visit.argument)


def gather(visit: Visit) -> None:
    """Put an item of an album to the others; it is handled when all are there."""
    message = visit.message
    if message is None or message.media_group_id is None:
        return

    async def whole(visits: list[Visit]) -> None:
        named = next((one for one in visits if one.message and (one.message.caption or "")), visits[0])
        messages = [one.message for one in visits if one.message]
        await guarded(named, messages)

    async def guarded(named: Visit, messages: list[Message]) -> None:
        caption = (named.message.caption or "") if named.message else ""
        commanded = caption.lower().startswith("/contribute")
        try:
            if commanded:
                await offer(named, messages, caption.partition(" ")[2].strip())
            else:
                await loose_files(named, messages, caption)
        except Exception as problem:  # noqa: BLE001 - explained like any other handler's
            await visit.room.front.explain(named, problem)

    afterwards(visit.room.albums.add(visit.chat.id, message.media_group_id, visit, whole))


async def loose_files(visit: Visit, messages: list[Message], text: str) -> None:
    """Files without a command: wanted ones go on, in private the buttons ask, in a group nothing happens."""
    waiting = await _waiting_for_file(visit)
    if waiting:
        await offer(visit, messages, text, waiting)
    elif visit.is_private:
        await offer(visit, messages, text)
    else:
        settings = (await visit.desk.setup.show(visit.who)).settings
        marked = settings.get("intake")
        if marked is not None and marked == (visit.thread or 0):
            await offer(visit, messages, f"{settings.get('intake_datanet', '')} {text}".strip())


async def offer(visit: Visit, messages: list[Message], argument: str, draft: DraftView | None = None) -> None:
    """Find out what is missing, ask for it, and hand the files in when nothing is."""
    found = [net for net in await visit.desk.nets.list(visit.who) if net.is_open]
    net, context = datanet_of(found, argument)
    if draft:
        net = net or next((one for one in found if one.id == draft.values.get("datanet")), None)
        await visit.room.core.drafts.close(draft.id)
    if not messages:
        own = visit.message.reply_to_message if visit.message else None
        if own and own.from_user and own.from_user.id == visit.user.id and upload_of(own, visit.client):
            messages = [own]
    values = {"files": [file_of(message) for message in messages], "context": context}
    if net is None:
        kept = await keep(visit, values)
        await visit.reply(net_cards.choose(found, visit.words, visit.owner, "give", kept.id))
    elif not messages:
        kept = await keep(visit, {**values, "datanet": net.id, "awaits": "file"})
        sent = await visit.reply(Card(f"<b>{safe(net.name)}</b>\n{visit.words('send_file')}"), ask=True)
        await visit.room.core.drafts.change(kept.id, {"prompt": sent.message_id})
    else:
        await hand_in(visit, net, values)


async def choose(visit: Visit) -> None:
    """A datanet was chosen by button: with a draft before it, or first thing."""
    args = visit.pressed.args if visit.pressed else ()
    if len(args) == 2:
        draft = await _own_draft(visit, args[0])
        net = await visit.desk.nets.show(visit.who, args[1])
        if draft is None:
            await visit.toast(visit.words("stale"), alert=True)
        elif draft.values.get("files"):
            if await visit.room.core.drafts.close(draft.id):
                await hand_in(visit, net, draft.values)
        else:
            await _ask_file(visit, draft, net)
    elif args:
        net = await visit.desk.nets.show(visit.who, args[0])
        await _ask_file(visit, await keep(visit, {"files": [], "context": ""}), net)
    else:
        await offer(visit, [], "")


async def agree(visit: Visit) -> None:
    """Record the consent and go on with the files that waited for it."""
    args = visit.pressed.args if visit.pressed else ()
    await visit.desk.people.agree(visit.who)
    draft = await _own_draft(visit, args[0]) if args else None
    if draft and await visit.room.core.drafts.close(draft.id):
        net = await visit.desk.nets.show(visit.who, draft.values["datanet"])
        await visit.show(Card(visit.words("thanks")))
        await hand_in(visit, net, draft.values)
    else:
        await visit.show(Card(visit.words("thanks")))


async def drop(visit: Visit) -> None:
    """Throw a draft away."""
    args = visit.pressed.args if visit.pressed else ()
    draft = await _own_draft(visit, args[0]) if args else None
    if draft:
        await visit.room.core.drafts.close(draft.id)
    await visit.show(Card(visit.words("cancelled")))


async def withdraw(visit: Visit) -> None:
    """Take one's own contribution back by button."""
    item = visit.pressed.args[0] if visit.pressed else visit.argument
    taken = await visit.desk.contribute.withdraw(visit.who, item)
    text = f"<b>{safe(taken.name)}</b>: {visit.words.state(taken.state)}"
    await visit.toast(text)
    if visit.is_private:
        await visit.show(Card(text))


async def continue_with_text(visit: Visit, draft: DraftView) -> None:
    """The missing context was written."""
    if await visit.room.core.drafts.close(draft.id):
        net = await visit.desk.nets.show(visit.who, draft.values["datanet"])
        await hand_in(visit, net, {**draft.values, "context": visit.argument})


# --- asking ----------------------------------------------------------------------------------
async def _ask_file(visit: Visit, draft: DraftView, net: DatanetView) -> None:
    values = {"datanet": net.id, "awaits": "file"}
    text = f"<b>{safe(net.name)}</b>\n{visit.words('send_file')}"
    cancel = keyboard([button(visit.words("cancel"), "drop", draft.id, owner=visit.owner)])
    await visit.toast()
    sent = await visit.reply(Card(text, cancel), ask=True)
    await visit.room.core.drafts.change(draft.id, {**values, "prompt": sent.message_id})


# --- reading ------------------------------------------------------------------------------------------
async def _own_draft(visit: Visit, draft: str) -> DraftView | None:
    actor = await visit.desk.people.actor(visit.who)
    found: DraftView | None = await visit.room.core.drafts.get(draft)
    return found if found and found.member == actor.member else None


async def _waiting_for_file(visit: Visit) -> DraftView | None:
    actor = await visit.desk.people.actor(visit.who)
    replied = visit.message.reply_to_message if visit.message else None
    for draft in await visit.room.core.drafts.of(actor.place, actor.member):
        if draft.use_case != DRAFT or draft.values.get("awaits") != "file":
            continue
        if visit.is_private or (replied and replied.message_id == draft.values.get("prompt")):
            return draft
    return None


COMMANDS: dict[str, Handler] = {"contribute": contribute}
PRESSES: dict[str, Handler] = {"give": choose, "agree": agree, "drop": drop, "pull": withdraw}
