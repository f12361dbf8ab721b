"""Where things are shown in a server: the channels that were chosen, or the nearest that will do."""

from collections.abc import Mapping
from typing import Any, Literal

import discord

from bot.discord import convert
from bot.languages import tr
from datanets.facts import ModelView, NewsKind
from datanets.refusals import NotFound

USUAL = {
    convert.REVIEW_CHANNEL: ("review", "reviews", "potluck", "contribute"),
    convert.MODELS_CHANNEL: ("models", "model", "potluck", "training"),
}
CHANNEL_OF = {
    NewsKind.REVIEW: convert.REVIEW_CHANNEL,
    NewsKind.VERDICT: convert.REVIEW_CHANNEL,
    NewsKind.RELEASE: convert.MODELS_CHANNEL,
    NewsKind.RUN: convert.MODELS_CHANNEL,
    NewsKind.RUN_OVER: convert.MODELS_CHANNEL,
    NewsKind.MODEL: convert.MODELS_CHANNEL,
}
#: Discord keeps a thread open for a week without a word at most.
WEEK_MINUTES: Literal[10080] = 10080
ALREADY_A_THREAD = 160004


def channel_for(guild: discord.Guild, what: str, settings: Mapping[str, Any]) -> discord.TextChannel | None:
    """The chosen channel; else one with a usual name; else the first in which the bot may write."""
    chosen = guild.get_channel(int(settings.get(what) or 0))
    if isinstance(chosen, discord.TextChannel):
        return chosen
    open_ones = [channel for channel in guild.text_channels if may_post(channel)]
    if not open_ones and not states_rights(guild):
        open_ones = list(guild.text_channels)
    named = [channel for channel in open_ones if channel.name in USUAL.get(what, ())]
    return next(iter(named or open_ones), None)


def may_post(channel: discord.TextChannel) -> bool:
    """Whether the bot may see a channel and send embeds to it; asking Discord would count as a mistake."""
    if channel.guild.me is None:
        return False
    rights = channel.permissions_for(channel.guild.me)
    return rights.view_channel and rights.send_messages and rights.embed_links


def states_rights(guild: discord.Guild) -> bool:
    """Whether the server says what the bot may do; if it does not, only a try can tell."""
    return guild.me is not None and bool(guild.me.guild_permissions.value)


async def open_thread(
    guild: discord.Guild | None,
    here: object,
    model: ModelView,
    settings: Mapping[str, Any],
    locale: str,
) -> discord.Thread:
    """Open a thread for a model, in the channel for models or in the one where it was asked for."""
    if guild is None:
        raise NotFound("channel", "models")
    channel = channel_for(guild, convert.MODELS_CHANNEL, settings)
    if channel is None and isinstance(here, discord.TextChannel):
        channel = here
    if channel is None:
        raise NotFound("channel", "models")
    message = await channel.send(tr(locale, "💬 **{model}** is at the table.", model=model.name))
    return await thread_under(message, model.name)


async def thread_under(message: discord.PartialMessage, name: str) -> discord.Thread:
    """Open a thread under a message, or take the one that is there already."""
    try:
        return await message.create_thread(name=name[:100], auto_archive_duration=WEEK_MINUTES)
    except discord.HTTPException as failed:
        if failed.code != ALREADY_A_THREAD or message.guild is None:
            raise
        # An earlier try did open it, only its answer was lost: it has the message's id.
        found = await message.guild.fetch_channel(message.id)
        if not isinstance(found, discord.Thread):
            raise
        return found


async def reopened(client: discord.Client, channel: int) -> discord.Thread | None:
    """A thread that can be spoken in, taken out of the archive if needed; None when it is gone."""
    try:
        found = client.get_channel(channel) or await client.fetch_channel(channel)
    except (discord.NotFound, discord.Forbidden):
        return None
    if not isinstance(found, discord.Thread):
        return None
    if found.archived:
        found = await found.edit(archived=False)
    return found
