"""Platform events kept before they are handled, and drafts of forms that somebody is filling in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.ids import new_id
from datanets.tables import Draft, InboxRow

KEPT = timedelta(days=2)
DRAFT_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Letter:
    """One kept event."""

    id: int
    event: str
    payload: dict[str, Any]
    tries: int


@dataclass(frozen=True)
class Inbox:
    """Takes every event once, and gives back those that no handler finished."""

    db: Database
    clock: Clock

    async def take(self, platform: str, event: str, payload: dict[str, Any]) -> int | None:
        """Keep an event; None when it came before, which makes a redelivery harmless."""
        values = {
            "platform": platform,
            "event": event,
            "payload": payload,
            "tries": 0,
            "at": self.clock.now(),
        }
        async with self.db.begin() as session:
            row = insert(session, InboxRow).values(values).on_conflict_do_nothing().returning(InboxRow.id)
            return (await session.execute(row)).scalar_one_or_none()

    async def begin(self, letter: int) -> int:
        """Count a try and return how many there were, this one included."""
        async with self.db.begin() as session:
            raised = update(InboxRow).where(InboxRow.id == letter).values(tries=InboxRow.tries + 1)
            return int((await session.execute(raised.returning(InboxRow.tries))).scalar_one())

    async def done(self, letter: int) -> None:
        """An event is handled; old ones are thrown away."""
        now = self.clock.now()
        async with self.db.begin() as session:
            await session.execute(update(InboxRow).where(InboxRow.id == letter).values(done_at=now))
            await session.execute(delete(InboxRow).where(InboxRow.done_at < now - KEPT))

    async def open(self, platform: str) -> tuple[Letter, ...]:
        """Return the events that nobody finished, oldest first: what to do after a restart."""
        query = select(InboxRow).where(InboxRow.platform == platform, InboxRow.done_at.is_(None))
        async with self.db.read() as session:
            rows = await session.scalars(query.order_by(InboxRow.id))
            return tuple(Letter(row.id, row.event, row.payload, row.tries) for row in rows)


@dataclass(frozen=True)
class DraftView:
    """A form being filled in."""

    id: str
    place: str
    member: str
    use_case: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Drafts:
    """Keeps half-filled forms, so that a restart loses none."""

    db: Database
    clock: Clock

    async def open(self, place: str, member: str, use_case: str, values: dict[str, Any]) -> DraftView:
        """Begin a draft; drafts that nobody touched for a day are thrown away."""
        now = self.clock.now()
        row = Draft(
            id=new_id(),
            place_id=place,
            member_id=member,
            use_case=use_case,
            values=values,
            expires_at=now + DRAFT_LIFE,
        )
        async with self.db.begin() as session:
            await session.execute(delete(Draft).where(Draft.expires_at < now))
            session.add(row)
        return _view(row)

    async def get(self, draft: str) -> DraftView | None:
        """Return a draft, or None when it is gone."""
        async with self.db.read() as session:
            row = await session.get(Draft, draft)
        return _view(row) if row and row.expires_at >= self.clock.now() else None

    async def of(self, place: str, member: str) -> tuple[DraftView, ...]:
        """Return a member's drafts at a place, the one touched last first."""
        mine = (Draft.place_id == place, Draft.member_id == member, Draft.expires_at >= self.clock.now())
        async with self.db.read() as session:
            rows = await session.scalars(select(Draft).where(*mine).order_by(Draft.expires_at.desc()))
            return tuple(_view(row) for row in rows)

    async def all(self, use_case: str) -> tuple[DraftView, ...]:
        """Return the drafts of a use case, e.g. what a platform was doing when its process died."""
        query = select(Draft).where(Draft.use_case == use_case).order_by(Draft.expires_at)
        async with self.db.read() as session:
            return tuple(_view(row) for row in await session.scalars(query))

    async def change(self, draft: str, values: dict[str, Any]) -> DraftView | None:
        """Set some values of a draft."""
        async with self.db.begin() as session:
            row = await session.get(Draft, draft, with_for_update=True)
            if row is None:
                return None
            row.values = {**row.values, **values}
            row.expires_at = self.clock.now() + DRAFT_LIFE
            return _view(row)

    async def close(self, draft: str) -> bool:
        """Throw a draft away; False when somebody did so before, which makes a double press harmless."""
        async with self.db.begin() as session:
            gone = delete(Draft).where(Draft.id == draft).returning(Draft.id)
            return (await session.execute(gone)).scalar_one_or_none() is not None


def _view(row: Draft) -> DraftView:
    return DraftView(row.id, row.place_id, row.member_id, row.use_case, dict(row.values))
