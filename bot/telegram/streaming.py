"""Shows a reply while it is written: drafts in private, one message edited at a lawful pace in groups."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.telegram.buttons import button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.client import Client
from bot.telegram.limiter import Urgency
from bot.telegram.text import MESSAGE, clip, messages, safe
from bot.telegram.visit import Visit, edit, say
from bot.telegram.words import Words
from datanets.facts import ReplyPiece

DRAFT_SECONDS = 0.8
# In a group a short reply comes whole; a long one shows its beginning after this and then grows slowly.
WHOLE_SECONDS = 5.0
EDIT_SECONDS = 10.0
ACTION_SECONDS = 4.0
MOST_MESSAGES = 5


@dataclass
class Reply:
    """A finished reply: where it stands, and the turn that was kept."""

    message: Message | None
    turn: str
    text: str


class Stream:
    """One reply on its way to a chat."""

    def __init__(self, visit: Visit, conversation: str) -> None:
        self.visit, self.conversation = visit, conversation
        self.client: Client = visit.client
        self.words: Words = visit.words
        self.text = ""
        self.turn = ""
        self._begun: Message | None = None
        self._drafting = visit.is_private

    async def show(self, pieces: AsyncIterator[ReplyPiece]) -> Reply:
        """Follow the pieces to their end and leave the whole reply with its buttons."""
        ticker = asyncio.create_task(self._tick())
        try:
            async for piece in pieces:
                self.text += piece.text
                self.turn = piece.turn or self.turn
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
        return Reply(await self._finish(), self.turn, self.text)

    async def _tick(self) -> None:
        """Show that something is coming, and what has come."""
        loop = asyncio.get_running_loop()
        begun, acted, shown = loop.time(), 0.0, ""
        next_edit = begun + WHOLE_SECONDS
        while True:
            now = loop.time()
            with contextlib.suppress(TelegramError):
                if self._drafting and self.text and self.text != shown:
                    shown = self.text
                    await self._draft(shown)
                elif now - acted >= ACTION_SECONDS and not (self._drafting and self.text):
                    acted = now
                    await self.client.send_chat_action(
                        self.visit.chat.id, ChatAction.TYPING, message_thread_id=self.visit.thread
                    )
                if not self._drafting and now >= next_edit and self.text and self.text != shown:
                    shown, next_edit = self.text, now + EDIT_SECONDS
                    await self._grow(shown)
            await asyncio.sleep(DRAFT_SECONDS)

    async def _draft(self, text: str) -> None:
        number = int(self.conversation, 36) % (2**31 - 1) + 1
        try:
            await self.client.send_message_draft(
                self.visit.chat.id, number, clip(text, MESSAGE - 8), parse_mode=None
            )
        except TelegramError:
            # A server or a chat without drafts: stream by edits from here on.
            self._drafting = False

    async def _grow(self, text: str) -> None:
        stop = keyboard([button(self.words("stop"), "hush", self.conversation)])
        card = Card(safe(clip(text, MESSAGE - 8)) + " …", stop)
        if self._begun is None:
            self._begun = await self._send(card)
        else:
            await edit(
                self.client, self._begun.chat.id, self._begun.message_id, card, urgency=Urgency.PROGRESS
            )

    async def _finish(self) -> Message | None:
        parts = messages(self.text)[:MOST_MESSAGES] or [self.words("stopped")]
        keys = reply_keys(self.conversation, self.turn, self.words) if self.turn else None
        last: Message | None = None
        for number, part in enumerate(parts):
            card = Card(part, keys if number == len(parts) - 1 else None)
            if number == 0 and self._begun:
                await edit(self.client, self._begun.chat.id, self._begun.message_id, card)
                last = self._begun
            else:
                last = await self._send(card)
        return last

    async def _send(self, card: Card) -> Message:
        visit = self.visit
        reply = None
        if visit.message and not visit.is_private and not visit.query:
            reply = ReplyParameters(visit.message.message_id, allow_sending_without_reply=True)
        return await say(
            self.client, visit.chat.id, card.text, markup=card.keys, thread=visit.thread, reply=reply
        )


def reply_keys(
    conversation: str, turn: str, words: Words, likes: int = 0, dislikes: int = 0
) -> InlineKeyboardMarkup | None:
    """Return the buttons under a model's reply."""
    return keyboard(
        [
            button(f"👍 {likes or ''}".strip(), "rate", turn, 1),
            button(f"👎 {dislikes or ''}".strip(), "rate", turn, 0),
            button(words("again"), "again", conversation),
            button(words("correct"), "fix", turn),
        ]
    )
