"""Votes by reaction, by raw events; roles that change who may vote."""

import logging

import discord
from discord.ext import commands

from bot.discord import convert
from bot.discord.cards.reviews import DOWN, UP
from bot.discord.house import House
from bot.discord.reconciling import Reconciler
from bot.discord.rooms import states_rights
from datanets.facts import Caller
from datanets.refusals import Refusal, ReviewClosed

log = logging.getLogger(__name__)
VOTES = {UP: True, DOWN: False}


class Reactions(commands.Cog):
    """Brings reactions to the desk and takes away those that do not count."""

    def __init__(self, house: House, reconciler: Reconciler) -> None:
        self.house = house
        self.reconciler = reconciler

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Take a reaction on a card as a vote."""
        up = VOTES.get(str(event.emoji))
        if up is None or event.guild_id is None or event.burst or self.house.is_me(event.user_id):
            return
        member = await self._who(event)
        if member is None:
            return
        # Only a card of ours can have been posted a moment ago; an event need not say whose it is.
        ours = event.message_author_id is None or self.house.is_me(event.message_author_id)
        contribution = await self.house.posted.at(member.guild, event.channel_id, event.message_id, wait=ours)
        if contribution is None:
            return
        if member.bot:
            await self._remove(event.channel_id, event.message_id, str(event.emoji), member)
            return
        caller = await self.house.caller_of(member, member.guild)
        try:
            async with self.house.posted.lock(contribution):
                await self.house.desk.reviewing.cast(caller, contribution, up, via="reaction")
        except Refusal as no:
            log.info("a reaction on %s does not count: %s", contribution, type(no).__name__)
            await self._remove(event.channel_id, event.message_id, str(event.emoji), member)
            return
        other = DOWN if up else UP
        await self._remove(event.channel_id, event.message_id, other, member, quietly=True)

    async def _who(self, event: discord.RawReactionActionEvent) -> discord.Member | None:
        if event.member is not None:
            self.house.saw(event.member)
            return event.member
        guild = self.house.client.get_guild(event.guild_id or 0)
        return await self.house.member(guild, event.user_id) if guild else None

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Take the vote back that the reaction was."""
        up = VOTES.get(str(event.emoji))
        if up is None or event.guild_id is None or self.house.is_me(event.user_id):
            return
        guild = self.house.client.get_guild(event.guild_id)
        contribution = await self.house.posted.at(guild, event.channel_id, event.message_id)
        if contribution is None or guild is None:
            return
        member = await self.house.member(guild, event.user_id)
        if member is None or member.bot:
            return
        caller = await self.house.caller_of(member, guild)
        try:
            async with self.house.posted.lock(contribution):
                await self._withdraw(caller, contribution, up)
        except ReviewClosed:
            return

    async def _withdraw(self, caller: Caller, contribution: str, up: bool) -> None:
        """Withdraw the ballot if it is still the one that the reaction stood for."""
        actor = await self.house.desk.people.actor(caller)
        facts = await self.house.desk.reviewing.card(caller, contribution)
        if any(ballot.member == actor.member and ballot.up == up for ballot in facts.ballots):
            await self.house.desk.reviewing.withdraw(caller, contribution)

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        """Somebody removed all reactions: the votes that they were are gone."""
        await self._cleared(event.guild_id, event.channel_id, event.message_id)

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        """Somebody removed all of one emoji: look at what is left."""
        if str(event.emoji) in VOTES and event.guild_id is not None:
            guild = self.house.client.get_guild(event.guild_id)
            contribution = await self.house.posted.at(guild, event.channel_id, event.message_id)
            if contribution is not None and guild is not None:
                await self.reconciler.look(guild, contribution, event.channel_id, event.message_id)

    async def _cleared(self, guild_id: int | None, channel: int, message: int) -> str | None:
        """Withdraw every vote that was a reaction on a card; returns what the card was about."""
        if guild_id is None:
            return None
        guild = self.house.client.get_guild(guild_id)
        contribution = await self.house.posted.at(guild, channel, message)
        if contribution is None or guild is None:
            return None
        async with self.house.posted.lock(contribution):
            await self.house.desk.reviewing.withdraw_all(convert.place_of_guild(guild), contribution)
        return contribution

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """A card was deleted: its reactions are gone with it, and it is shown again."""
        await self._deleted(event.guild_id, event.channel_id, event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages were deleted, perhaps cards among them."""
        for message in event.message_ids:
            await self._deleted(event.guild_id, event.channel_id, message)

    async def _deleted(self, guild_id: int | None, channel: int, message: int) -> None:
        guild = self.house.client.get_guild(guild_id or 0)
        if guild is None:
            return
        await self._cleared(guild_id, channel, message)
        place = await self.house.place(convert.place_of_guild(guild))
        self.house.reposted.add(str(message))
        await self.house.core.newsroom.forget_posting(place.id, str(channel), str(message))

    async def _remove(
        self, channel_id: int, message_id: int, emoji: str, member: discord.Member, *, quietly: bool = False
    ) -> None:
        """Take a reaction away where the bot may."""
        channel = self.house.client.get_channel(channel_id)
        if not isinstance(channel, discord.TextChannel | discord.Thread):
            return
        if states_rights(guild := channel.guild) and not channel.permissions_for(guild.me).manage_messages:
            return
        try:
            await channel.get_partial_message(message_id).remove_reaction(emoji, member)
        except discord.HTTPException as failed:
            if not quietly:
                log.info("a reaction could not be removed: %s", failed.code)

    # --- who validates

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Roles changed: whose ballots count is asked of the core, so it must know."""
        if before.roles != after.roles:
            await self._remember_roles(after)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody may come back with the roles that they had."""
        await self._remember_roles(member, only_with=True)

    async def _remember_roles(self, member: discord.Member, *, only_with: bool = False) -> None:
        if not member.bot:
            caller = await self.house.caller_of(member, member.guild)
            if caller.roles or not only_with:
                await self.house.desk.people.actor(caller)
