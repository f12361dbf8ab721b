"""What every cog has at hand: the desk, the way to answer, and what each server has chosen."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.desk import Desk
from bot.discord import convert
from bot.discord.answering import Answering
from bot.discord.client import Client
from bot.discord.convert import AttachmentUpload
from bot.discord.explaining import Explaining
from bot.discord.posted import Posted
from bot.languages import language_of
from datanets.core import Core
from datanets.facts import Caller, Place, PlaceView
from datanets.refusals import Refusal

SETTINGS_SECONDS = 30.0
MOST_SEEN = 1000
#: Unknown member, unknown user.
NO_SUCH_MEMBER = (10007, 10013)
DOWNLOAD = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=20)

Interaction = discord.Interaction[Any]


@dataclass
class House:
    """One connection's tools; settings are read again after half a minute or when they change here."""

    desk: Desk
    core: Core
    answering: Answering
    session: aiohttp.ClientSession
    client: Client
    explainer: Explaining
    reposted: set[str] = field(default_factory=set)
    #: Set when the cards should be read again soon.
    look_again: asyncio.Event = field(default_factory=asyncio.Event)
    _settings: dict[str, tuple[float, PlaceView]] = field(default_factory=dict)
    _seen: dict[tuple[int, int], discord.Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.posted = Posted(self.desk.reviewing)

    @property
    def tree(self) -> app_commands.CommandTree[Any]:
        """Where commands are registered."""
        return self.client.tree

    def is_me(self, user_id: int | None) -> bool:
        """Whether somebody is this bot."""
        return self.client.user is not None and user_id == self.client.user.id

    def say(self, no: Refusal, locale: str) -> str:
        """The sentence of a refusal."""
        return self.explainer.refusal(no, locale)

    async def ticket(self, error: Exception, caller: Caller) -> str:
        """Write an unexpected error down and return what the person is told."""
        return await self.explainer.ticket(error, f"discord:{caller.place.id}", "contribute", caller.locale)

    async def member(self, guild: discord.Guild, user_id: int) -> discord.Member | None:
        """A member with the roles of this moment, or None for somebody who left."""
        known = guild.get_member(user_id)
        if known is not None:
            return known
        try:
            return await guild.fetch_member(user_id)
        except discord.NotFound as gone:
            # A server in Discord's place may lack the route; then whom an event brought is good enough.
            return None if gone.code in NO_SUCH_MEMBER else self._seen.get((guild.id, user_id))

    def saw(self, member: discord.Member) -> None:
        """Remember somebody whom an event brought."""
        while len(self._seen) >= MOST_SEEN:
            self._seen.pop(next(iter(self._seen)))
        self._seen[member.guild.id, member.id] = member

    async def place(self, place: Place) -> PlaceView:
        """Return the place's settings, from memory where they are fresh."""
        known = self._settings.get(place.id)
        if known is not None and time.monotonic() - known[0] < SETTINGS_SECONDS:
            return known[1]
        view = await self.core.places.find(place)
        self._settings[place.id] = (time.monotonic(), view)
        return view

    def changed(self, view: PlaceView) -> None:
        """Take over settings that were just chosen."""
        self._settings[view.external_id] = (time.monotonic(), view)

    async def settings(self, guild: discord.Guild | None, person: convert.Person) -> Mapping[str, Any]:
        """Return what `/setup` chose in a server."""
        return (await self.place(convert.place_of(guild, person))).settings

    async def caller(self, interaction: Interaction) -> Caller:
        """Who pressed or typed, with the roles of this moment."""
        person, guild = interaction.user, interaction.guild
        settings = await self.settings(guild, person)
        return convert.caller(person, guild, settings, interaction.locale)

    async def caller_of(self, person: convert.Person, guild: discord.Guild | None) -> Caller:
        """Who wrote or reacted; messages carry no locale, so the server's counts."""
        settings = await self.settings(guild, person)
        return convert.caller(person, guild, settings, self.locale(guild, settings))

    def locale(self, guild: discord.Guild | None, settings: Mapping[str, Any]) -> str:
        """The language of public messages."""
        return str(settings.get(convert.LANGUAGE) or language_of(guild.preferred_locale if guild else "en"))

    def without_mention(self, text: str) -> str:
        """What was said, without the bot's own mention in it."""
        me = self.client.user.id if self.client.user else 0
        return text.replace(f"<@{me}>", "").replace(f"<@!{me}>", "").strip()

    def upload(self, attachment: discord.Attachment) -> AttachmentUpload:
        """A file that is fetched when the desk asks for it."""
        return AttachmentUpload(attachment, self.session)
