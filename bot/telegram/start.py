"""Opens Telegram for the bot: one client, one door, supervised until cancelled."""

import asyncio
import logging

from telegram.error import TelegramError

from bot.announcements import Announcer
from bot.config import BotSettings
from bot.desk import Desk
from bot.health import Health
from bot.telegram import menus
from bot.telegram.announcer import TelegramAnnouncer
from bot.telegram.client import WANTED, Client, connect
from bot.telegram.crowd import PLATFORM, Crowd
from bot.telegram.front import Front
from bot.telegram.handlers import COMMANDS, EXTRA, OPEN_TO_ALL, PRESSES
from bot.telegram.handlers.groups import membership
from bot.telegram.handlers.votes import reaction
from bot.telegram.handlers.words import message
from bot.telegram.handling import Handling
from bot.telegram.incoming import Poller
from bot.telegram.limiter import Limiter, Limits
from bot.telegram.notes import Notes
from bot.telegram.room import Room
from bot.telegram.showing import Pace
from bot.telegram.webhook import Webhook
from datanets.core import Core

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A poll lasts half a minute; after three of them without an answer, nobody can be served.
SILENCE_SECONDS = 100.0


class TelegramPlatform:
    """Telegram, ready to run: polling, or a webhook when the settings name its address."""

    def __init__(
        self,
        core: Core,
        desk: Desk,
        settings: BotSettings,
        limits: Limits | None = None,
        pace: Pace | None = None,
    ) -> None:
        if settings.telegram_token is None:
            raise ValueError("POTLUCK_TELEGRAM_TOKEN is not set")
        # The HTTP library logs addresses, and an address of the Bot API holds the token.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self.settings = settings
        limiter = Limiter(limits, on_migrated=self._migrated)
        token = settings.telegram_token.get_secret_value()
        self.client: Client = connect(token, settings.telegram_api_url, settings.telegram_file_url, limiter)
        crowd = Crowd(self.client, core.places)
        self.room = Room(core, desk, self.client, limiter, crowd, Notes(core.places))
        front = Front(
            self.room,
            {**COMMANDS, **EXTRA},
            PRESSES,
            open_to_all=OPEN_TO_ALL,
            message=message,
            reaction=reaction,
            membership=membership,
        )
        self.room.front = front
        self.handling = Handling(core.inbox, self.client, front.handle)
        self.poller = Poller(self.client, self.handling.keep)
        self.announcer: Announcer = TelegramAnnouncer(self.room, pace)
        self._ready = asyncio.Event()
        self._stopped = asyncio.Event()
        self._trouble = "not connected yet"

    async def run(self) -> None:
        """Serve until cancelled or stopped; whatever breaks is waited out and tried again."""
        pause = FIRST_PAUSE
        try:
            while not self._stopped.is_set():
                try:
                    await self._serve()
                    pause = FIRST_PAUSE
                except TelegramError as broken:
                    self._trouble = type(broken).__name__
                    log.warning("Telegram is away (%s), again in %.1f s", self._trouble, pause)
                except Exception:
                    self._trouble = "an error that nobody expected"
                    log.exception("Telegram stopped, again in %.1f s", pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            await self.handling.stop()
            await self.client.shutdown()

    async def stop(self) -> None:
        """End `run` and wait for what is in work."""
        self._stopped.set()
        await self.handling.stop()

    async def trouble(self) -> str:
        """Say why nobody can be served, or return an empty text."""
        if not self._ready.is_set():
            return self._trouble
        if self.settings.telegram_webhook_url:
            return ""
        silent = asyncio.get_running_loop().time() - self.poller.answered_at
        return f"no answer to polling: {self.poller.trouble}" if silent > SILENCE_SECONDS else ""

    async def _serve(self) -> None:
        await self.client.initialize()
        await self.handling.resume()
        webhook = await self._listen() if self.settings.telegram_webhook_url else None
        if webhook is None:
            await self.client.delete_webhook(drop_pending_updates=False)
        self.poller.answered_at = asyncio.get_running_loop().time()
        publishing = asyncio.create_task(menus.publish(self.client))
        work = asyncio.create_task(self._stopped.wait() if webhook else self.poller.run())
        ending = asyncio.create_task(self._stopped.wait())
        self._ready.set()
        log.info("serving Telegram as @%s", self.client.username)
        try:
            done, _ = await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._ready.clear()
            for task in (publishing, work, ending):
                task.cancel()
            await asyncio.gather(publishing, work, ending, return_exceptions=True)
            if webhook:
                await webhook.stop()

    async def _listen(self) -> Webhook:
        """Open the port and tell Telegram where it is; the secret proves who calls."""
        settings = self.settings
        if settings.telegram_webhook_secret is None:
            raise ValueError("POTLUCK_TELEGRAM_WEBHOOK_SECRET is not set")
        secret = settings.telegram_webhook_secret.get_secret_value()
        path = "/" + settings.telegram_webhook_url.partition("://")[2].partition("/")[2]
        webhook = Webhook(self.handling.keep, secret, settings.host, settings.telegram_webhook_port, path)
        await webhook.start()
        await self.client.set_webhook(
            settings.telegram_webhook_url,
            secret_token=secret,
            allowed_updates=WANTED,
            drop_pending_updates=False,
        )
        return webhook

    async def _migrated(self, old: str, new: str) -> None:
        await self.room.core.places.move(PLATFORM, old, new)


async def open_telegram(core: Core, desk: Desk, settings: BotSettings, health: Health) -> TelegramPlatform:  # noqa: ARG001 - every platform is opened alike
    """Put the platform together; nothing is connected before `run`."""
    return TelegramPlatform(core, desk, settings)
