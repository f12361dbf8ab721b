"""The ledger: appended to, balanced, and deaf to replays."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from datanets.database import Database
from datanets.ledger import Credit, post
from tests.conftest import HeldClock


async def award(database: Database, clock: HeldClock, key: str = "award:c1:1") -> bool:
    async with database.begin() as session:
        return await post(
            session,
            key=key,
            kind="award",
            community="home",
            to={"member:eve": 90},
            at=clock.now(),
            contribution="c1",
        )


async def test_the_same_event_posts_once_however_often_it_comes(database: Database, clock: HeldClock) -> None:
    posted = await asyncio.gather(*(award(database, clock) for _ in range(40)))

    assert sum(posted) == 1
    credit = Credit(database, clock)
    assert (await credit.of("home", "eve")).balance == 90
    assert await credit.trial_balance() == 0


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_transactions"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}"])
async def test_nothing_in_it_is_ever_changed(
    database: Database, clock: HeldClock, table: str, act: str
) -> None:
    await award(database, clock)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as session:
            await session.execute(text(act.format(table)))


async def test_a_failed_transaction_leaves_no_entry(database: Database, clock: HeldClock) -> None:
    with pytest.raises(RuntimeError):
        async with database.begin() as session:
            await post(session, key="k", kind="award", community="home", to={"member:eve": 1}, at=clock.now())
            raise RuntimeError
    assert (await Credit(database, clock).of("home", "eve")).entries == ()
