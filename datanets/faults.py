"""Unexpected errors with their tickets, for the operator's page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from datanets.clock import Clock
from datanets.database import Database
from datanets.ids import new_id
from datanets.tables import Fault

KEPT = timedelta(days=30)


@dataclass(frozen=True)
class FaultView:
    """One unexpected error."""

    ticket: str
    place: str
    where: str
    detail: str
    at: datetime


@dataclass(frozen=True)
class Faults:
    """Keeps the errors of the last thirty days."""

    db: Database
    clock: Clock

    async def record(self, place: str, where: str, error: BaseException) -> str:
        """Keep an error without any message text and return the ticket to tell its user."""
        now, ticket = self.clock.now(), new_id(6)
        detail = f"{type(error).__name__}: {str(error)[:300]}"
        async with self.db.begin() as session:
            await session.execute(delete(Fault).where(Fault.at < now - KEPT))
            session.add(Fault(ticket=ticket, place=place, where=where, detail=detail, at=now))
        return ticket

    async def latest(self, limit: int = 20) -> tuple[FaultView, ...]:
        """Return the newest errors."""
        query = select(Fault).order_by(Fault.at.desc()).limit(limit)
        async with self.db.read() as session:
            rows = await session.scalars(query)
            return tuple(FaultView(row.ticket, row.place, row.where, row.detail, row.at) for row in rows)
