"""Handing files in: by caption, by buttons, in albums, in the topic that the admins marked."""

import time
from typing import Any

from telegram import Message

from bot import wording
from bot.telegram.buttons import button, keyboard
from bot.telegram.captions import context_of, datanet_of, file_of
from bot.telegram.cards import nets as net_cards
from bot.telegram.cards import people as cards
from bot.telegram.cards.card import Card
from bot.telegram.files import MOST_DOWNLOAD, TelegramUpload, upload_of
from bot.telegram.front import Handler
from bot.telegram.lanes import afterwards
from bot.telegram.notes import SOURCES
from bot.telegram.text import safe
from bot.telegram.visit import Visit
from bot.wording import size
from datanets.facts import DatanetView, Submitted
from datanets.inbox import DraftView
from datanets.refusals import ConsentNeeded, Refusal, TooBig

DRAFT = "contribute"
RECEIVED = "👀"
REFUSED = "🤷"
# The same refusal is put into words once in this time, for each person.
REPEAT_SECONDS = 60.0


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
        kept = await _keep(visit, values)
        await visit.reply(net_cards.choose(found, visit.words, visit.owner, "give", kept.id))
    elif not messages:
        kept = await _keep(visit, {**values, "datanet": net.id, "awaits": "file"})
        sent = await visit.reply(Card(f"<b>{safe(net.name)}</b>\n{visit.words('send_file')}"), ask=True)
        await visit.room.core.drafts.change(kept.id, {"prompt": sent.message_id})
    else:
        await hand_in(visit, net, values)


async def hand_in(visit: Visit, net: DatanetView, values: dict[str, Any]) -> None:
    """Take the files of a draft; asks for consent first, and for a context that is missing."""
    if not (await visit.desk.people.terms(visit.who)).agreed:
        await _ask_consent(visit, net, values)
        return
    uploads = [_upload(visit, kept) for kept in values["files"]]
    context = context_of(net.kind, values.get("context", ""))
    results: list[Submitted | Refusal] = []
    for upload in uploads:
        try:
            if upload.size and upload.size > MOST_DOWNLOAD:
                raise TooBig(upload.size, MOST_DOWNLOAD)
            results.append(await visit.desk.contribute.hand_in(visit.who, upload, net.id, context))
        except ConsentNeeded as missing:
            if len(uploads) == 1:
                await _ask_more(visit, net, values, missing)
                return
            results.append(missing)
        except Refusal as no:
            results.append(no)
    await _note_sources(visit, values, results)
    if len(results) == 1:
        await _one(visit, results[0], values["files"][0], photo=uploads[0].photo)
    else:
        await _several(visit, results, values["files"])


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
        await _ask_file(visit, await _keep(visit, {"files": [], "context": ""}), net)
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


# --- what is missing ----------------------------------------------------------------------------------
async def _ask_file(visit: Visit, draft: DraftView, net: DatanetView) -> None:
    values = {"datanet": net.id, "awaits": "file"}
    text = f"<b>{safe(net.name)}</b>\n{visit.words('send_file')}"
    cancel = keyboard([button(visit.words("cancel"), "drop", draft.id, owner=visit.owner)])
    await visit.toast()
    sent = await visit.reply(Card(text, cancel), ask=True)
    await visit.room.core.drafts.change(draft.id, {**values, "prompt": sent.message_id})


async def _ask_consent(visit: Visit, net: DatanetView, values: dict[str, Any]) -> None:
    draft = await _keep(visit, {**values, "datanet": net.id})
    keys = keyboard(
        [button(visit.words("agree"), "agree", draft.id, owner=visit.owner, style="success")],
        [button(visit.words("decline"), "drop", draft.id, owner=visit.owner)],
    )
    await visit.reply(Card(safe(wording.terms(visit.words.locale, net.licence)), keys))


async def _ask_more(visit: Visit, net: DatanetView, values: dict[str, Any], missing: Refusal) -> None:
    if isinstance(missing, ConsentNeeded):
        await _ask_consent(visit, net, values)
        return
    draft = await _keep(visit, {**values, "datanet": net.id, "awaits": "text"})
    text = f"{safe(wording.refusal(missing, visit.words.locale))}\n{visit.words('write_reply')}"
    sent = await visit.reply(Card(text), ask=True)
    await visit.room.core.drafts.change(draft.id, {"prompt": sent.message_id})


# --- what came of it ----------------------------------------------------------------------------------
async def _one(visit: Visit, result: Submitted | Refusal, kept: dict[str, Any], *, photo: bool) -> None:
    if isinstance(result, Refusal):
        await _refuse(visit, result, kept)
        return
    await _mark(visit, kept, RECEIVED)
    hint = photo and not await _was_told(visit)
    if visit.is_private or result.again or hint or result.contribution.notes:
        await visit.reply(cards.receipt(result, visit.words, photo=hint), silent=True)


async def _several(visit: Visit, results: list[Submitted | Refusal], files: list[dict[str, Any]]) -> None:
    taken = [one for one in results if isinstance(one, Submitted) and not one.again]
    again = [one for one in results if isinstance(one, Submitted) and one.again]
    refused = [one for one in results if isinstance(one, Refusal)]
    parts = []
    if taken:
        parts.append(visit.words("album_taken", count=len(taken)))
    if again:
        parts.append(visit.words("album_again", count=len(again)))
    lines = [visit.words("album", total=len(results), parts=", ".join(parts) or "0")]
    reasons = dict.fromkeys(wording.refusal(no, visit.words.locale) for no in refused)
    lines += [f"• {safe(reason)}" for reason in list(reasons)[:4]]
    lines.append(cards.left(await visit.desk.contribute.quota(visit.who), visit.words))
    if any(kept["photo"] for kept in files) and not await _was_told(visit):
        lines.append(visit.words("compressed"))
    if taken or again:
        await _mark(visit, files[0], RECEIVED)
    await visit.reply(Card("\n".join(lines)), silent=True)


async def _refuse(visit: Visit, no: Refusal, kept: dict[str, Any]) -> None:
    text = wording.refusal(no, visit.words.locale)
    if isinstance(no, TooBig) and no.most == MOST_DOWNLOAD:
        text = visit.words("too_big_for_bot", size=size(no.size))
    key = f"{visit.chat.id} {visit.owner} {type(no).__name__}"
    now = time.monotonic()
    said = visit.room.said
    if now - said.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
        await _mark(visit, kept, REFUSED)
        return
    said[key] = now
    await visit.reply(Card(safe(text)))


async def _mark(visit: Visit, kept: dict[str, Any], emoji: str) -> None:
    from bot.telegram.visit import react

    await react(visit.client, kept["chat"], kept["message"], emoji)


async def _was_told(visit: Visit) -> bool:
    """Whether this person has read that photos are compressed; from now on they have."""
    own = await visit.room.crowd.own(visit.user.id)
    if not own.settings.get("told_photos"):
        await visit.room.crowd.change_own(visit.user.id, {"told_photos": True})
        return False
    return True


async def _note_sources(visit: Visit, values: dict[str, Any], results: list[Submitted | Refusal]) -> None:
    """Remember which messages brought which contributions; an album's reactions all land on one of them."""
    made = [
        (kept, result.contribution.id)
        for kept, result in zip(values["files"], results, strict=True)
        if isinstance(result, Submitted)
    ]
    place = (await visit.desk.setup.show(visit.who)).id
    together = ",".join(item for _, item in made)
    for kept, _ in made:
        if kept["chat"] < 0:
            await visit.room.notes.write(place, SOURCES, f"{kept['chat']}:{kept['message']}", together)


# --- reading ------------------------------------------------------------------------------------------
def _upload(visit: Visit, kept: dict[str, Any]) -> TelegramUpload:
    return TelegramUpload(visit.client, kept["file_id"], kept["name"], kept["size"], photo=kept["photo"])


async def _keep(visit: Visit, values: dict[str, Any]) -> DraftView:
    actor = await visit.desk.people.actor(visit.who)
    kept: DraftView = await visit.room.core.drafts.open(actor.place, actor.member, DRAFT, values)
    return kept


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
