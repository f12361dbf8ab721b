"""News are shown in their newest revision, once a place, whatever breaks in between."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.announcements import Announcements, Fact, Later
from bot.config import BotSettings
from datanets.core import Core
from datanets.facts import Account, Caller, News, NewsKind, Place, Posting, ReleaseView, Role
from datanets.news import tell
from tests.conftest import HeldClock
from tests.datanets.test_runs import plan

HOUSE = Place("playground", "house")


class Board:
    """A platform that writes down what it shows, and can be told to fail."""

    platform = "playground"

    def __init__(self) -> None:
        self.shown: list[tuple[NewsKind, int, bool]] = []
        self.trouble: Exception | None = None

    async def show(self, news: News, fact: Fact) -> Posting | None:
        if self.trouble:
            raise self.trouble
        self.shown.append((news.kind, news.revision, news.posted is not None))
        assert isinstance(fact, ReleaseView)
        return Posting("room", f"message-{len(self.shown)}" if news.posted is None else news.posted.message)


@pytest.fixture
async def core(sqlite_url: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Core]:
    opened = Core.open(BotSettings(data_dir=tmp_path, database_url=sqlite_url, _env_file=None), clock=clock)
    ana = await opened.members.actor(
        Caller(Account("playground", "ana"), HOUSE, frozenset({Role.ADMIN}), "ana")
    )
    await plan(opened, ana)
    yield opened
    await opened.close()


async def tell_again(core: Core) -> None:
    community = (await core.places.find(HOUSE)).community
    release = (await core.releases.list(community, "facts"))[0]
    async with core.db.begin() as session:
        await tell(session, community, NewsKind.RELEASE, release.id, core.clock.now())


async def test_a_change_is_shown_once_and_then_edited_in_place(core: Core) -> None:
    board = Board()
    announcements = Announcements(core, [board])
    assert await announcements.once() == 1
    assert await announcements.once() == 0
    await tell_again(core)
    await tell_again(core)
    await announcements.once()

    assert board.shown == [(NewsKind.RELEASE, 1, False), (NewsKind.RELEASE, 3, True)]


async def test_a_failure_is_tried_again_later_and_loses_nothing(core: Core, clock: HeldClock) -> None:
    board = Board()
    announcements = Announcements(core, [board])
    board.trouble = ConnectionError("cut")
    assert await announcements.once() == 0
    board.trouble = None
    assert await announcements.once() == 0
    clock.advance(seconds=5)
    assert await announcements.once() == 1


async def test_a_platform_may_ask_for_more_time_without_it_counting_as_a_failure(
    core: Core, clock: HeldClock
) -> None:
    board = Board()
    announcements = Announcements(core, [board])
    board.trouble = Later(30)
    for _ in range(20):
        await announcements.once()
        clock.advance(seconds=31)
    board.trouble = None
    assert await announcements.once() == 1
    assert await core.faults.latest() == ()


async def test_after_ten_failures_the_operator_hears_of_it(core: Core, clock: HeldClock) -> None:
    board = Board()
    board.trouble = ConnectionError("cut")
    announcements = Announcements(core, [board])
    for _ in range(12):
        await announcements.once()
        clock.advance(seconds=400)
    assert [fault.where for fault in await core.faults.latest()] == ["announce release"]


class SlowInOnePlace:
    """A platform whose one place keeps everybody waiting until it is let go."""

    platform = "playground"

    def __init__(self, slow: str) -> None:
        self.slow, self.free = slow, asyncio.Event()
        self.shown: dict[str, list[int]] = defaultdict(list)
        self.at_once: Counter[str] = Counter()
        self.most_at_once = 0

    async def show(self, news: News, fact: Fact) -> Posting | None:
        self.at_once[news.place.id] += 1
        self.most_at_once = max(self.most_at_once, *self.at_once.values())
        if news.place.id == self.slow:
            await self.free.wait()
        self.at_once[news.place.id] -= 1
        self.shown[news.place.id].append(news.revision)
        return Posting("room", "message")

    async def until(self, place: str, revision: int) -> None:
        async with asyncio.timeout(5):
            while not self.shown[place] or self.shown[place][-1] < revision:
                await asyncio.sleep(0.01)


async def test_a_slow_place_holds_up_nobody_but_itself(core: Core) -> None:
    slow = await core.places.find(HOUSE)
    quick = await core.places.find(Place("playground", "garden"))
    await core.places.join(quick.id, slow.community)
    board = SlowInOnePlace(slow.id)
    running = asyncio.create_task(Announcements(core, [board], pause=0.02).run())
    for revision in (1, 2, 3):
        await board.until(quick.id, revision)
        await tell_again(core)
    await board.until(quick.id, 4)
    assert board.shown[slow.id] == []

    board.free.set()
    await board.until(slow.id, 4)
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert board.shown == {slow.id: [1, 4], quick.id: [1, 2, 3, 4]}
    assert board.most_at_once == 1


async def test_a_message_is_found_by_its_place_and_id(core: Core) -> None:
    board = Board()
    await Announcements(core, [board]).once()
    place = await core.places.find(HOUSE)
    found = await core.newsroom.subject_of(place.id, "room", "message-1")
    assert found is not None
    assert found[0] is NewsKind.RELEASE
    assert await core.newsroom.subject_of(place.id, "room", "message-9") is None
    await core.newsroom.forget_posting(place.id, "room", "message-1")
    await Announcements(core, [board]).once()
    assert board.shown[-1] == (NewsKind.RELEASE, 1, False)


async def test_a_place_that_came_later_hears_nothing_old(core: Core, clock: HeldClock) -> None:
    clock.advance(hours=1)
    community = (await core.places.find(HOUSE)).community
    late = await core.places.find(Place("discord", "guild"))
    await core.places.join(late.id, community)
    assert await core.newsroom.pending("discord") == ()
