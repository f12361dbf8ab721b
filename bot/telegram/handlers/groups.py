"""The bot's coming and going, and other people's rights."""

from telegram import Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.telegram.crowd import GONE, PLATFORM
from bot.telegram.room import Room
from bot.telegram.visit import say
from bot.telegram.words import Words
from datanets.facts import Place


async def membership(room: Room, update: Update) -> None:
    """Take over a changed status; a group that the bot enters is greeted once."""
    changed = update.my_chat_member or update.chat_member
    if changed is None:
        return
    chat, person = changed.chat, changed.new_chat_member
    if update.chat_member:
        room.crowd.remember(chat.id, person.user.id, person.status)
        return
    if chat.type == ChatType.PRIVATE:
        blocked = person.status == ChatMemberStatus.BANNED
        await room.crowd.change_own(chat.id, {"blocked": True if blocked else None})
        return
    view = await room.core.places.find(Place(PLATFORM, str(chat.id), chat.title or ""))
    is_gone = person.status in GONE
    await room.core.places.set(view.id, {"away": True if is_gone else None})
    if not is_gone and changed.old_chat_member.status in GONE:
        await say(room.client, chat.id, Words(changed.from_user.language_code)("welcome_group"))
