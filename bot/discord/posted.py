"""Which message shows which contribution, and one vote at a time for each."""

import asyncio
import weakref
from dataclasses import dataclass, field

import discord

from bot.desk.reviewing import Reviewing
from bot.discord import convert

#: Seconds between looks for a card that was posted a moment ago and is not written down yet.
JUST_POSTED = (0.3, 0.6, 1.1)
#: Unknown channel, unknown message. Any other 404 says nothing about the message.
GONE = (10003, 10008)


@dataclass
class Posted:
    """The cards of reviews that stand in servers."""

    reviewing: Reviewing
    locks: weakref.WeakValueDictionary[str, asyncio.Lock] = field(default_factory=weakref.WeakValueDictionary)

    def lock(self, contribution: str) -> asyncio.Lock:
        """Votes on one card are taken in one after the other, so that a look at all of them misses none."""
        return self.locks.setdefault(contribution, asyncio.Lock())

    async def at(
        self, guild: discord.Guild | None, channel: int, message: int, *, wait: bool = False
    ) -> str | None:
        """Return the contribution whose card a message is; `wait` for one that was posted a moment ago."""
        if guild is None:
            return None
        place = convert.place_of_guild(guild)
        for pause in (0.0, *JUST_POSTED) if wait else (0.0,):
            if pause:
                await asyncio.sleep(pause)
            found = await self.reviewing.shown_at(place, str(channel), str(message))
            if found is not None:
                return found
        return None
