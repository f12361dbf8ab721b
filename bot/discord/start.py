"""Opens Discord: the supervised connection, its cogs, its announcer."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.announcements import Announcer
from bot.config import BotSettings
from bot.desk import Desk
from bot.discord.announcer import DiscordAnnouncer
from bot.discord.answering import Answering
from bot.discord.client import Client
from bot.discord.cogs.ask import Ask
from bot.discord.cogs.chat import Chat
from bot.discord.cogs.compare import Compare
from bot.discord.cogs.contribute import Contribute
from bot.discord.cogs.finetune import Finetune
from bot.discord.cogs.mine import Mine
from bot.discord.cogs.nets import Nets
from bot.discord.cogs.people import People
from bot.discord.cogs.reactions import Reactions
from bot.discord.cogs.review import Review
from bot.discord.cogs.runs import Runs, Shelf
from bot.discord.cogs.setup import Setup
from bot.discord.cogs.standing import Standing
from bot.discord.commands import sync
from bot.discord.explaining import Explaining
from bot.discord.house import DOWNLOAD, House
from bot.discord.language import Translator
from bot.discord.patience import make_patient
from bot.discord.reconciling import EVERY_SECONDS, Reconciler
from bot.discord.routing import Live, route_form
from bot.discord.supervision import Supervisor
from bot.discord.wire import lead_to, tolerate
from bot.health import Health
from datanets.core import Core

log = logging.getLogger(__name__)


@dataclass
class DiscordPlatform:
    """Discord, put together; `run` serves until it is cancelled."""

    core: Core
    desk: Desk
    settings: BotSettings
    announcer_here: DiscordAnnouncer = field(default_factory=DiscordAnnouncer)
    house: House | None = None
    look_every: float = EVERY_SECONDS
    background: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        token = self.settings.discord_token
        self.supervisor = Supervisor(token.get_secret_value() if token else "", self._set_up)

    @property
    def announcer(self) -> Announcer:
        """Shows news in servers."""
        return self.announcer_here

    async def run(self) -> None:
        """Serve until cancelled, whatever happens to the connection."""
        lead_to(self.settings.discord_api_url, self.settings.discord_gateway_url)
        async with aiohttp.ClientSession(timeout=DOWNLOAD, auto_decompress=False) as session:
            self.session = session
            try:
                await self.supervisor.run()
            finally:
                await self.stop()

    async def stop(self) -> None:
        """Close the connection."""
        await self._end_background()
        await self.supervisor.stop()

    async def trouble(self) -> str:
        """Say why nobody on Discord can be served right now, or return an empty text."""
        client = self.supervisor.client
        if client is not None and client.is_ready() and not client.is_closed():
            return ""
        return f"Discord: {self.supervisor.state}"

    async def _set_up(self, client: Client) -> None:
        """Prepare one connection: cogs, commands, components of earlier messages, background work."""
        await self._end_background()
        make_patient(client.http)
        tolerate(client)
        explaining = Explaining(self.core.faults)
        house = House(self.desk, self.core, Answering(explaining), self.session, client, explaining)
        client.house = house  # type: ignore[attr-defined]
        self.house = self.announcer_here.house = house
        chat, reconciler = Chat(house), Reconciler(house, self.look_every)
        cogs: tuple[commands.Cog, ...] = (
            Standing(house),
            Nets(house),
            Contribute(house),
            Mine(house),
            Review(house),
            Reactions(house, reconciler),
            Finetune(house),
            Runs(house),
            Shelf(house),
            chat,
            Compare(house),
            Ask(house),
            Setup(house),
            People(house),
        )
        for cog in cogs:
            await client.add_cog(cog)
        client.add_dynamic_items(Live)
        client.add_listener(self._on_interaction, "on_interaction")
        client.add_listener(self._on_ready, "on_ready")
        client.tree.error(self._on_error)
        await client.tree.set_translator(Translator())
        explaining.mentions.learn(await sync(client.tree))
        self.background = [asyncio.create_task(self._look_after(house, chat, reconciler))]

    async def _look_after(self, house: House, chat: Chat, reconciler: Reconciler) -> None:
        """Once connected: finish what a former process left, then keep the cards and the database equal."""
        await house.client.wait_until_ready()
        try:
            await chat.replies.tell_broken()
        except Exception:
            log.exception("replies that broke off could not be marked")
        await reconciler.run()

    async def _end_background(self) -> None:
        for task in self.background:
            task.cancel()
        for task in self.background:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.background = []

    async def _on_ready(self) -> None:
        """A session began; votes cast before it were never told."""
        self.supervisor.state = "connected"
        if self.house is not None:
            self.house.look_again.set()

    async def _on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.type is discord.InteractionType.modal_submit:
            await route_form(interaction)

    async def _on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """The last boundary of commands."""
        if self.house is not None:
            await self.house.answering.tell(interaction, error)


async def open_discord(core: Core, desk: Desk, settings: BotSettings, health: Health) -> DiscordPlatform:  # noqa: ARG001 - all platforms are opened alike
    """Put Discord together; nothing is connected before `run`."""
    return DiscordPlatform(core, desk, settings)
