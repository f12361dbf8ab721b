"""The hand-over itself: consent, each file of a message or an album, and what came of them."""

import time
from typing import Any

from bot import wording
from bot.telegram.buttons import button, keyboard
from bot.telegram.captions import context_of
from bot.telegram.cards import people as cards
from bot.telegram.cards.card import Card
from bot.telegram.files import MOST_DOWNLOAD, TelegramUpload
from bot.telegram.notes import SOURCES
from bot.telegram.text import safe
from bot.telegram.visit import Visit, react
from bot.wording import size
from datanets.facts import DatanetView, Submitted
from datanets.inbox import DraftView
from datanets.refusals import ConsentNeeded, Refusal, TooBig

DRAFT = "contribute"
RECEIVED = "👀"
REFUSED = "🤷"
# The same refusal is put into words once in this time, for each person.
REPEAT_SECONDS = 60.0


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


async def keep(visit: Visit, values: dict[str, Any]) -> DraftView:
    """Open a draft for what is known so far."""
    actor = await visit.desk.people.actor(visit.who)
    kept: DraftView = await visit.room.core.drafts.open(actor.place, actor.member, DRAFT, values)
    return kept


# --- what is missing ----------------------------------------------------------------------------------
async def _ask_consent(visit: Visit, net: DatanetView, values: dict[str, Any]) -> None:
    draft = await keep(visit, {**values, "datanet": net.id})
    keys = keyboard(
        [button(visit.words("agree"), "agree", draft.id, owner=visit.owner, style="success")],
        [button(visit.words("decline"), "drop", draft.id, owner=visit.owner)],
    )
    await visit.reply(Card(safe(wording.terms(visit.words.locale, net.licence)), keys))


async def _ask_more(visit: Visit, net: DatanetView, values: dict[str, Any], missing: Refusal) -> None:
    if isinstance(missing, ConsentNeeded):
        await _ask_consent(visit, net, values)
        return
    draft = await keep(visit, {**values, "datanet": net.id, "awaits": "text"})
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


def _upload(visit: Visit, kept: dict[str, Any]) -> TelegramUpload:
    return TelegramUpload(visit.client, kept["file_id"], kept["name"], kept["size"], photo=kept["photo"])
