"""Messages without a command: files, answers to questions, talk with a model, plain language to the bot."""

from bot.telegram.files import upload_of
from bot.telegram.front import Handler
from bot.telegram.handlers import ask, compare, contribute, handing_in, nets, talk
from bot.telegram.visit import Visit
from datanets.inbox import DraftView

CONTINUE = {
    handing_in.DRAFT: contribute.continue_with_text,
    nets.NEW: nets.continue_with_text,
    nets.EDIT: nets.continue_with_text,
    talk.CORRECT: talk.continue_with_text,
    compare.DRAFT: compare.continue_with_text,
    ask.DRAFT: ask.continue_with_text,
}


async def message(visit: Visit) -> None:
    """Find out what a message is for; what is for nobody is left alone."""
    if visit.message is None:
        return
    if upload_of(visit.message, visit.client):
        if visit.message.media_group_id:
            contribute.gather(visit)
        else:
            await contribute.loose_files(visit, [visit.message], visit.argument)
        return
    if not visit.argument:
        return
    draft = await _awaited(visit)
    if draft:
        await CONTINUE[draft.use_case](visit, draft)
        return
    held = await talk.find(visit)
    if held:
        talk.say(visit, held, visit.argument)
    elif visit.is_private or _is_addressed(visit):
        await ask.plain(visit)


async def _awaited(visit: Visit) -> DraftView | None:
    """Return the draft that waits for this text: by the question it answers, in private the newest."""
    actor = await visit.desk.people.actor(visit.who)
    replied = visit.message.reply_to_message if visit.message else None
    waiting: list[DraftView] = [
        draft
        for draft in await visit.room.core.drafts.of(actor.place, actor.member)
        if draft.values.get("awaits") == "text" and draft.use_case in CONTINUE
    ]
    if replied:
        return next((one for one in waiting if one.values.get("prompt") == replied.message_id), None)
    return waiting[0] if visit.is_private and waiting else None


def _is_addressed(visit: Visit) -> bool:
    """Whether a message in a group is meant for the bot: a mention, or an answer to it."""
    replied = visit.message.reply_to_message if visit.message else None
    if replied and replied.from_user and replied.from_user.id == visit.client.id:
        return not replied.forum_topic_created
    mention = f"@{visit.client.username}".lower()
    if mention in visit.argument.lower():
        start = visit.argument.lower().index(mention)
        visit.argument = (visit.argument[:start] + visit.argument[start + len(mention) :]).strip()
        return True
    return False


HANDLER: Handler = message
