"""Reactions that nobody told about: after every READY and on a timer the cards are read again."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

import discord

from bot.discord import convert
from bot.discord.cards.reviews import DOWN, UP
from bot.discord.house import House
from bot.discord.posted import GONE
from datanets.facts import Account, Caller, Role

log = logging.getLogger(__name__)
EVERY_SECONDS = 600.0
CHUNK_SECONDS = 20.0
VOTES = {UP: True, DOWN: False}


@dataclass
class Reconciler:
    """Reads cards' reactions and servers' roles, and tells the desk what they say."""

    house: House
    every: float = EVERY_SECONDS

    async def run(self) -> None:
        """Look at everything now, whenever a session began, and from time to time."""
        while True:
            self.house.look_again.clear()
            for guild in list(self.house.client.guilds):
                try:
                    await self.guild(guild)
                except Exception:
                    log.exception("the cards of guild %s could not be read", guild.id)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.house.look_again.wait(), self.every)

    async def guild(self, guild: discord.Guild) -> None:
        """Read every open card of a server, then who holds which role: that may take a while."""
        place = convert.place_of_guild(guild)
        for contribution, (channel, message) in (await self.house.desk.reviewing.open_cards(place)).items():
            await self.look(guild, contribution, int(channel), int(message))
        await self.roles(guild)

    async def roles(self, guild: discord.Guild) -> None:
        """Tell the core who validates; only with the members intent does Discord say so."""
        if not self.house.client.intents.members:
            return
        if not guild.chunked:
            try:
                await asyncio.wait_for(guild.chunk(), CHUNK_SECONDS)
            except (TimeoutError, discord.ClientException):
                log.warning("guild %s does not say who its members are", guild.id)
                return
        settings = (await self.house.place(convert.place_of_guild(guild))).settings
        validators: list[Account] = []
        admins: list[Account] = []
        for member in guild.members:
            roles = convert.roles_of(member, guild, settings) if not member.bot else frozenset()
            if Role.VALIDATOR in roles:
                validators.append(convert.account(member.id))
            if Role.ADMIN in roles:
                admins.append(convert.account(member.id))
        await self.house.desk.people.set_role_holders(convert.place_of_guild(guild), validators, admins)

    async def look(self, guild: discord.Guild, contribution: str, channel: int, message: int) -> None:
        """Read one card's reactions and take them over."""
        async with self.house.posted.lock(contribution):
            try:
                found = await self.house.client.get_partial_messageable(
                    channel, guild_id=guild.id
                ).fetch_message(message)
            except discord.NotFound as failed:
                if failed.code not in GONE:
                    raise
                await self._gone(guild, contribution, channel, message)
                return
            except discord.Forbidden:
                log.warning("card %s cannot be read: a right is missing", message)
                return
            place = convert.place_of_guild(guild)
            votes = await self._votes(guild, found)
            await self.house.desk.reviewing.reconcile(place, contribution, votes)

    async def _gone(self, guild: discord.Guild, contribution: str, channel: int, message: int) -> None:
        place = convert.place_of_guild(guild)
        await self.house.desk.reviewing.withdraw_all(place, contribution)
        self.house.reposted.add(str(message))
        view = await self.house.place(place)
        await self.house.core.newsroom.forget_posting(view.id, str(channel), str(message))

    async def _votes(self, guild: discord.Guild, message: discord.Message) -> dict[Caller, bool]:
        """Who reacted how; whoever did both has said nothing."""
        said: dict[int, set[bool]] = {}
        for reaction in message.reactions:
            up = VOTES.get(str(reaction.emoji))
            if up is None or reaction.normal_count <= int(reaction.me):
                continue
            async for user in reaction.users():
                if not user.bot:
                    said.setdefault(user.id, set()).add(up)
        votes: dict[Caller, bool] = {}
        for user_id, sides in said.items():
            member = await self.house.member(guild, user_id)
            if member is not None and len(sides) == 1:
                votes[await self.house.caller_of(member, guild)] = sides.pop()
        return votes
