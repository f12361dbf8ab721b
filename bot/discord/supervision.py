"""Keeps the connection to Discord alive: every way in which the client can end is answered here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import discord

from bot.discord.client import Client, intents

log = logging.getLogger(__name__)

#: A thousand sessions a day are allowed; with these pauses not even a bot that dies at once comes near.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
STEADY_SECONDS = 120.0
REFUSED_PAUSE = 300.0


@dataclass
class Supervisor:
    """Runs one client after the other until it is told to stop."""

    token: str
    setup: Callable[[Client], Awaitable[None]]
    client: Client | None = None
    state: str = "starting"
    restarts: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    wants: list[tuple[bool, bool]] = field(
        default_factory=lambda: [(True, True), (True, False), (False, True), (False, False)]
    )

    async def run(self) -> None:
        """Connect, and connect again; returns after `stop`."""
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while not self.stopping.is_set():
            began = loop.time()
            wait = await self._once()
            if wait is None:
                pause = FIRST_PAUSE if loop.time() - began > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            await self._sleep(pause if wait is None else wait)
            self.restarts += 1

    async def _once(self) -> float | None:
        """Run one client to its end; returns the seconds to wait where the end decides that."""
        content, members = self.wants[0]
        self.client = Client(intents(content=content, members=members), self.setup)
        try:
            await self.client.start(self.token)
        except discord.LoginFailure:
            self.state = "the token is not valid"
            log.error("Discord refuses the token; set POTLUCK_DISCORD_TOKEN to the one of your application")
            return REFUSED_PAUSE
        except discord.PrivilegedIntentsRequired:
            self._ask_for_less()
            return 0.0
        except Exception:
            # Any odd event ends the library's client; a new one picks up from the database.
            log.exception("the connection to Discord ended; connecting again")
        finally:
            if not self.client.is_closed():
                await self.client.close()
        return None

    def _ask_for_less(self) -> None:
        """An intent is switched off at Discord: go on with what is allowed, and say so."""
        _, members = self.wants[0]
        missing = "Server Members" if members else "Message Content"
        if len(self.wants) == 1:
            raise RuntimeError("Discord refuses intents that were not asked for")
        del self.wants[0]
        self.state = f"without the {missing} intent"
        log.warning("the %s intent is off at Discord; some comfort is missing without it", missing)

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    async def stop(self) -> None:
        """Close the connection and come to an end."""
        self.stopping.set()
        if self.client is not None and not self.client.is_closed():
            await self.client.close()
