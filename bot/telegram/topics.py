"""Forum topics in which models answer: opened once, opened anew when somebody deleted one."""

from telegram.error import BadRequest, Forbidden

from bot.telegram.room import Room
from bot.telegram.text import clip
from bot.telegram.visit import is_topic_gone
from datanets.facts import ModelView

NAME = 128


def channel_of(chat: int, thread: int) -> str:
    """Name a topic as the core keeps it."""
    return f"{chat}:{thread}"


def topic_link(chat: int, thread: int) -> str:
    """Return the address of a topic of a supergroup."""
    return f"https://t.me/c/{str(chat).removeprefix('-100')}/{thread}"


async def open_topic(room: Room, place: str, chat: int, model: ModelView) -> int | None:
    """Return the topic of a model, making it when there is none; None without the right to."""
    async with room.opening_topics:
        for held in await room.core.conversations.of_model(place, model.id):
            owner, _, thread = held.channel.partition(":")
            if owner == str(chat) and thread.isdigit() and await _is_there(room, chat, int(thread)):
                return int(thread)
        try:
            made = await room.client.create_forum_topic(chat, clip(f"🤖 {model.name}", NAME))
        except (BadRequest, Forbidden):
            return None
        channel = channel_of(chat, made.message_thread_id)
        await room.core.conversations.open(model.community, place, channel, model.id)
        return made.message_thread_id


async def _is_there(room: Room, chat: int, thread: int) -> bool:
    """Whether a topic still exists; a closed one is opened again."""
    try:
        await room.client.reopen_forum_topic(chat, thread)
    except BadRequest as no:
        # Telegram refuses to reopen what is open, which is as good as any answer.
        return not is_topic_gone(no)
    except Forbidden:
        return False
    return True
