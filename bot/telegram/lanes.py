"""Handles one person's updates in order, and many people's at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

# Work that an update started and that must not hold up its person's next one, such as a streamed reply.
_afterwards: ContextVar[list[Awaitable[Any]] | None] = ContextVar("afterwards", default=None)


class Lanes:
    """A FIFO lock a person, and a bound on how many updates are in work."""

    def __init__(self, at_once: int = 32) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._holders: dict[str, int] = {}
        self._room = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        """Wait for this person's turn."""
        lock = self._locks.setdefault(person, asyncio.Lock())
        self._holders[person] = self._holders.get(person, 0) + 1
        try:
            async with lock, self._room:
                yield
        finally:
            self._holders[person] -= 1
            if not self._holders[person]:
                del self._holders[person], self._locks[person]


def afterwards(work: Awaitable[Any]) -> None:
    """Let `work` go on after the handler returned; the update counts as handled when it ends."""
    pending = _afterwards.get()
    if pending is None:
        raise RuntimeError("afterwards() is called while an update is handled")
    pending.append(asyncio.ensure_future(work))


@asynccontextmanager
async def collecting() -> AsyncIterator[list[Awaitable[Any]]]:
    """Gather what the handlers of one update put off."""
    pending: list[Awaitable[Any]] = []
    token = _afterwards.set(pending)
    try:
        yield pending
    finally:
        with suppress(ValueError):
            _afterwards.reset(token)
