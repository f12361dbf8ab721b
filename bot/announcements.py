"""The announcer: brings news from the outbox to every platform, edits what was posted, survives restarts."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from datanets.core import Core
from datanets.facts import (
    ContributionView,
    ModelView,
    News,
    NewsKind,
    Posting,
    ReleaseView,
    ReviewCard,
    RunView,
)
from datanets.refusals import NotFound

log = logging.getLogger(__name__)

Fact = ReviewCard | ContributionView | RunView | ModelView | ReleaseView
PAUSE_SECONDS = 0.5
MOST_TRIES = 10
# So many places may be shown something at once; what one round finds is 50 more at most.
MOST_PLACES = 100


class Later(Exception):
    """A platform would rather show this in so many seconds, with whatever is newest then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Announcer(Protocol):
    """A platform that shows news.

    `fact` is a ReviewCard for REVIEW, a ContributionView for VERDICT (its author is to be told), a RunView
    for RUN and RUN_OVER (its starter is to be told), a ModelView for MODEL, a ReleaseView for RELEASE.
    `news.posted` says where an earlier revision stands, to be edited in place. Showing twice does no harm.
    """

    @property
    def platform(self) -> str:
        """The name in accounts and places."""
        ...

    async def show(self, news: News, fact: Fact) -> Posting | None:
        """Show it and return where, or None when the place has no room for it. Raises Later."""
        ...


@dataclass(frozen=True)
class Announcements:
    """Reads the outbox and lets the platforms show what is new."""

    core: Core
    announcers: Sequence[Announcer]
    pause: float = PAUSE_SECONDS

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.gather(*(self._serve(announcer) for announcer in self.announcers))

    async def once(self) -> int:
        """Show everything that is due and return how much that was."""
        groups = [
            self._all(announcer, group)
            for announcer in self.announcers
            for group in (await self._due(announcer, ())).values()
        ]
        return sum(await asyncio.gather(*groups))

    async def _serve(self, announcer: Announcer) -> None:
        # Places do not wait for each other; within one place the order stays, and nothing is shown by two.
        busy: set[str] = set()
        more = asyncio.Event()

        async def work(place: str, group: Sequence[News]) -> None:
            try:
                await self._all(announcer, group)
            except Exception:
                log.exception("announcing in %s on %s failed", place, announcer.platform)
                await asyncio.sleep(self.pause)
            busy.discard(place)
            more.set()

        async with asyncio.TaskGroup() as tasks:
            while True:
                more.clear()
                try:
                    due = await self._due(announcer, busy)
                except Exception:
                    log.exception("looking for news of %s failed", announcer.platform)
                    due = {}
                for place, group in due.items():
                    busy.add(place)
                    tasks.create_task(work(place, group))
                if not due:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(more.wait(), self.pause)

    async def _due(self, announcer: Announcer, busy: Collection[str]) -> dict[str, list[News]]:
        """Return what is to be shown, by place, where nothing is being shown already."""
        by_place: dict[str, list[News]] = defaultdict(list)
        if len(busy) < MOST_PLACES:
            for news in await self.core.newsroom.pending(announcer.platform, busy):
                by_place[news.place.id].append(news)
        return by_place

    async def _all(self, announcer: Announcer, group: Sequence[News]) -> int:
        return sum([await self._show(announcer, news) for news in group])

    async def _show(self, announcer: Announcer, news: News) -> int:
        newsroom = self.core.newsroom
        try:
            posting = await announcer.show(news, await self._fact(news))
        except Later as later:
            await newsroom.postponed(news, later.seconds)
            return 0
        except NotFound:
            await newsroom.shown(news, None)
            return 1
        except Exception as error:  # noqa: BLE001 - one card must not hold up the others
            tries = await newsroom.tries(news)
            log.warning("could not show %s %s on %s: %r", news.kind, news.subject, announcer.platform, error)
            if tries + 1 >= MOST_TRIES:
                await self.core.faults.record(news.place.id, f"announce {news.kind}", error)
                await newsroom.shown(news, news.posted)
                return 1
            await newsroom.failed(news, min(300.0, 2.0**tries))
            return 0
        await newsroom.shown(news, posting or news.posted)
        return 1

    async def _fact(self, news: News) -> Fact:
        community, subject = news.place.community, news.subject
        if news.kind is NewsKind.REVIEW:
            return await self.core.review.card(community, subject)
        if news.kind is NewsKind.VERDICT:
            return await self.core.contributions.get(community, subject)
        if news.kind in (NewsKind.RUN, NewsKind.RUN_OVER):
            return await self.core.runs.get(community, subject)
        if news.kind is NewsKind.MODEL:
            return await self.core.models.get(community, subject)
        return await self.core.releases.get(community, subject)
