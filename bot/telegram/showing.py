"""What all news in groups share: where a card goes, when it may be edited, and what was shown last."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

from telegram import Message, ReplyParameters
from telegram.error import BadRequest

from bot.announcements import Later
from bot.telegram.cards.card import Card
from bot.telegram.crowd import PLATFORM
from bot.telegram.limiter import Urgency
from bot.telegram.notes import SOURCES
from bot.telegram.room import Room
from bot.telegram.visit import edit, say
from datanets.facts import Account, News, Posting

# When a group has had this many messages in the last minute, a tally can wait; a verdict never does.
BUSY = 9


@dataclass(frozen=True)
class Pace:
    """Seconds between two edits of the same message."""

    run: float = 12.0
    picture: float = 45.0
    tally: float = 8.0


class Showing:
    """Sends and edits cards in groups; remembers when each was edited last."""

    def __init__(self, room: Room, pace: Pace) -> None:
        self.room, self.pace = room, pace
        self._edited: dict[str, float] = {}

    async def edit(self, news: News, posted: Posting, card: Card, urgency: Urgency) -> Posting:
        """Change a card in place; one that is gone is posted anew."""
        has_text = bool(posted.extra.get("has_text", True))
        self.touched(news)
        chat, message = int(posted.channel), int(posted.message)
        try:
            await edit(self.room.client, chat, message, card, has_text=has_text, urgency=urgency)
        except BadRequest as no:
            if "no text in the message" in no.message.lower():
                await edit(self.room.client, chat, message, card, has_text=False, urgency=urgency)
                has_text = False
            elif "not found" in no.message.lower() or "can't be edited" in no.message.lower():
                return posting(await self.say(news, card, await self.options(news)), card)
            else:
                raise
        return Posting(posted.channel, posted.message, {"has_text": has_text, "shown": mark(card)})

    def touched(self, news: News) -> None:
        """Note that a card is being edited now."""
        self._edited[news.id] = asyncio.get_running_loop().time()

    def wait(self, news: News, seconds: float) -> None:
        """Put an intermediate state off, longer while the group is busy; the newest is shown later."""
        now = asyncio.get_running_loop().time()
        if self.room.limiter.recent(news.place.external_id) >= BUSY:
            seconds *= 3
        left = self._edited.get(news.id, -seconds) + seconds - now
        if left > 0:
            raise Later(left)

    async def say(self, news: News, card: Card, options: dict[str, Any], *, silent: bool = True) -> Message:
        """Post a card in the group."""
        return await say(
            self.room.client,
            int(news.place.external_id),
            card.text,
            markup=card.keys,
            thread=options.get("message_thread_id"),
            reply=options.get("reply_parameters"),
            silent=silent,
            urgency=Urgency.NEWS,
        )

    async def options(self, news: News, contribution: str = "") -> dict[str, Any]:
        """Return where a card goes: the topic that `/setup` chose, else in answer to the file."""
        options: dict[str, Any] = {"message_thread_id": news.place.settings.get("cards")}
        noted = await self.room.notes.find(news.place.id, SOURCES, contribution) if contribution else None
        if noted and not options["message_thread_id"]:
            message = int(noted.partition(":")[2])
            options["reply_parameters"] = ReplyParameters(message, allow_sending_without_reply=True)
        return options

    async def reachable(self, member: str) -> list[Account]:
        """Return a member's accounts on Telegram."""
        accounts = await self.room.desk.people.accounts_of(member)
        return [account for account in accounts if account.platform == PLATFORM]


def posting(message: Message, card: Card, *, has_text: bool = True) -> Posting:
    """Say where a card stands now and what it shows."""
    return Posting(str(message.chat.id), str(message.message_id), {"has_text": has_text, "shown": mark(card)})


def mark(card: Card) -> str:
    """Return a short mark of what a card shows, so that nothing is edited into itself."""
    return hashlib.sha256(f"{card.text}{card.keys.to_json() if card.keys else ''}".encode()).hexdigest()[:16]
