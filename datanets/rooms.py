"""The playground's own chat, kept so that a restart shows the same page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from datanets.clock import Clock
from datanets.database import Database
from datanets.ids import new_id
from datanets.tables import RoomMessage


@dataclass(frozen=True)
class Line:
    """One message: words, a card (what to draw, never how), or both.

    `author` is empty when Potluck itself speaks; `private_to` names the one who may see it.
    """

    id: str
    room: str
    author: str
    text: str
    card: dict[str, Any]
    private_to: str
    at: datetime


@dataclass(frozen=True)
class Rooms:
    """Keeps the lines of every room of a place."""

    db: Database
    clock: Clock

    async def add(
        self,
        place: str,
        room: str,
        *,
        author: str = "",
        text: str = "",
        card: Mapping[str, Any] | None = None,
        private_to: str = "",
    ) -> Line:
        """Write one line at the end of a room."""
        row = RoomMessage(
            id=new_id(),
            place_id=place,
            room=room,
            author=author,
            text=text,
            card=dict(card or {}),
            private_to=private_to,
            at=self.clock.now(),
        )
        async with self.db.begin() as session:
            session.add(row)
        return _line(row)

    async def change(self, line: str, *, text: str, card: Mapping[str, Any]) -> Line | None:
        """Rewrite a line in place; None when it is gone."""
        async with self.db.begin() as session:
            await session.execute(
                update(RoomMessage).where(RoomMessage.id == line).values(text=text, card=dict(card))
            )
            row = await session.get(RoomMessage, line, populate_existing=True)
        return _line(row) if row else None

    async def amend(self, line: str, amended: Callable[[dict[str, Any]], dict[str, Any]]) -> Line | None:
        """Change a line's card from what it is at this moment, so that two changes at once both stay."""
        async with self.db.begin() as session:
            row = await session.get(RoomMessage, line, with_for_update=True)
            if row is not None:
                row.card = amended(dict(row.card))
        return _line(row) if row else None

    async def find(self, line: str) -> Line | None:
        """Look one line up."""
        async with self.db.read() as session:
            row = await session.get(RoomMessage, line)
        return _line(row) if row else None

    async def showing(self, place: str, subject: str) -> list[Line]:
        """Return the lines whose card shows one subject, such as a contribution or a run."""
        query = select(RoomMessage).where(
            RoomMessage.place_id == place, RoomMessage.card["id"].as_string() == subject
        )
        async with self.db.read() as session:
            return [_line(row) for row in await session.scalars(query)]

    async def remove(self, line: str) -> None:
        """Delete one line."""
        async with self.db.begin() as session:
            await session.execute(delete(RoomMessage).where(RoomMessage.id == line))

    async def lines(self, place: str, room: str, *, viewer: str, limit: int = 200) -> list[Line]:
        """Return the newest lines of a room that `viewer` may see, oldest first."""
        newest = (
            select(RoomMessage)
            .where(
                RoomMessage.place_id == place,
                RoomMessage.room == room,
                RoomMessage.private_to.in_(("", viewer)),
            )
            .order_by(RoomMessage.at.desc(), RoomMessage.id.desc())
            .limit(limit)
        )
        async with self.db.read() as session:
            rows = (await session.scalars(newest)).all()
        return [_line(row) for row in reversed(rows)]

    async def counts(self, place: str, *, viewer: str) -> dict[str, int]:
        """Count the lines of each room that `viewer` may see."""
        counted = (
            select(RoomMessage.room, func.count())
            .where(RoomMessage.place_id == place, RoomMessage.private_to.in_(("", viewer)))
            .group_by(RoomMessage.room)
        )
        async with self.db.read() as session:
            found = await session.execute(counted)
        return dict(found.all())


def _line(row: RoomMessage) -> Line:
    return Line(row.id, row.room, row.author, row.text, dict(row.card), row.private_to, row.at)
