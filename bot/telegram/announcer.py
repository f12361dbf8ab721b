"""Shows news in groups: cards edited in place at a lawful pace, results told to whom they concern."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from typing import Any

from telegram import InputMediaPhoto, Message, ReplyParameters
from telegram.error import BadRequest, Forbidden

from bot.announcements import Fact, Later
from bot.telegram.cards import nets as net_cards
from bot.telegram.cards import review as review_cards
from bot.telegram.cards import runs as run_cards
from bot.telegram.cards.card import Card
from bot.telegram.crowd import PLATFORM
from bot.telegram.curve import draw
from bot.telegram.limiter import Urgency
from bot.telegram.notes import SOURCES
from bot.telegram.room import Room
from bot.telegram.text import CAPTION, safe, units
from bot.telegram.topics import open_topic, topic_link
from bot.telegram.visit import edit, react, say
from bot.telegram.words import Words
from datanets.facts import (
    Account,
    ContributionState,
    ContributionView,
    Kind,
    ModelView,
    News,
    NewsKind,
    Posting,
    ReleaseView,
    ReviewCard,
    RunState,
    RunView,
)

log = logging.getLogger(__name__)

# When a group has had this many messages in the last minute, a tally can wait; a verdict never does.
BUSY = 9
REMEMBERED = 200
MOST_PICTURE = 10 << 20


@dataclass(frozen=True)
class Pace:
    """Seconds between two edits of the same message."""

    run: float = 12.0
    picture: float = 45.0
    tally: float = 8.0


VERDICT_MARKS = {ContributionState.ACCEPTED: "🎉", ContributionState.REJECTED: "🤔"}


class TelegramAnnouncer:
    """The port that the announcements call; showing something twice edits nothing twice."""

    platform = PLATFORM

    def __init__(self, room: Room, pace: Pace | None = None) -> None:
        self.room, self.pace = room, pace or Pace()
        self._edited: dict[str, float] = {}
        self._pictured: dict[str, float] = {}

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
            return await self._review(news, fact, words)
        if isinstance(fact, ContributionView):
            return await self._verdict(news, fact, words)
        if isinstance(fact, RunView):
            drawn = self._over if news.kind is NewsKind.RUN_OVER else self._run
            return await drawn(news, fact, words)
        if isinstance(fact, ModelView):
            return await self._model(news, fact, words)
        return await self._release(news, fact, words)

    # --- reviews --------------------------------------------------------------------------------------
    async def _review(self, news: News, fact: ReviewCard, words: Words) -> Posting | None:
        card = review_cards.review(fact, words)
        if news.posted is None:
            return await self._post_and_note(news, fact, card)
        if _mark(card) == news.posted.extra.get("shown"):
            return news.posted
        if fact.is_open:
            self._pace(news, self.pace.tally)
        return await self._edit(news, news.posted, card, Urgency.NEWS)

    async def _post_and_note(self, news: News, fact: ReviewCard, card: Card) -> Posting:
        """Post a card so that a reaction which comes at once finds out what it is about."""
        chat = news.place.external_id
        self.room.posting[chat] += 1
        try:
            posting = await self._post_review(news, fact, card)
        finally:
            self.room.posting[chat] -= 1
        while len(self.room.posted) >= REMEMBERED:
            self.room.posted.pop(next(iter(self.room.posted)))
        self.room.posted[posting.channel, posting.message] = fact.contribution.id
        return posting

    async def _post_review(self, news: News, fact: ReviewCard, card: Card) -> Posting:
        """Post a card in answer to the file where that is known; a picture or a recording comes with it."""
        shown = fact.contribution
        options = await self._options(news, shown.id)
        if shown.kind is not Kind.TEXT and shown.size <= MOST_PICTURE and units(card.text) < CAPTION:
            data = await self.room.core.blobs.read(shown.digest)
            message = await self._post_file(news, shown, card, data, options)
            return _posting(message, card, has_text=False)
        return _posting(await self._say(news, card, options), card)

    async def _post_file(
        self, news: News, shown: ContributionView, card: Card, data: bytes, options: dict[str, Any]
    ) -> Message:
        client, chat = self.room.client, int(news.place.external_id)
        name = f"{shown.id}.{shown.format.lstrip('.')}"
        options = {
            **options,
            "caption": card.text,
            "reply_markup": card.keys,
            "rate_limit_args": Urgency.NEWS,
        }
        if shown.kind is Kind.IMAGE:
            try:
                return await client.send_photo(chat, data, filename=name, **options)
            except BadRequest as no:
                log.info("not shown as a photo: %s", no.message)
        return await client.send_document(chat, data, filename=name, **options)

    async def _verdict(self, news: News, fact: ContributionView, words: Words) -> Posting | None:
        """Tell the author: a reaction on their message, and in private where they have opened the bot."""
        noted = await self.room.notes.find(news.place.id, SOURCES, fact.id)
        mark = VERDICT_MARKS.get(fact.state)
        if noted and mark:
            chat, _, message = noted.partition(":")
            await react(self.room.client, int(chat), int(message), mark)
        if fact.verdict is None:
            return None
        for account in await self._reachable(fact.author):
            own = await self.room.crowd.own(int(account.id))
            told = Words(own.settings.get("language") or words.locale)
            ended = review_cards.verdict(fact.state, fact.verdict, told)
            text = f"<b>{safe(fact.name)}</b> → {safe(fact.datanet)}\n{ended}"
            try:
                message_ = await say(
                    self.room.client, int(account.id), text, silent=True, urgency=Urgency.NEWS
                )
            except (Forbidden, BadRequest):
                continue
            return Posting(account.id, str(message_.message_id))
        return None

    # --- runs and models --------------------------------------------------------------------------------
    async def _run(self, news: News, fact: RunView, words: Words) -> Posting | None:
        card = run_cards.run(fact, words)
        posted = news.posted or await self._form(news, fact, card)
        if posted is None:
            return _posting(await self._say(news, card, await self._options(news)), card)
        wants_picture = self._wants_picture(news, fact)
        if _mark(card) == posted.extra.get("shown") and not wants_picture:
            return posted
        if not fact.state.is_over:
            self._pace(news, self.pace.run)
        urgency = Urgency.NEWS if fact.state.is_over else Urgency.PROGRESS
        if wants_picture:
            return await self._picture(news, posted, fact, card, urgency)
        return await self._edit(news, posted, card, urgency)

    async def _form(self, news: News, fact: RunView, card: Card) -> Posting | None:
        """Return the message of the form that started a run, which goes on as its progress."""
        async with self.room.handing_over:
            form = self.room.forms.pop(fact.id, None)
        if form is None or form[0] != int(news.place.external_id):
            return None
        shown = _mark(card) if fact.state is RunState.QUEUED else ""
        return Posting(str(form[0]), str(form[1]), {"has_text": True, "shown": shown})

    def _wants_picture(self, news: News, fact: RunView) -> bool:
        if len([point for point in fact.curve if point.loss is not None]) < 2:
            return False
        last = self._pictured.get(news.id)
        return (
            fact.state.is_over
            or last is None
            or asyncio.get_running_loop().time() - last >= self.pace.picture
        )

    async def _picture(
        self, news: News, posted: Posting, fact: RunView, card: Card, urgency: Urgency
    ) -> Posting | None:
        """Put the newest curve into the message; a server that cannot keeps the text."""
        png = await asyncio.to_thread(draw, fact.curve, fact.model)
        now = asyncio.get_running_loop().time()
        # The last picture stays; infinity says that it is there.
        self._pictured[news.id], self._edited[news.id] = float("inf") if fact.state.is_over else now, now
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
            return await self._edit(news, posted, card, urgency)
        extra = {**posted.extra, "has_text": False, "shown": _mark(card)}
        return Posting(posted.channel, posted.message, extra)

    async def _over(self, news: News, fact: RunView, words: Words) -> Posting | None:
        """One short message that notifies the starter, in answer to the run's own."""
        if news.posted:
            return news.posted
        accounts = await self._reachable(fact.starter)
        mention = safe(fact.starter_name)
        if accounts:
            mention = f'<a href="tg://user?id={accounts[0].id}">{mention}</a>'
        shown = await self.room.core.newsroom.postings(news.place.id, NewsKind.RUN, fact.id)
        options = await self._options(news)
        if fact.id in shown:
            where = ReplyParameters(int(shown[fact.id].message), allow_sending_without_reply=True)
            options["reply_parameters"] = where
        card = Card(run_cards.over(fact, words, mention))
        return _posting(await self._say(news, card, options, silent=False), card)

    async def _model(self, news: News, fact: ModelView, words: Words) -> Posting | None:
        """Open the model's thread and present it there; without topics, present it in the group."""
        card = run_cards.model(fact, words)
        chat = int(news.place.external_id)
        if news.posted:
            if _mark(card) == news.posted.extra.get("shown"):
                return news.posted
            return await self._edit(news, news.posted, card, Urgency.NEWS)
        thread = (
            await open_topic(self.room, news.place.id, chat, fact) if await self._has_topics(chat) else None
        )
        if thread is None:
            return _posting(await self._say(news, card, await self._options(news)), card)
        hello = words.either("Write here, and it answers.", "Schreib hier, und es antwortet.")
        card = Card(f"{card.text}\n{hello}", card.keys)
        message = await self._say(news, card, {"message_thread_id": thread})
        log.info("model %s answers at %s", fact.id, topic_link(chat, thread))
        return _posting(message, run_cards.model(fact, words))

    async def _release(self, news: News, fact: ReleaseView, words: Words) -> Posting | None:
        if news.posted:
            return news.posted
        card = net_cards.release(fact, words)
        return _posting(await self._say(news, card, await self._options(news)), card)

    # --- what they share ----------------------------------------------------------------------------------
    async def _edit(self, news: News, posted: Posting, card: Card, urgency: Urgency) -> Posting:
        has_text = bool(posted.extra.get("has_text", True))
        self._edited[news.id] = asyncio.get_running_loop().time()
        chat, message = int(posted.channel), int(posted.message)
        try:
            await edit(self.room.client, chat, message, card, has_text=has_text, urgency=urgency)
        except BadRequest as no:
            if "no text in the message" in no.message.lower():
                await edit(self.room.client, chat, message, card, has_text=False, urgency=urgency)
                has_text = False
            elif "not found" in no.message.lower() or "can't be edited" in no.message.lower():
                return _posting(await self._say(news, card, await self._options(news)), card)
            else:
                raise
        return Posting(posted.channel, posted.message, {"has_text": has_text, "shown": _mark(card)})

    def _pace(self, news: News, seconds: float) -> None:
        """Put an intermediate state off, longer while the group is busy; the newest is shown later."""
        now = asyncio.get_running_loop().time()
        if self.room.limiter.recent(news.place.external_id) >= BUSY:
            seconds *= 3
        left = self._edited.get(news.id, -seconds) + seconds - now
        if left > 0:
            raise Later(left)

    async def _say(self, news: News, card: Card, options: dict[str, Any], *, silent: bool = True) -> Message:
        return await say(
            self.room.client,
            int(news.place.external_id),
            card.text,
            markup=card.keys,
            thread=options.get("message_thread_id"),
            reply=options.get("reply_parameters"),
            silent=silent,
            urgency=Urgency.NEWS,
        )

    async def _options(self, news: News, contribution: str = "") -> dict[str, Any]:
        """Return where a card goes: the topic that `/setup` chose, else in answer to the file."""
        options: dict[str, Any] = {"message_thread_id": news.place.settings.get("cards")}
        noted = await self.room.notes.find(news.place.id, SOURCES, contribution) if contribution else None
        if noted and not options["message_thread_id"]:
            message = int(noted.partition(":")[2])
            options["reply_parameters"] = ReplyParameters(message, allow_sending_without_reply=True)
        return options

    async def _has_topics(self, chat: int) -> bool:
        return bool((await self.room.client.get_chat(chat)).is_forum)

    async def _reachable(self, member: str) -> list[Account]:
        accounts = await self.room.desk.people.accounts_of(member)
        return [account for account in accounts if account.platform == PLATFORM]


def _posting(message: Message, card: Card, *, has_text: bool = True) -> Posting:
    return Posting(
        str(message.chat.id), str(message.message_id), {"has_text": has_text, "shown": _mark(card)}
    )


def _mark(card: Card) -> str:
    """Return a short mark of what a card shows, so that nothing is edited into itself."""
    return hashlib.sha256(f"{card.text}{card.keys.to_json() if card.keys else ''}".encode()).hexdigest()[:16]
