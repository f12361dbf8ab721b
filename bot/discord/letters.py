"""News that concern one person: told in private, else by a mention in the channel."""

import logging

import discord

from bot.discord import convert
from bot.discord.cards import reviews as review_cards
from bot.discord.cards import runs as run_cards
from bot.discord.house import House
from bot.discord.patience import is_refused
from bot.discord.rooms import CHANNEL_OF, channel_for
from bot.languages import tr
from datanets.facts import ContributionView, News, Posting, RunView

log = logging.getLogger(__name__)


async def tell_author(
    house: House, guild: discord.Guild, news: News, fact: ContributionView, locale: str
) -> Posting | None:
    """Write to the contributor about a verdict: in private, else a word beside the card."""
    member = await _here(house, guild, fact.author)
    if member is None:
        return None
    try:
        letter = await member.send(**review_cards.verdict_letter(fact, locale).fresh(), nonce=nonce_of(news))
    except discord.HTTPException as failed:
        if not is_refused(failed):
            raise
        text = house.explainer.mentions.within(tr(locale, "there is news about your file: /mine"))
        return await _mention(guild, news, member, text)
    return Posting(str(letter.channel.id), str(letter.id))


async def tell_starter(
    house: House, guild: discord.Guild, news: News, fact: RunView, locale: str
) -> Posting | None:
    """Ping whoever started the run, once, when it is over."""
    if news.posted is not None:
        return news.posted
    member = await _here(house, guild, fact.starter)
    if member is None:
        return None
    return await _mention(guild, news, member, house.explainer.mentions.within(run_cards.over(fact, locale)))


def nonce_of(news: News) -> str:
    """What keeps Discord from posting the same news twice within some minutes."""
    return f"{news.id}{news.place.id}"[:25]


async def _here(house: House, guild: discord.Guild, who: str) -> discord.Member | None:
    """The person's account in this server."""
    for account in await house.desk.people.accounts_of(who):
        if account.platform == convert.PLATFORM:
            member = await house.member(guild, int(account.id))
            if member is not None:
                return member
    return None


async def _mention(guild: discord.Guild, news: News, member: discord.Member, text: str) -> Posting | None:
    channel = channel_for(guild, CHANNEL_OF[news.kind], news.place.settings)
    if channel is None:
        return None
    allowed = discord.AllowedMentions(users=[member])
    try:
        message = await channel.send(
            f"{member.mention} {text}", allowed_mentions=allowed, nonce=nonce_of(news)
        )
    except discord.HTTPException as failed:
        if not is_refused(failed):
            raise
        log.warning("nobody could be told of %s in guild %s (%s)", news.kind, guild.id, failed.code)
        return None
    return Posting(str(channel.id), str(message.id))
