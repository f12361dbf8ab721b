"""A loopback Telegram for every test; what the bot sent is checked against the Bot API's own description."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from bot.announcements import Announcements
from bot.config import BotSettings
from bot.desk import Desk
from bot.telegram.delivery import Delivery
from bot.telegram.limiter import Limits
from bot.telegram.showing import Pace
from bot.telegram.start import TelegramPlatform
from datanets.core import Core
from datanets.facts import Place
from tests.conftest import SPEC_DIR, HeldClock
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.telegram_state import Chat


@pytest.fixture
def wire_log(tmp_path: Path) -> Iterator[Path]:
    """Where the server writes each request; after the test all of them must be lawful."""
    log = tmp_path / "telegram.jsonl"
    yield log
    if log.exists():
        assert_lawful(log)


@pytest.fixture
async def telegram(wire_log: Path) -> AsyncIterator[TelegramServer]:
    """A running server."""
    async with TelegramServer(wire_log) as server:
        yield server


def assert_lawful(log: Path) -> None:
    """Let the checker read a log, where it is present."""
    checker = SPEC_DIR / "check" / "telegram_requests.py"
    if not checker.exists():
        return
    spec = SPEC_DIR / "spec" / "telegram_api.json"
    command = [sys.executable, str(checker), str(log), "--spec", str(spec), "--errors-only", "--json"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, [fault["message"] for fault in json.loads(found.stdout)]


class TickingClock(HeldClock):
    """Starts at the held moment and runs, so that what waits for a while is due at last."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = time.monotonic()

    def now(self) -> datetime:
        """Return the moment with the time that has passed."""
        return self.moment + timedelta(seconds=time.monotonic() - self.begun)


class House:
    """A whole bot on a loopback Telegram, with a clock that the test moves."""

    def __init__(
        self, telegram: TelegramServer, settings: BotSettings, clock: HeldClock, limits: Limits
    ) -> None:
        self.telegram, self.settings, self.clock, self.limits = telegram, settings, clock, limits
        self.queued: list[str] = []

    async def enqueue(self, session: object, run: str) -> None:
        """Be the queue: the worker is played by the test."""
        self.queued.append(run)

    async def __aenter__(self) -> Self:
        self.core = Core.open(self.settings, clock=self.clock, queue=self)
        self.desk = Desk.open(self.core, self.settings)
        self.platform = TelegramPlatform(self.core, self.desk, self.settings, self.limits, PACE)
        self.platform.room.albums.quiet = 0.25
        self.platform.room.limiter.delivery = Delivery(first_pause=0.1)
        self.platform.poller.person_pause = 1.0
        self.announcements = Announcements(self.core, [self.platform.announcer], pause=0.04)
        self.tasks = [asyncio.create_task(self.platform.run()), asyncio.create_task(self.announcements.run())]
        async with asyncio.timeout(10):
            while await self.platform.trouble():
                await asyncio.sleep(0.02)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.desk.serving.close()
        await self.core.close()

    async def settled(self, seconds: float = 20) -> None:
        """Wait until every update that was sent is handled and all news is shown."""
        async with asyncio.timeout(seconds):
            while True:
                idle = not self.telegram.updates.queue
                handled = not self.platform.handling.in_work and not await self.core.inbox.open("telegram")
                if idle and handled and not await self.core.newsroom.pending("telegram"):
                    return
                await asyncio.sleep(0.03)

    async def group(self, title: str, **options: Any) -> Chat:
        """Open a group that the bot has been greeted in."""
        chat = self.telegram.group(title, **options)
        await self.core.places.find(Place("telegram", str(chat.id), title))
        return chat


QUICK = Limits(
    chat=60, chat_seconds=0.5, group=200, group_seconds=1.0, group_share=(200, 200, 200), overall=500
)


PACE = Pace(run=0.1, picture=0.2, tally=0.05)


@pytest.fixture
def bot_settings(telegram: TelegramServer, sqlite_url: str, tmp_path: Path) -> BotSettings:
    """Settings whose addresses alone make it a test."""
    return BotSettings(
        _env_file=None,
        data_dir=tmp_path / "data",
        database_url=sqlite_url,
        telegram_token=TOKEN,
        telegram_api_url=telegram.api_url,
        telegram_file_url=telegram.file_url,
    )


@pytest.fixture
async def house(telegram: TelegramServer, bot_settings: BotSettings) -> AsyncIterator[House]:
    """A running bot."""
    async with House(telegram, bot_settings, TickingClock(), QUICK) as open_house:
        yield open_house
