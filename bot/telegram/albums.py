"""Collects the items of an album, which arrive as so many updates and in any order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

# Nothing says that an album is complete; its items arrive within a moment of each other.
QUIET_SECONDS = 1.2


@dataclass(eq=False)
class Album:
    """One album on its way."""

    visits: list[Any] = field(default_factory=list)
    touched: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Albums:
    """Puts the items of each album together and hands them over once."""

    def __init__(self, quiet: float = QUIET_SECONDS) -> None:
        self.quiet = quiet
        self._coming: dict[tuple[int, str], Album] = {}

    def add(
        self, chat: int, group: str, visit: Any, whole: Callable[[list[Any]], Awaitable[None]]
    ) -> asyncio.Task[None]:
        """Add an item; the task ends when `whole` has handled the album."""
        album = self._coming.setdefault((chat, group), Album())
        album.visits.append(visit)
        album.touched.set()
        if album.task is None:
            album.task = asyncio.create_task(self._collect((chat, group), album, whole))
        return album.task

    async def _collect(
        self, key: tuple[int, str], album: Album, whole: Callable[[list[Any]], Awaitable[None]]
    ) -> None:
        while album.touched.is_set():
            album.touched.clear()
            await asyncio.sleep(self.quiet)
        del self._coming[key]
        await whole(sorted(album.visits, key=lambda visit: visit.message.message_id))
