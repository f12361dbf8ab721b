"""Everybody who has the page open, and what they are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from bot.playground.people import Person

Change = dict[str, Any]

# A page that stopped reading is closed; it draws itself anew when it comes back.
MOST_WAITING = 500


class Window:
    """One open page: who looks, at which room, and the changes that wait for it."""

    def __init__(self, person: Person, room: str) -> None:
        self.person = person
        self.room = room
        self.waiting: asyncio.Queue[list[Change] | None] = asyncio.Queue(MOST_WAITING)

    def tell(self, *changes: Change) -> None:
        """Queue changes for this page."""
        try:
            self.waiting.put_nowait(list(changes))
        except asyncio.QueueFull:
            self.close()

    def close(self) -> None:
        """Let the page go."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)

    async def changes(self) -> AsyncIterator[list[Change]]:
        """Yield what happens until the page is let go."""
        while (changes := await self.waiting.get()) is not None:
            yield changes


class Hub:
    """The open pages; `told` counts what was told, so that a page knows whether it missed anything."""

    def __init__(self) -> None:
        self._windows: set[Window] = set()
        self.told = 0

    @contextlib.contextmanager
    def open(self, person: Person, room: str) -> Iterator[Window]:
        """Keep a page in the hub while its line is up."""
        window = Window(person, room)
        self._windows.add(window)
        try:
            yield window
        finally:
            self._windows.discard(window)

    def windows(self, room: str = "") -> list[Window]:
        """Return the open pages, or those that look at one room."""
        return [window for window in self._windows if not room or window.room == room]

    async def tell(self, draw: Callable[[Person], Awaitable[list[Change]]], room: str = "") -> None:
        """Draw once for each person and language that looks, and tell all their pages."""
        self.told += 1
        drawn: dict[Person, list[Change]] = {}
        for window in self.windows(room):
            if window.person not in drawn:
                drawn[window.person] = await draw(window.person)
            if drawn[window.person]:
                window.tell(*drawn[window.person])

    def close(self) -> None:
        """Let every page go, so that the server can stop."""
        for window in self.windows():
            window.close()
