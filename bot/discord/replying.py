"""A model's replies on their way into a thread: streamed, remembered, and marked when they broke off."""

import asyncio
import contextlib
import logging
import weakref
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import discord

from bot.discord.cards import chat as cards
from bot.discord.house import House
from bot.discord.streaming import Room, Stream
from bot.languages import tr
from datanets.facts import Caller, ConversationView, ReplyPiece
from datanets.refusals import Refusal

log = logging.getLogger(__name__)
USE_CASE = "discord-reply"
BROKEN = "⚠️ I was restarted while I wrote this. Press Again for a new answer."


class Replies:
    """Writes replies; a draft in the database remembers each one until it is whole."""

    def __init__(self, house: House) -> None:
        self.house = house
        # People who speak at once in a thread are answered one after the other.
        self.locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self.answering_now: set[asyncio.Task[object]] = set()
        # Replies that broke off are marked before anybody looks for messages without one.
        self.settled = asyncio.Event()

    async def break_off(self) -> None:
        """End what is being written; the next process says so under it."""
        ending = [task for task in self.answering_now if task is not asyncio.current_task()]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def answer(
        self,
        room: Room,
        held: ConversationView,
        caller: Caller,
        pieces: AsyncIterator[ReplyPiece],
        question: discord.Message | None,
    ) -> None:
        """Stream one reply; a draft remembers it, so that a bot that dies says so when it is back."""
        task = asyncio.current_task()
        if task is not None:
            self.answering_now.add(task)
            task.add_done_callback(self.answering_now.discard)
        async with self.locks.setdefault(held.id, asyncio.Lock()):
            stream = Stream(room, held, caller.locale, question)
            draft = await self._remember(caller, held)
            try:
                async with contextlib.AsyncExitStack() as stack:
                    stack.enter_context(contextlib.suppress(discord.Forbidden))
                    await stack.enter_async_context(room.typing())
                    follow = self._follow(stream, pieces, draft)
                    end = await follow
                stopped = f"-# ⏹️ {tr(caller.locale, 'Stopped')}" if end and end.stopped else ""
                await stream.finish(end, stopped)
            except Refusal as no:
                await stream.finish(None, f"⚠️ {self.house.say(no, caller.locale)}")
            except discord.HTTPException:
                log.warning("a reply in %s could not be shown", held.channel, exc_info=True)
            except Exception as error:  # noqa: BLE001 - the one boundary of replies
                await stream.finish(None, await self.house.ticket(error, caller))
            await self.house.core.drafts.close(draft)

    async def _follow(
        self, stream: Stream, pieces: AsyncIterator[ReplyPiece], draft: str
    ) -> ReplyPiece | None:
        async with aclosing(self._noted(stream, pieces, draft)) as noted:
            return await stream.follow(noted)

    async def _noted(
        self, stream: Stream, pieces: AsyncIterator[ReplyPiece], draft: str
    ) -> AsyncGenerator[ReplyPiece, None]:
        """Pass pieces on and write down which message they go to."""
        written = 0
        async for piece in pieces:
            yield piece
            if len(stream.messages) != written:
                written = len(stream.messages)
                where = {"message": str(stream.messages[-1].id), "begun": True}
                await self.house.core.drafts.change(draft, where)

    async def _remember(self, caller: Caller, held: ConversationView) -> str:
        actor = await self.house.desk.people.actor(caller)
        values = {"channel": held.channel, "conversation": held.id, "message": "", "locale": caller.locale}
        draft = await self.house.core.drafts.open(actor.place, actor.member, USE_CASE, values)
        return draft.id

    async def tell_broken(self) -> None:
        """After a start: say under each reply that broke off that it did, and offer it again."""
        try:
            await self._mark_broken()
        finally:
            self.settled.set()

    async def _mark_broken(self) -> None:
        for draft in await self.house.core.drafts.all(USE_CASE):
            if not await self.house.core.drafts.close(draft.id):
                continue
            values = draft.values
            note = tr(values["locale"], BROKEN)
            view = cards.written(values["conversation"], "", values["locale"])
            room = self.house.client.get_partial_messageable(int(values["channel"]))
            with contextlib.suppress(discord.HTTPException):
                if not values["message"]:
                    await room.send(note, view=view)
                    continue
                found = await room.fetch_message(int(values["message"]))
                await found.edit(content=f"{found.content[:1800]}\n{note}", view=view)
