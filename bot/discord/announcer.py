"""Shows news in servers: one message a subject, edited in place, at a pace that Discord allows."""

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import discord
from cachetools import LRUCache, TTLCache

from bot.announcements import Fact, Later
from bot.discord import convert, letters
from bot.discord.answering import Shown
from bot.discord.cards import chat as chat_cards
from bot.discord.cards import nets as net_cards
from bot.discord.cards import reviews as review_cards
from bot.discord.cards import runs as run_cards
from bot.discord.cards.reviews import DOWN, UP
from bot.discord.curve import draw
from bot.discord.house import House
from bot.discord.patience import is_refused
from bot.discord.posted import GONE
from bot.discord.previews import preview
from bot.discord.rooms import CHANNEL_OF, channel_for, thread_under
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

log = logging.getLogger(__name__)

#: Seconds between two edits of a message.
PACE = {NewsKind.REVIEW: 1.5, NewsKind.RUN: 4.0}
#: Of messages older than an hour a channel takes three edits in six seconds, all of them together.
OLD_AFTER, OLD_PACE, OLD_PACE_OF_CHANNEL = 3600.0, 12.0, 2.1
#: How long to wait before looking again for a channel to post in, or for the server to come back.
NO_ROOM_SECONDS, NOT_CONNECTED_SECONDS = 120.0, 2.0


@dataclass
class DiscordAnnouncer:
    """The announcer of one platform; the house changes with every connection."""

    platform: str = convert.PLATFORM
    house: House | None = None
    pace: Mapping[NewsKind, float] = field(default_factory=lambda: PACE)
    old_pace: float = OLD_PACE
    old_pace_of_channel: float = OLD_PACE_OF_CHANNEL
    # Whatever was edited longer ago than any pace needs no remembering.
    edited: TTLCache[str, float] = field(default_factory=lambda: TTLCache(maxsize=10_000, ttl=60))
    looks: LRUCache[str, str] = field(default_factory=lambda: LRUCache(maxsize=10_000))

    async def show(self, news: News, fact: Fact) -> Posting | None:
        """Show news where its server wants it; raises Later while there is no connection or no channel."""
        house = self.house
        if news.place.external_id.startswith("dm-"):
            return None
        if house is None or not house.client.is_ready():
            raise Later(NOT_CONNECTED_SECONDS)
        guild = house.client.get_guild(int(news.place.external_id))
        if guild is None or guild.unavailable:
            raise Later(NO_ROOM_SECONDS)
        settings = news.place.settings
        locale = house.locale(guild, settings)
        if isinstance(fact, ContributionView):
            return await letters.tell_author(house, guild, news, fact, locale)
        if isinstance(fact, RunView) and news.kind is NewsKind.RUN_OVER:
            return await letters.tell_starter(house, guild, news, fact, locale)
        self._keep_pace(news, fact)
        shown = await self._look(house, fact, locale)
        posting = await self._edit(house, guild, news, shown) if news.posted else None
        if posting is None:
            posting = await self._post(house, guild, news, shown, settings)
            await self._after_posting(house, guild, news, fact, posting, locale)
        return posting

    async def _look(self, house: House, fact: Fact, locale: str) -> Shown:
        if isinstance(fact, ReviewCard):
            return review_cards.review(fact, locale, await preview(house.core.blobs, fact.contribution))
        if isinstance(fact, RunView):
            return run_cards.run(fact, locale, await draw(fact.curve))
        if isinstance(fact, ReleaseView):
            return net_cards.release(fact, locale)
        if isinstance(fact, ModelView):
            return run_cards.model(fact, locale)
        raise TypeError(type(fact).__name__)

    def _keep_pace(self, news: News, fact: Fact) -> None:
        """Wait for the next allowed edit; an end is shown at once."""
        if news.posted is None or (isinstance(fact, RunView) and fact.state.is_over):
            return
        due = self.edited.get(news.posted.message, 0.0) + self.pace.get(news.kind, 0.0)
        if is_old(news.posted):
            due = max(
                due,
                self.edited.get(news.posted.message, 0.0) + self.old_pace,
                self.edited.get(news.posted.channel, 0.0) + self.old_pace_of_channel,
            )
        if (left := due - time.monotonic()) > 0:
            raise Later(left)

    async def _edit(self, house: House, guild: discord.Guild, news: News, shown: Shown) -> Posting | None:
        """Edit what is there; None when it is gone and has to be posted again."""
        posted = news.posted
        if posted is None or posted.message in house.reposted:
            return None
        look = fingerprint(shown)
        if self.looks.get(posted.message, posted.extra.get("look")) == look:
            return posted
        channel = house.client.get_partial_messageable(int(posted.channel), guild_id=guild.id)
        try:
            await channel.get_partial_message(int(posted.message)).edit(**shown.edited())
        except discord.NotFound as failed:
            if failed.code not in GONE:
                raise
            house.reposted.add(posted.message)
            return None
        self.edited[posted.message] = time.monotonic()
        if is_old(posted):
            self.edited[posted.channel] = time.monotonic()
        self.looks[posted.message] = look
        return Posting(posted.channel, posted.message, {**posted.extra, "look": look})

    async def _post(
        self, house: House, guild: discord.Guild, news: News, shown: Shown, settings: Mapping[str, Any]
    ) -> Posting:
        channel = channel_for(guild, CHANNEL_OF[news.kind], settings)
        if channel is None:
            log.warning("guild %s has no channel in which %s could be shown", guild.id, news.kind)
            raise Later(NO_ROOM_SECONDS)
        # Died between posting and remembering? The same nonce gets the same message back.
        again = len(house.reposted) % 36
        nonce = f"{news.id}{news.place.id}"[:24] + "0123456789abcdefghijklmnopqrstuvwxyz"[again]
        try:
            message = await channel.send(**shown.fresh(), nonce=nonce)
        except discord.Forbidden:
            log.warning("guild %s does not let me post in %s; /setup names the right", guild.id, channel.id)
            raise Later(NO_ROOM_SECONDS) from None
        look = fingerprint(shown)
        self.looks[str(message.id)] = look
        self.edited[str(message.id)] = time.monotonic()
        return Posting(str(channel.id), str(message.id), {"look": look})

    async def _after_posting(
        self, house: House, guild: discord.Guild, news: News, fact: Fact, posting: Posting, locale: str
    ) -> None:
        channel = guild.get_channel(int(posting.channel))
        if not isinstance(channel, discord.TextChannel):
            return
        message = channel.get_partial_message(int(posting.message))
        try:
            if isinstance(fact, ReviewCard) and fact.is_open:
                await message.add_reaction(UP)
                await message.add_reaction(DOWN)
            if isinstance(fact, ModelView):
                await self._open_thread(house, news, fact, message, locale)
        except discord.HTTPException as failed:
            # The message stands; what belongs to it is tried again only where that can help.
            if not is_refused(failed):
                raise
            log.warning("guild %s lacks a right; /setup names it (%s)", guild.id, failed.code)

    async def _open_thread(
        self,
        house: House,
        news: News,
        fact: ModelView,
        message: discord.PartialMessage,
        locale: str,
    ) -> None:
        """A new model gets a thread under its announcement, in which it answers at once."""
        thread = await thread_under(message, fact.name)
        conversations = house.desk.chat.conversations
        await conversations.open(news.place.community, news.place.id, str(thread.id), fact.id)
        if not thread.message_count:
            await thread.send(chat_cards.welcome(fact, locale), nonce=f"w{news.id}{news.place.id}"[:25])


def is_old(posted: Posting) -> bool:
    """Whether a message is so old that Discord lets it be edited less often."""
    made = discord.utils.snowflake_time(int(posted.message)).timestamp()
    return time.time() - made > OLD_AFTER


def fingerprint(shown: Shown) -> str:
    """What tells two looks of a message apart."""
    parts = {
        "text": shown.text,
        "embed": shown.embed.to_dict() if shown.embed else None,
        "view": shown.view.to_components() if shown.view else None,
        "picture": hashlib.sha256(shown.picture).hexdigest() if shown.picture else None,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
