"""What only counts for a while goes by itself, and nothing else does."""

from sqlalchemy import func, select

from datanets.database import Database
from datanets.facts import Account, Caller, Place
from datanets.members import Members
from datanets.quota import Quotas
from datanets.retention import Retention
from datanets.rooms import Rooms
from datanets.tables import Budget, LinkCode, Quota
from tests.conftest import HeldClock


async def rows(database: Database) -> tuple[int, ...]:
    async with database.read() as session:
        counts = [select(func.count()).select_from(table) for table in (Quota, Budget, LinkCode)]
        return tuple([int(await session.scalar(count) or 0) for count in counts])


async def test_counters_of_past_days_and_old_codes_go_and_words_stay(
    database: Database, clock: HeldClock
) -> None:
    members, quotas, rooms = Members(database, clock), Quotas(database, clock), Rooms(database, clock)
    ana = await members.actor(Caller(Account("playground", "ana"), Place("playground", "house")))
    retention = Retention(database, clock)
    held = await quotas.reserve(ana.member, "facts", 100)
    await members.link_code(ana)
    await rooms.add(ana.place, "help", author="ana", text="hello")
    async with database.begin() as session:
        session.add(Budget(community_id=ana.community, day=held.day, minutes=5))

    assert await retention.prune() == 0
    clock.advance(minutes=9)
    assert await retention.prune() == 0
    clock.advance(days=2)
    assert await retention.prune() == 1
    assert await rows(database) == (2, 1, 0)

    clock.advance(days=1)
    await quotas.reserve(ana.member, "facts", 100)
    assert await retention.prune() == 3
    assert await rows(database) == (2, 0, 0)
    assert (await quotas.left(ana.member)).files_left == 19
    assert len(await rooms.lines(ana.place, "help", viewer="ana")) == 1
