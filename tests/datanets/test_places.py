"""A place is founded once, however many speak there first."""

import asyncio

from sqlalchemy import func, select

from datanets.database import Database
from datanets.facts import Place
from datanets.places import Places
from datanets.tables import Community
from tests.conftest import HeldClock


async def test_who_comes_at_the_same_moment_founds_one_community(
    database: Database, clock: HeldClock
) -> None:
    places = Places(database, clock)
    found = await asyncio.gather(*(places.find(Place("discord", "1", "Birds")) for _ in range(8)))

    assert len({place.community for place in found}) == 1
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Community)) == 1
