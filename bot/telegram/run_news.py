"""News of runs: progress in one message, the end to its starter, the new model, the release before it."""

import asyncio
import logging

from telegram import InputMediaPhoto, ReplyParameters
from telegram.error import BadRequest

from bot.telegram.cards import nets as net_cards
from bot.telegram.cards import runs as run_cards
from bot.telegram.cards.card import Card
from bot.telegram.curve import draw
from bot.telegram.limiter import Urgency
from bot.telegram.showing import Showing, mark, posting
from bot.telegram.text import safe
from bot.telegram.topics import open_topic, topic_link
from bot.telegram.words import Words
from datanets.facts import ModelView, News, NewsKind, Posting, ReleaseView, RunState, RunView

log = logging.getLogger(__name__)


class RunNews:
    """Shows runs, models and releases."""

    def __init__(self, showing: Showing) -> None:
        self.showing, self.room = showing, showing.room
        self._pictured: dict[str, float] = {}

    async def run(self, news: News, fact: RunView, words: Words) -> Posting | None:
        """Show how far a run is, in the message of the form that started it where that is known."""
        card = run_cards.run(fact, words)
        posted = news.posted or await self._form(news, fact, card)
        if posted is None:
            return posting(await self.showing.say(news, card, await self.showing.options(news)), card)
        wants_picture = self._wants_picture(news, fact)
        if mark(card) == posted.extra.get("shown") and not wants_picture:
            return posted
        if not fact.state.is_over:
            self.showing.wait(news, self.showing.pace.run)
        urgency = Urgency.NEWS if fact.state.is_over else Urgency.PROGRESS
        if wants_picture:
            return await self._picture(news, posted, fact, card, urgency)
        return await self.showing.edit(news, posted, card, urgency)

    async def _form(self, news: News, fact: RunView, card: Card) -> Posting | None:
        """Return the message of the form that started a run, which goes on as its progress."""
        async with self.room.handing_over:
            form = self.room.forms.pop(fact.id, None)
        if form is None or form[0] != int(news.place.external_id):
            return None
        shown = mark(card) if fact.state is RunState.QUEUED else ""
        return Posting(str(form[0]), str(form[1]), {"has_text": True, "shown": shown})

    def _wants_picture(self, news: News, fact: RunView) -> bool:
        if len([point for point in fact.curve if point.loss is not None]) < 2:
            return False
        last = self._pictured.get(news.id)
        return (
            fact.state.is_over
            or last is None
            or asyncio.get_running_loop().time() - last >= self.showing.pace.picture
        )

    async def _picture(
        self, news: News, posted: Posting, fact: RunView, card: Card, urgency: Urgency
    ) -> Posting | None:
        """Put the newest curve into the message; a server that cannot keeps the text."""
        png = await asyncio.to_thread(draw, fact.curve, fact.model)
        now = asyncio.get_running_loop().time()
        # The last picture stays; infinity says that it is there.
        self._pictured[news.id] = float("inf") if fact.state.is_over else now
        self.showing.touched(news)
        try:
            await self.room.client.edit_message_media(
                InputMediaPhoto(png, caption=card.text, filename="loss.png"),
                int(posted.channel),
                int(posted.message),
                reply_markup=card.keys,
                rate_limit_args=urgency,
            )
        except BadRequest as no:
            log.info("no picture in this message: %s", no.message)
            return await self.showing.edit(news, posted, card, urgency)
        extra = {**posted.extra, "has_text": False, "shown": mark(card)}
        return Posting(posted.channel, posted.message, extra)

    async def over(self, news: News, fact: RunView, words: Words) -> Posting | None:
        """One short message that notifies the starter, in answer to the run's own."""
        if news.posted:
            return news.posted
        accounts = await self.showing.reachable(fact.starter)
        mention = safe(fact.starter_name)
        if accounts:
            mention = f'<a href="tg://user?id={accounts[0].id}">{mention}</a>'
        shown = await self.room.core.newsroom.postings(news.place.id, NewsKind.RUN, fact.id)
        options = await self.showing.options(news)
        if fact.id in shown:
            where = ReplyParameters(int(shown[fact.id].message), allow_sending_without_reply=True)
            options["reply_parameters"] = where
        card = Card(run_cards.over(fact, words, mention))
        return posting(await self.showing.say(news, card, options, silent=False), card)

    async def model(self, news: News, fact: ModelView, words: Words) -> Posting | None:
        """Open the model's thread and present it there; without topics, present it in the group."""
        card = run_cards.model(fact, words)
        chat = int(news.place.external_id)
        if news.posted:
            if mark(card) == news.posted.extra.get("shown"):
                return news.posted
            return await self.showing.edit(news, news.posted, card, Urgency.NEWS)
        thread = (
            await open_topic(self.room, news.place.id, chat, fact) if await self._has_topics(chat) else None
        )
        if thread is None:
            return posting(await self.showing.say(news, card, await self.showing.options(news)), card)
        hello = words.either("Write here, and it answers.", "Schreib hier, und es antwortet.")
        card = Card(f"{card.text}\n{hello}", card.keys)
        message = await self.showing.say(news, card, {"message_thread_id": thread})
        log.info("model %s answers at %s", fact.id, topic_link(chat, thread))
        return posting(message, run_cards.model(fact, words))

    async def release(self, news: News, fact: ReleaseView, words: Words) -> Posting | None:
        """Say once that there is a release."""
        if news.posted:
            return news.posted
        card = net_cards.release(fact, words)
        return posting(await self.showing.say(news, card, await self.showing.options(news)), card)

    async def _has_topics(self, chat: int) -> bool:
        return bool((await self.room.client.get_chat(chat)).is_forum)
