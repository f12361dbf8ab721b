"""One update as its handler sees it: who, where, in which language, and how to answer."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from telegram import CallbackQuery, Chat, ForceReply, LinkPreviewOptions, Message, ReplyParameters, User
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.telegram.buttons import Pressed
from bot.telegram.cards.card import Card
from bot.telegram.client import Client
from bot.telegram.limiter import Urgency
from bot.telegram.text import plain
from bot.telegram.words import Words
from datanets.facts import Caller

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# Clients spin until a press is answered; work that takes longer than this answers without words.
PRESS_SECONDS = 1.5
TOAST = 200


@dataclass
class Visit:
    """Made for each message or press; `room` holds the tools of the platform."""

    room: Any
    user: User
    chat: Chat
    message: Message | None
    words: Words
    caller: Caller | None = None
    query: CallbackQuery | None = None
    pressed: Pressed | None = None
    argument: str = ""
    _answered: bool = False
    _timer: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def desk(self) -> Any:
        """The use cases."""
        return self.room.desk

    @property
    def client(self) -> Client:
        """The Bot API."""
        found: Client = self.room.client
        return found

    @property
    def who(self) -> Caller:
        """The caller; handlers that need one are called with one."""
        if self.caller is None:
            raise RuntimeError("this handler was registered without a caller")
        return self.caller

    @property
    def owner(self) -> str:
        """The id that goes into the buttons which only this person may press."""
        return str(self.user.id)

    @property
    def is_private(self) -> bool:
        """Whether nobody else reads along."""
        return self.chat.type == ChatType.PRIVATE

    @property
    def thread(self) -> int | None:
        """The topic; a plain reply thread is none."""
        if self.message and self.message.is_topic_message:
            return self.message.message_thread_id
        return None

    # --- answering ------------------------------------------------------------------------------------
    async def show(self, card: Card) -> Message | None:
        """Change the pressed message in place, or answer with a new one."""
        if self.query and isinstance(self.query.message, Message) and self.query.message.from_user:
            await self.toast()
            return await self.change(self.query.message, card)
        return await self.reply(card)

    async def reply(self, card: Card, *, ask: bool = False, silent: bool = False) -> Message:
        """Answer in the same chat and topic, tied to the message; `ask` opens the person's keyboard."""
        markup: Any = card.keys
        if ask and not self.is_private:
            markup = ForceReply(selective=True)
        return await say(
            self.client,
            self.chat.id,
            card.text,
            markup=markup,
            thread=self.thread,
            reply=self._tied_to,
            silent=silent,
        )

    async def reply_file(self, data: bytes, name: str, caption: str) -> Message:
        """Answer with a file, in the same chat and topic; a topic that is gone falls back to the chat."""
        options: dict[str, Any] = {
            "filename": name,
            "caption": caption,
            "reply_parameters": self._tied_to,
            "rate_limit_args": Urgency.ANSWER,
        }
        try:
            return await self.client.send_document(
                self.chat.id, data, message_thread_id=self.thread, **options
            )
        except BadRequest as no:
            if self.thread and is_topic_gone(no):
                return await self.client.send_document(self.chat.id, data, **options)
            raise

    @property
    def _tied_to(self) -> ReplyParameters | None:
        """The message that an answer is tied to, where others read along."""
        if self.message and not self.is_private and not self.query:
            return ReplyParameters(self.message.message_id, allow_sending_without_reply=True)
        return None

    async def change(self, message: Message, card: Card, urgency: Urgency = Urgency.ANSWER) -> Message:
        """Edit one of the bot's own messages; one that is gone is sent anew."""
        try:
            await edit(
                self.client,
                message.chat.id,
                message.message_id,
                card,
                has_text=message.text is not None,
                urgency=urgency,
            )
        except BadRequest as no:
            if "not found" not in no.message.lower() and "can't be edited" not in no.message.lower():
                raise
            return await self.reply(card)
        return message

    async def react(self, emoji: str) -> None:
        """React to the person's message; a chat that does not allow it is left alone."""
        if self.message:
            await react(self.client, self.chat.id, self.message.message_id, emoji)

    async def toast(self, text: str = "", *, alert: bool = False) -> None:
        """Answer a press, once; the clients stop spinning."""
        if self.query is None or self._answered:
            return
        self._answered = True
        if self._timer:
            self._timer.cancel()
        try:
            await self.query.answer(plain(text)[:TOAST] or None, show_alert=alert)
        except BadRequest:
            log.info("a press was answered too late")

    def answer_in_time(self) -> None:
        """See to it that a press is answered even when its work takes long."""

        async def wait() -> None:
            await asyncio.sleep(PRESS_SECONDS)
            self._timer = None
            await self.toast()

        self._timer = asyncio.create_task(wait())

    @property
    def can_toast(self) -> bool:
        """Whether the press still waits for words."""
        return self.query is not None and not self._answered


async def say(
    client: Client,
    chat: int,
    text: str,
    *,
    markup: Any = None,
    thread: int | None = None,
    reply: ReplyParameters | None = None,
    silent: bool = False,
    urgency: Urgency = Urgency.ANSWER,
) -> Message:
    """Send HTML; what Telegram cannot parse goes out plain, a topic that is gone falls back to the chat."""
    options: dict[str, Any] = {
        "reply_markup": markup,
        "message_thread_id": thread,
        "reply_parameters": reply,
        "disable_notification": silent or None,
        "link_preview_options": NO_PREVIEW,
        "rate_limit_args": urgency,
    }
    try:
        return await client.send_message(chat, text, **options)
    except BadRequest as no:
        if "can't parse entities" in no.message.lower():
            return await client.send_message(chat, plain(text), parse_mode=None, **options)
        if thread and is_topic_gone(no):
            return await client.send_message(chat, text, **{**options, "message_thread_id": None})
        raise


async def edit(
    client: Client,
    chat: int,
    message: int,
    card: Card,
    *,
    has_text: bool = True,
    urgency: Urgency = Urgency.ANSWER,
) -> None:
    """Change a message or the caption of a picture."""
    options: dict[str, Any] = {"reply_markup": card.keys, "rate_limit_args": urgency}
    if has_text:
        await client.edit_message_text(card.text, chat, message, link_preview_options=NO_PREVIEW, **options)
    else:
        await client.edit_message_caption(chat, message, caption=card.text, **options)


async def react(client: Client, chat: int, message: int, emoji: str) -> None:
    """Set the bot's reaction; groups may forbid it, and then nothing is lost."""
    try:
        await client.set_message_reaction(chat, message, emoji)
    except (BadRequest, Forbidden):
        log.info("chat %s does not let me react with %s", chat, emoji)


def is_topic_gone(no: TelegramError) -> bool:
    """Whether a topic was closed or deleted."""
    return any(
        words in no.message.lower()
        for words in ("thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")
    )
