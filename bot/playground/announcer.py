"""News on the page: one line a subject, drawn anew with every change."""

from dataclasses import dataclass

from bot.announcements import Fact
from bot.playground import panels
from bot.playground.kitchen import Kitchen, thread_key
from bot.playground.people import PLACE
from datanets.facts import ContributionView, ModelView, News, NewsKind, Posting

ROOMS = {
    NewsKind.REVIEW: ("review", "review"),
    NewsKind.RUN: ("models", "run"),
    NewsKind.MODEL: ("models", "model"),
    NewsKind.RELEASE: ("models", "release"),
}


@dataclass(frozen=True)
class PageAnnouncer:
    """Shows news in the channel where they belong; a contributor is told in #contribute."""

    kitchen: Kitchen

    @property
    def platform(self) -> str:
        """The name in accounts and places."""
        return PLACE.platform

    async def show(self, news: News, fact: Fact) -> Posting | None:
        """Draw a subject's line anew, or write it where there is none yet."""
        if news.place.id != self.kitchen.messages.place:
            return None
        await panels.refresh(self.kitchen)
        if news.kind is NewsKind.RUN_OVER:
            # The cards of the run and of its model say so, in the same channel.
            return None
        if isinstance(fact, ContributionView):
            return await self._tell(news, fact.author)
        if news.posted:
            await self.kitchen.messages.redraw_subject(news.subject)
            return news.posted
        room, drawn = ROOMS[news.kind]
        line = await self.kitchen.messages.say(room, card={"draw": drawn, "id": news.subject})
        if isinstance(fact, ModelView):
            await self._open_thread(fact)
        return Posting(room, line.id)

    async def _tell(self, news: News, author: str) -> Posting | None:
        """Tell a contributor once; people of other platforms are told there."""
        if news.posted:
            return news.posted
        person = await self.kitchen.person(author)
        if person is None:
            return None
        card = {"draw": "verdict", "id": news.subject}
        line = await self.kitchen.messages.say("contribute", card=card, private_to=person.key)
        return Posting("contribute", line.id)

    async def _open_thread(self, model: ModelView) -> None:
        card = {"draw": "greeting", "id": model.id, "speaker": model.name}
        await self.kitchen.messages.say(thread_key(model.id), card=card)
        await self.kitchen.refresh_threads()
