"""News of reviews: the card with its file in the group, the verdict to its author."""

import logging
from typing import Any

from telegram import Message
from telegram.error import BadRequest, Forbidden

from bot.telegram.cards import review as review_cards
from bot.telegram.cards.card import Card
from bot.telegram.limiter import Urgency
from bot.telegram.notes import SOURCES
from bot.telegram.showing import Showing, mark, posting
from bot.telegram.text import CAPTION, safe, units
from bot.telegram.visit import react, say
from bot.telegram.words import Words
from datanets.facts import ContributionState, ContributionView, Kind, News, Posting, ReviewCard

log = logging.getLogger(__name__)

REMEMBERED = 200
MOST_PICTURE = 10 << 20
VERDICT_MARKS = {ContributionState.ACCEPTED: "🎉", ContributionState.REJECTED: "🤔"}


class ReviewNews:
    """Shows reviews."""

    def __init__(self, showing: Showing) -> None:
        self.showing, self.room = showing, showing.room

    async def review(self, news: News, fact: ReviewCard, words: Words) -> Posting | None:
        """Post the card, or bring the one that stands up to date."""
        card = review_cards.review(fact, words)
        if news.posted is None:
            return await self._post_and_note(news, fact, card)
        if mark(card) == news.posted.extra.get("shown"):
            return news.posted
        if fact.is_open:
            self.showing.wait(news, self.showing.pace.tally)
        return await self.showing.edit(news, news.posted, card, Urgency.NEWS)

    async def _post_and_note(self, news: News, fact: ReviewCard, card: Card) -> Posting:
        """Post a card so that a reaction which comes at once finds out what it is about."""
        chat = news.place.external_id
        self.room.posting[chat] += 1
        try:
            posted = await self._post_review(news, fact, card)
        finally:
            self.room.posting[chat] -= 1
        while len(self.room.posted) >= REMEMBERED:
            self.room.posted.pop(next(iter(self.room.posted)))
        self.room.posted[posted.channel, posted.message] = fact.contribution.id
        return posted

    async def _post_review(self, news: News, fact: ReviewCard, card: Card) -> Posting:
        """Post a card in answer to the file where that is known; a picture or a recording comes with it."""
        shown = fact.contribution
        options = await self.showing.options(news, shown.id)
        if shown.kind is not Kind.TEXT and shown.size <= MOST_PICTURE and units(card.text) < CAPTION:
            data = await self.room.core.blobs.read(shown.digest)
            message = await self._post_file(news, shown, card, data, options)
            return posting(message, card, has_text=False)
        return posting(await self.showing.say(news, card, options), card)

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

    async def verdict(self, news: News, fact: ContributionView, words: Words) -> Posting | None:
        """Tell the author: a reaction on their message, and in private where they have opened the bot."""
        noted = await self.room.notes.find(news.place.id, SOURCES, fact.id)
        emoji = VERDICT_MARKS.get(fact.state)
        if noted and emoji:
            chat, _, message = noted.partition(":")
            await react(self.room.client, int(chat), int(message), emoji)
        if fact.verdict is None:
            return None
        for account in await self.showing.reachable(fact.author):
            own = await self.room.crowd.own(int(account.id))
            told = Words(own.settings.get("language") or words.locale)
            ended = review_cards.verdict(fact.state, fact.verdict, told)
            text = f"<b>{safe(fact.name)}</b> → {safe(fact.datanet)}\n{ended}"
            try:
                sent = await say(self.room.client, int(account.id), text, silent=True, urgency=Urgency.NEWS)
            except (Forbidden, BadRequest):
                continue
            return Posting(account.id, str(sent.message_id))
        return None
