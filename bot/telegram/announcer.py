"""Shows news in groups: cards edited in place at a lawful pace, results told to whom they concern."""

import logging

from telegram.error import Forbidden

from bot.announcements import Fact
from bot.telegram.crowd import PLATFORM
from bot.telegram.review_news import ReviewNews
from bot.telegram.room import Room
from bot.telegram.run_news import RunNews
from bot.telegram.showing import Pace, Showing
from bot.telegram.words import Words
from datanets.facts import ContributionView, ModelView, News, NewsKind, Posting, ReviewCard, RunView

log = logging.getLogger(__name__)


class TelegramAnnouncer:
    """The port that the announcements call; showing something twice edits nothing twice."""

    platform = PLATFORM

    def __init__(self, room: Room, pace: Pace | None = None) -> None:
        self.room = room
        showing = Showing(room, pace or Pace())
        self.reviews, self.runs = ReviewNews(showing), RunNews(showing)

    async def show(self, news: News, fact: Fact) -> Posting | None:
        """Show it, or say that it can wait."""
        if not news.place.external_id.startswith("-") or news.place.settings.get("away"):
            return None
        words = Words(news.place.settings.get("language"))
        try:
            return await self._draw(news, fact, words)
        except Forbidden as gone:
            log.info("group %s cannot be written to: %s", news.place.external_id, gone.message)
            return None

    async def _draw(self, news: News, fact: Fact, words: Words) -> Posting | None:
        if isinstance(fact, ReviewCard):
            return await self.reviews.review(news, fact, words)
        if isinstance(fact, ContributionView):
            return await self.reviews.verdict(news, fact, words)
        if isinstance(fact, RunView):
            drawn = self.runs.over if news.kind is NewsKind.RUN_OVER else self.runs.run
            return await drawn(news, fact, words)
        if isinstance(fact, ModelView):
            return await self.runs.model(news, fact, words)
        return await self.runs.release(news, fact, words)
