"""Takes kept updates from the inbox and handles each one once, also after a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from telegram import Update

from bot.telegram.client import Client
from bot.telegram.lanes import Lanes, collecting

log = logging.getLogger(__name__)

PLATFORM = "telegram"


class Kept(Protocol):
    """One update in the inbox."""

    @property
    def id(self) -> int:
        """Its place in the inbox."""
        ...

    @property
    def payload(self) -> dict[str, Any]:
        """The raw update."""
        ...


class Inbox(Protocol):
    """The core's inbox."""

    async def keep(self, platform: str, event: str, payload: dict[str, Any]) -> bool:
        """Store an event once; False when it is known."""
        ...

    async def waiting(self, platform: str, *, after: int = 0) -> tuple[Kept, ...]:
        """Return what is not handled yet, oldest first."""
        ...

    async def done(self, entry: int) -> None:
        """Tick an event off."""
        ...


class Handling:
    """Reads, sorts into lanes, handles, ticks off."""

    def __init__(self, inbox: Inbox, client: Client, handle: Callable[[Update], Awaitable[None]]) -> None:
        self.inbox, self.client, self.handle = inbox, client, handle
        self.lanes = Lanes()
        self._arrived = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, updates: list[dict[str, Any]]) -> None:
        """Store updates; the same one is stored once."""
        for update in updates:
            await self.inbox.keep(PLATFORM, str(update["update_id"]), update)
        self._arrived.set()

    async def run(self) -> None:
        """Handle what waits, oldest first, until cancelled."""
        last = 0
        try:
            while True:
                self._arrived.clear()
                for kept in await self.inbox.waiting(PLATFORM, after=last):
                    last = max(last, kept.id)
                    task = asyncio.create_task(self._handle(kept))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                await self._arrived.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _handle(self, kept: Kept) -> None:
        try:
            update = self.client.read(kept.payload)
        except Exception:
            log.exception("update %s cannot be read and is set aside", kept.payload.get("update_id"))
            update = None
        if update is not None:
            async with collecting() as pending:
                async with self.lanes.turn(person_of(update)):
                    await self.handle(update)
                await asyncio.gather(*pending, return_exceptions=True)
        await self.inbox.done(kept.id)


def person_of(update: Update) -> str:
    """Name the lane of an update: its person, or its chat when nobody in particular acts."""
    if update.effective_user:
        return f"user {update.effective_user.id}"
    return f"chat {update.effective_chat.id}" if update.effective_chat else "nobody"
