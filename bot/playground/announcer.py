"""News on the page: one line a subject, drawn anew with every change."""

from dataclasses import dataclass

from bot import wording
from bot.announcements import Fact
from bot.playground import panels
from bot.playground.kitchen import Kitchen, thread_key
from bot.playground.note import MAIN, Note, Press
from bot.playground.people import PLACE
from datanets.facts import ContributionView, ModelView, News, NewsKind, Posting, RunView

ROOMS = {
    NewsKind.REVIEW: ("review", "review"),
    NewsKind.RUN: ("models", "run"),
    NewsKind.MODEL: ("models", "model"),
    NewsKind.RELEASE: ("models", "release"),
}


@dataclass(frozen=True)
class PageAnnouncer:
    """Shows news in the channel where they belong; who is concerned is told in #contribute or #models."""

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
        if isinstance(fact, RunView) and news.kind is NewsKind.RUN_OVER:
            return await self._tell(news, "models", fact.starter, _run_over(fact))
        if isinstance(fact, ContributionView):
            return await self._tell(news, "contribute", fact.author, _verdict(fact))
        if news.posted:
            await self.kitchen.messages.redraw_subject(news.subject)
            return news.posted
        room, drawn = ROOMS[news.kind]
        line = await self.kitchen.messages.say(room, card={"draw": drawn, "id": news.subject})
        if isinstance(fact, ModelView):
            await self._open_thread(fact)
        return Posting(room, line.id)

    async def _tell(self, news: News, room: str, member: str, note: Note) -> Posting | None:
        """Tell one member once; people of other platforms are told there."""
        if news.posted:
            return news.posted
        person = await self.kitchen.person(member)
        if person is None:
            return None
        line = await self.kitchen.messages.say(room, card=note.card(), private_to=person.key)
        return Posting(room, line.id)

    async def _open_thread(self, model: ModelView) -> None:
        words = wording.notice(
            "i_am", model=model.name, base=model.base_title, datanet=model.datanet, release=model.release
        )
        await self.kitchen.messages.say(thread_key(model.id), text=words, card={"speaker": model.name})
        await self.kitchen.refresh_threads()


def _verdict(fact: ContributionView) -> Note:
    verdict = fact.verdict
    if verdict is None:
        return Note(words=wording.notice("undecided", file=fact.name))
    another = (Press("Hand in another", form="contribute"),)
    if verdict.accepted:
        words = wording.notice("accepted", file=fact.name, datanet=fact.datanet, points=verdict.points)
        return Note(words=words, buttons=another)
    why = wording.reason(verdict.reason) if verdict.reason else ""
    said = " ".join(part for part in (why, verdict.note) if part)
    return Note(words=wording.notice("rejected", file=fact.name, why=said), buttons=another)


def _run_over(fact: RunView) -> Note:
    if fact.model and fact.result and not fact.failure:
        return Note(
            words=wording.notice("trained", model=fact.model),
            buttons=(Press("Talk to it", act="open-thread", values={"model": fact.model}, look=MAIN),),
        )
    why = fact.failure or wording.state(fact.state)
    return Note(words=wording.notice("ended", model=fact.model, why=why), tone="refusal")
