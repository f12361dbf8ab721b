"""The announcer: brings news from the outbox to every platform, edits what was posted, survives restarts."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
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
        return sum(await asyncio.gather(*(self._round(announcer) for announcer in self.announcers)))

    async def _serve(self, announcer: Announcer) -> None:
        while True:
            try:
                shown = await self._round(announcer)
            except Exception:
                log.exception("a round of announcements on %s failed", announcer.platform)
                shown = 0
            await asyncio.sleep(0 if shown else self.pause)

    async def _round(self, announcer: Announcer) -> int:
        pending = await self.core.newsroom.pending(announcer.platform)
        by_place: dict[str, list[News]] = defaultdict(list)
        for news in pending:
            by_place[news.place.id].append(news)
        # Places do not wait for each other; within one place the order stays.
        results = await asyncio.gather(*(self._all(announcer, group) for group in by_place.values()))
        return sum(results)

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
