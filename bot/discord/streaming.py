"""One reply while it is being written: messages that grow at a pace that Discord allows."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.discord.cards import chat as cards
from bot.discord.splitting import split
from datanets.facts import ConversationView, ReplyPiece

log = logging.getLogger(__name__)

#: Edits behave like five in five seconds a channel; other threads' messages count for themselves.
PACE_SECONDS = 1.3
Room = discord.abc.Messageable


@dataclass
class Stream:
    """Writes one reply into a thread."""

    room: Room
    conversation: ConversationView
    locale: str
    answers: discord.Message | None = None
    messages: list[discord.Message] = field(default_factory=list)
    text: str = ""
    shown: list[str] = field(default_factory=list)
    last: float = 0.0

    async def follow(self, pieces: AsyncIterator[ReplyPiece]) -> ReplyPiece | None:
        """Show pieces as they come; returns the last one, which names the kept turn."""
        end: ReplyPiece | None = None
        loop = asyncio.get_running_loop()
        async for piece in pieces:
            self.text += piece.text
            if piece.done:
                end = piece
            elif self.text.strip() and loop.time() - self.last >= PACE_SECONDS:
                await self.show(cards.writing(self.conversation.id, self.locale))
                self.last = loop.time()
        return end

    async def finish(self, end: ReplyPiece | None, note: str = "") -> None:
        """Show the whole reply with what can be done now."""
        turn = end.turn if end else ""
        self.text = "\n".join(filter(None, (self.text.rstrip(), note))) or "…"
        await self.show(cards.written(self.conversation.id, turn, self.locale), last=True)

    async def show(self, view: discord.ui.View, *, last: bool = False) -> None:
        """Bring the messages up to date; only what changed is sent."""
        parts = split(self.text)
        if last:
            parts[-1] = cards.signed(parts[-1], self.conversation.model)
        for index, part in enumerate(parts):
            at_end = index == len(parts) - 1
            if index >= len(self.messages):
                self.messages.append(await self._send(part, view if at_end else None))
                self.shown.append(part)
            elif (
                self.shown[index] != part
                or (last and at_end)
                or (not at_end and index == len(self.messages) - 1)
            ):
                await self._edit(index, part, view if at_end else None)

    async def _send(self, part: str, view: discord.ui.View | None) -> discord.Message:
        reference = self.answers.to_reference(fail_if_not_exists=False) if self.answers else None
        self.answers = None
        extra: dict[str, Any] = {"reference": reference} if reference else {}
        if view is not None:
            extra["view"] = view
        return await self.room.send(part, **extra)

    async def _edit(self, index: int, part: str, view: discord.ui.View | None) -> None:
        try:
            await self.messages[index].edit(content=part, view=view)
            self.shown[index] = part
        except discord.NotFound:
            log.info("a reply was deleted while it was written")
