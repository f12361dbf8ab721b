"""What a group's messages mean, kept in the settings of its place: which began a card, which a chat."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from datanets.places import Places

SOURCES = "sources"
CHAINS = "chains"
TURNS = "turns"
MOST = 400


@dataclass
class Notes:
    """Small maps from a message to an id; the oldest entries give way."""

    places: Places
    _locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def write(self, place: str, subject: str, key: str, value: str) -> None:
        """Note one message of a place."""
        async with self._locks[place]:
            held = dict((await self.places.get(place)).settings.get(subject, {}))
            held.pop(key, None)
            held[key] = value
            await self.places.set(place, {subject: dict(list(held.items())[-MOST:])})

    async def read(self, place: str, subject: str, key: str) -> str | None:
        """Return what was noted about a message."""
        found = (await self.places.get(place)).settings.get(subject, {}).get(key)
        return str(found) if found is not None else None

    async def find(self, place: str, subject: str, value: str) -> str | None:
        """Return the message that something was noted for."""
        held = (await self.places.get(place)).settings.get(subject, {})
        return next((key for key, noted in held.items() if value in str(noted).split(",")), None)
