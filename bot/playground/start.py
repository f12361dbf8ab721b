"""Opens the playground for the bot."""

import asyncio
from dataclasses import dataclass

from bot.announcements import Announcer
from bot.config import BotSettings
from bot.desk import Desk
from bot.health import Health
from bot.playground import panels, server
from bot.playground.announcer import PageAnnouncer
from bot.playground.kitchen import Kitchen
from bot.playground.site import site
from datanets.core import Core


@dataclass(frozen=True)
class Playground:
    """The page, ready to run."""

    kitchen: Kitchen
    settings: BotSettings
    health: Health

    @property
    def announcer(self) -> Announcer:
        """Shows news on the page."""
        return PageAnnouncer(self.kitchen)

    async def run(self) -> None:
        """Serve the page until cancelled."""
        fresh = asyncio.create_task(panels.keep_fresh(self.kitchen))
        app = site(self.kitchen, self.health, self.settings.host)
        try:
            await server.run(app, self.kitchen.hub, host=self.settings.host, port=self.settings.port)
        finally:
            fresh.cancel()
            await self.kitchen.close()

    async def trouble(self) -> str:
        """Say nothing: whoever reaches this has reached the page."""
        return ""


async def open_playground(core: Core, desk: Desk, settings: BotSettings, health: Health) -> Playground:
    """Put the page together."""
    return Playground(await Kitchen.open(core, desk, settings.data_dir), settings, health)
