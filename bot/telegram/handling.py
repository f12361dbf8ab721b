"""Takes kept updates from the inbox and handles each one once, also after a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update

from bot.telegram.client import Client
from bot.telegram.lanes import Lanes, collecting
from datanets.inbox import Inbox

log = logging.getLogger(__name__)

PLATFORM = "telegram"


TRIES = 3


class Handling:
    """Keeps, sorts into lanes, handles, ticks off."""

    def __init__(self, inbox: Inbox, client: Client, handle: Callable[[Update], Awaitable[None]]) -> None:
        self.inbox, self.client, self.handle = inbox, client, handle
        self.lanes = Lanes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started: set[int] = set()

    async def resume(self) -> None:
        """Handle again what an earlier process kept and did not finish."""
        for letter in await self.inbox.open(PLATFORM):
            self._start(letter.id, letter.payload)

    async def keep(self, updates: list[dict[str, Any]]) -> None:
        """Store updates, each once, and begin to handle them in their order."""
        for update in updates:
            letter = await self.inbox.take(PLATFORM, str(update["update_id"]), update)
            if letter is not None:
                self._start(letter, update)

    async def stop(self, grace: float = 5.0) -> None:
        """Let what is in work finish for a moment; the rest is done after the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def in_work(self) -> int:
        """How many updates are being handled."""
        return len(self._tasks)

    def _start(self, letter: int, payload: dict[str, Any]) -> None:
        # A connection that is opened anew resumes too, while this letter may still be in work.
        if letter in self._started:
            return
        self._started.add(letter)
        task = asyncio.create_task(self._handle(letter, payload), name=f"telegram-update-{letter}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, letter: int, payload: dict[str, Any]) -> None:
        try:
            update = self.client.read(payload)
        except Exception:
            log.exception("update %s cannot be read and is set aside", payload.get("update_id"))
            update = None
        if update is not None:
            await self._work(letter, update)
        await self.inbox.done(letter)
        self._started.discard(letter)

    async def _work(self, letter: int, update: Update) -> None:
        async with collecting() as pending:
            async with self.lanes.turn(person_of(update)):
                # An update that brought the process down every time must not do so for ever.
                if await self.inbox.begin(letter) > TRIES:
                    log.error("update %s failed %d times and is set aside", update.update_id, TRIES)
                    return
                await self.handle(update)
            await asyncio.gather(*pending)


def person_of(update: Update) -> str:
    """Name the lane of an update: its person, or its chat when nobody in particular acts."""
    if update.effective_user:
        return f"user {update.effective_user.id}"
    return f"chat {update.effective_chat.id}" if update.effective_chat else "nobody"
