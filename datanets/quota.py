"""What a member and a datanet may take in on one UTC day, and the holding of it for files on their way."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import QuotaLeft
from datanets.ids import new_id
from datanets.refusals import QuotaSpent
from datanets.tables import Quota, Reservation

# Longer than any upload is waited for; what is older belongs to a process that died.
EXPIRY = timedelta(minutes=10)


@dataclass(frozen=True)
class QuotaLimits:
    """Bytes and files a UTC day."""

    member_bytes: int = 10_000_000
    member_files: int = 20
    datanet_bytes: int = 10_000_000


@dataclass(frozen=True)
class Held:
    """Quota held for one upload."""

    id: str
    member: str
    datanet: str
    day: date


@dataclass(frozen=True)
class Counter:
    """One thing that is counted a day; `owner` is the word for it in a refusal."""

    name: str
    owner: str
    most_bytes: int
    most_files: int | None


@dataclass(frozen=True)
class Quotas:
    """The counters. Each changes by one conditional UPDATE, so the last of a race loses and nobody else."""

    db: Database
    clock: Clock
    limits: QuotaLimits = QuotaLimits()

    async def reserve(self, member: str, datanet: str, size: int) -> Held:
        """Hold one file of `size` bytes. Raises QuotaSpent."""
        now = self.clock.now()
        held = Held(new_id(), member, datanet, now.astimezone(UTC).date())
        await self.sweep()
        async with self.db.begin() as session:
            await self._spend(session, held, size, files=1)
            session.add(
                Reservation(
                    id=held.id,
                    member_id=member,
                    datanet_id=datanet,
                    day=held.day,
                    bytes=size,
                    expires_at=now + EXPIRY,
                )
            )
        return held

    async def grow(self, held: Held, by: int) -> None:
        """Hold `by` more bytes, for a file that turns out larger than was said. Raises QuotaSpent."""
        async with self.db.begin() as session:
            grown = await _changed(
                session,
                update(Reservation).where(Reservation.id == held.id).values(bytes=Reservation.bytes + by),
            )
            if grown:
                await self._spend(session, held, by, files=0)

    async def settle(self, session: AsyncSession, held: Held, size: int) -> None:
        """Spend what is held, at the file's real size, in the caller's transaction. Raises QuotaSpent."""
        reserved = await session.scalar(
            delete(Reservation).where(Reservation.id == held.id).returning(Reservation.bytes)
        )
        if reserved is None:
            await self._spend(session, held, size, files=1)
        elif size > reserved:
            await self._spend(session, held, size - reserved, files=0)
        else:
            names = (_member(held.member), _datanet(held.datanet))
            await _give_back(session, {(name, held.day): (reserved - size, 0) for name in names})

    async def release(self, held: Held) -> None:
        """Give back what is held; once settled or released, there is nothing left to give."""
        async with self.db.begin() as session:
            await _end(session, Reservation.id == held.id)

    async def left(self, member: str) -> QuotaLeft:
        """Say what the member may still hand in today."""
        expired = select(Reservation.id).where(Reservation.expires_at < self.clock.now()).limit(1)
        async with self.db.read() as session:
            if await session.scalar(expired) is None:
                return await self.left_in(session, member)
        await self.sweep()
        async with self.db.read() as session:
            return await self.left_in(session, member)

    async def left_in(self, session: AsyncSession, member: str) -> QuotaLeft:
        """Say it inside the caller's transaction."""
        day = self.clock.now().astimezone(UTC).date()
        used = await session.get(Quota, (_member(member), day), populate_existing=True)
        return self._left(day, used.files, used.bytes) if used else self._left(day)

    def whole(self) -> QuotaLeft:
        """Say what somebody has who has never handed anything in."""
        return self._left(self.clock.now().astimezone(UTC).date())

    def _left(self, day: date, files: int = 0, size: int = 0) -> QuotaLeft:
        return QuotaLeft(
            files_left=max(self.limits.member_files - files, 0),
            files_limit=self.limits.member_files,
            bytes_left=max(self.limits.member_bytes - size, 0),
            bytes_limit=self.limits.member_bytes,
            renews_at=renewal(day),
        )

    async def sweep(self) -> int:
        """Give back what processes that died had held; return how many uploads that were."""
        async with self.db.begin() as session:
            return await _end(session, Reservation.expires_at < self.clock.now())

    async def _spend(self, session: AsyncSession, held: Held, size: int, files: int) -> None:
        limits = self.limits
        # Always the member first: two uploads that took the locks the other way round would wait forever.
        for counter in (
            Counter(_member(held.member), "member", limits.member_bytes, limits.member_files),
            Counter(_datanet(held.datanet), "datanet", limits.datanet_bytes, None),
        ):
            if not await _taken(session, counter, held.day, size, files):
                raise await _spent(session, counter, held.day, size, files)


def renewal(day: date) -> datetime:
    """The midnight at which a day's counters start again."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


async def _taken(session: AsyncSession, counter: Counter, day: date, size: int, files: int) -> bool:
    row = {"counter": counter.name, "day": day, "bytes": 0, "files": 0}
    await session.execute(insert(session, Quota).values(**row).on_conflict_do_nothing())
    fits = [Quota.bytes + size <= counter.most_bytes]
    if counter.most_files is not None:
        fits.append(Quota.files + files <= counter.most_files)
    changed = await _changed(
        session,
        update(Quota)
        .where(Quota.counter == counter.name, Quota.day == day, *fits)
        .values(bytes=Quota.bytes + size, files=Quota.files + files),
    )
    return changed == 1


async def _spent(session: AsyncSession, counter: Counter, day: date, size: int, files: int) -> QuotaSpent:
    used = await session.get_one(Quota, (counter.name, day), populate_existing=True)
    if counter.most_files is not None and used.files + files > counter.most_files:
        left = counter.most_files - used.files
        return QuotaSpent(f"{counter.owner}_files", max(left, 0), files, renewal(day))
    return QuotaSpent(f"{counter.owner}_bytes", max(counter.most_bytes - used.bytes, 0), size, renewal(day))


async def _end(session: AsyncSession, which: ColumnElement[bool]) -> int:
    """End reservations and give their quota back; a row can be deleted once, so it is given back once."""
    ended = (await session.scalars(delete(Reservation).where(which).returning(Reservation))).all()
    back: defaultdict[tuple[str, date], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in ended:
        for name in (_member(row.member_id), _datanet(row.datanet_id)):
            size, files = back[name, row.day]
            back[name, row.day] = (size + row.bytes, files + 1)
    await _give_back(session, back)
    return len(ended)


async def _give_back(session: AsyncSession, back: Mapping[tuple[str, date], tuple[int, int]]) -> None:
    """Lower counters, each named with its day, by bytes and files."""
    # Backwards by name is members first, the order in which spending takes the same locks.
    for name, day in sorted(back, reverse=True):
        size, files = back[name, day]
        await _changed(
            session,
            update(Quota)
            .where(Quota.counter == name, Quota.day == day)
            .values(bytes=Quota.bytes - size, files=Quota.files - files),
        )


async def _changed(session: AsyncSession, statement: Any) -> int:
    result = await session.execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _member(id_: str) -> str:
    return f"member:{id_}"


def _datanet(id_: str) -> str:
    return f"datanet:{id_}"
