"""The connection of one bot: which events it asks for and when it may open a session."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands
from discord.http import Route

log = logging.getLogger(__name__)

#: How a server says that it has no such route.
NOT_OFFERED = (403, 404, 405, 501)


def intents(*, content: bool, members: bool) -> discord.Intents:
    """Return what the gateway is asked to tell; message content and members need the operator's switch."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.guild_reactions = True
    wanted.dm_messages = True
    wanted.message_content = content
    wanted.members = members
    return wanted


class Client(commands.AutoShardedBot):
    """discord.py's client with our cogs, and a session limit that is kept."""

    def __init__(self, wanted: discord.Intents, setup: Callable[["Client"], Awaitable[None]]) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=wanted,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            # Asked for after the start, in the background: a big server must not delay the first answer.
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.5,
            max_ratelimit_timeout=120.0,
            activity=discord.CustomActivity("/help"),
        )
        self._set_up = setup

    async def setup_hook(self) -> None:
        """Run once a connection, before any event arrives."""
        await self._set_up(self)

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to the cogs; there are no commands with a prefix."""

    async def launch_shards(self) -> None:
        """Open sessions within Discord's limit: a thousand a day, then the token is reset."""
        told = await self._ask_gateway()
        shards, limit = int(told.get("shards") or 1), told.get("session_start_limit") or {}
        if limit.get("remaining", shards) < shards:
            pause = limit.get("reset_after", 0) / 1000
            log.warning("no gateway session is left today; waiting %.0f s", pause)
            await asyncio.sleep(pause)
        # With a number of shards the library takes the gateway that the settings name.
        self.shard_count = shards
        await super().launch_shards()

    async def _ask_gateway(self) -> dict[str, Any]:
        """How many shards and sessions Discord wants; a server in its place may have no opinion."""
        try:
            told = await self.http.request(Route("GET", "/gateway/bot"))
        except discord.HTTPException as failed:
            if failed.status not in NOT_OFFERED:
                raise
            return {}
        return told if isinstance(told, dict) else {}
