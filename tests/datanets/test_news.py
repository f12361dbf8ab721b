"""News are shown in their newest revision, once a place, whatever breaks in between."""

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
