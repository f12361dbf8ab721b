"""Quota: whoever comes last loses, a refused file costs nothing, a crash holds nothing for ever."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from datanets.database import Database
from datanets.quota import QuotaLimits, Quotas
from datanets.refusals import QuotaSpent
from datanets.tables import Quota, Reservation

LIMITS = QuotaLimits(member_bytes=1000, member_files=20, datanet_bytes=1500)


@pytest.fixture
def quotas(database: Database, clock) -> Quotas:
    return Quotas(database, clock, LIMITS)


async def spend(quotas: Quotas, member: str, datanet: str, size: int, real: int | None = None) -> None:
    held = await quotas.reserve(member, datanet, size)
    async with quotas.db.begin() as session:
        await quotas.settle(session, held, size if real is None else real)


async def used(quotas: Quotas, counter: str) -> tuple[int, int]:
    async with quotas.db.read() as session:
        row = (await session.scalars(select(Quota).where(Quota.counter == counter))).one_or_none()
    return (row.bytes, row.files) if row else (0, 0)


def limits_of(ends: list[BaseException | None]) -> Counter[str]:
    return Counter(end.limit for end in ends if isinstance(end, QuotaSpent))


async def test_a_hundred_at_once_leave_exactly_twenty(quotas: Quotas) -> None:
    uploads = (spend(quotas, "ana", f"net-{number % 3}", 10) for number in range(100))
    ends = await asyncio.gather(*uploads, return_exceptions=True)

    assert ends.count(None) == 20
    assert limits_of(ends) == {"member_files": 80}
    assert await used(quotas, "member:ana") == (200, 20)


async def test_many_members_at_once_fill_a_datanet_exactly(quotas: Quotas) -> None:
    uploads = (spend(quotas, f"member-{number % 4}", "birds", 100) for number in range(32))
    ends = await asyncio.gather(*uploads, return_exceptions=True)

    assert ends.count(None) == 15
    assert limits_of(ends) == {"datanet_bytes": 17}
    assert await used(quotas, "datanet:birds") == (1500, 15)
    assert sum([(await used(quotas, f"member:member-{n}"))[0] for n in range(4)]) == 1500


async def test_the_last_of_a_race_loses_alone(quotas: Quotas) -> None:
    ends = await asyncio.gather(
        *(quotas.reserve("ana", "birds", 600) for _ in range(2)), return_exceptions=True
    )

    assert sorted(isinstance(end, QuotaSpent) for end in ends) == [False, True]


async def test_a_refusal_says_what_is_left_and_when_it_renews(quotas: Quotas) -> None:
    await spend(quotas, "ana", "birds", 900)
    with pytest.raises(QuotaSpent) as refusal:
        await quotas.reserve("ana", "birds", 200)

    assert (refusal.value.limit, refusal.value.left, refusal.value.wanted) == ("member_bytes", 100, 200)
    assert refusal.value.renews_at == datetime(2026, 11, 21, tzinfo=UTC)
    left = await quotas.left("ana")
    assert (left.files_left, left.bytes_left, left.renews_at) == (19, 100, refusal.value.renews_at)


async def test_a_first_file_over_the_limit_is_refused_too(quotas: Quotas) -> None:
    with pytest.raises(QuotaSpent):
        await quotas.reserve("ana", "birds", 1001)

    assert (await quotas.left("ana")).bytes_left == 1000


async def test_the_real_size_is_what_counts(quotas: Quotas) -> None:
    await spend(quotas, "ana", "birds", 500, real=120)
    await spend(quotas, "ana", "birds", 100, real=300)

    assert await used(quotas, "member:ana") == (420, 2)
    assert await used(quotas, "datanet:birds") == (420, 2)


async def test_what_is_released_is_given_back_once(quotas: Quotas) -> None:
    await spend(quotas, "ana", "birds", 10)
    held = await quotas.reserve("ana", "birds", 500)
    await quotas.grow(held, 200)
    await quotas.release(held)
    await quotas.release(held)

    assert await used(quotas, "member:ana") == (10, 1)
    assert await used(quotas, "datanet:birds") == (10, 1)


async def test_growing_over_the_limit_is_refused_and_holds_no_more(quotas: Quotas) -> None:
    held = await quotas.reserve("ana", "birds", 900)
    with pytest.raises(QuotaSpent):
        await quotas.grow(held, 101)
    await quotas.release(held)

    assert await used(quotas, "member:ana") == (0, 0)


async def test_what_a_dead_process_held_comes_back(quotas: Quotas, clock) -> None:
    await asyncio.gather(*(quotas.reserve("ana", "birds", 100) for _ in range(10)))
    assert (await quotas.left("ana")).bytes_left == 0

    clock.advance(minutes=11)

    assert (await quotas.left("ana")).bytes_left == 1000
    async with quotas.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Reservation)) == 0


async def test_a_new_upload_needs_nobody_to_tidy_up_first(quotas: Quotas, clock) -> None:
    await quotas.reserve("ana", "birds", 1000)
    clock.advance(minutes=11)

    await spend(quotas, "ana", "birds", 1000)

    assert await used(quotas, "member:ana") == (1000, 1)


async def test_an_upload_slower_than_its_reservation_is_counted_all_the_same(quotas: Quotas, clock) -> None:
    held = await quotas.reserve("ana", "birds", 100)
    clock.advance(minutes=11)
    assert await quotas.sweep() == 1
    async with quotas.db.begin() as session:
        await quotas.settle(session, held, 100)

    assert await used(quotas, "member:ana") == (100, 1)


async def test_the_day_is_utc_and_starts_again_at_midnight(quotas: Quotas, clock) -> None:
    await spend(quotas, "ana", "birds", 1000)
    clock.advance(hours=12)

    assert (await quotas.left("ana")).bytes_left == 1000
    await spend(quotas, "ana", "birds", 1000)
