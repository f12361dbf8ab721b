"""The composition root: puts core, desk and the enabled platforms together and runs them in one loop."""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from bot.announcements import Announcements, Announcer
from bot.config import BotSettings
from bot.desk import Desk
from bot.health import Check, Health, serve
from datanets.core import Core
from datanets.figures import answers, figures
from migrations.upgrade import prepare

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 60.0
HOURLY_SECONDS = 3600.0


class Platform(Protocol):
    """One way to reach the bot, put together and ready to run."""

    @property
    def announcer(self) -> Announcer:
        """Shows news there."""
        ...

    async def run(self) -> None:
        """Work until cancelled."""
        ...

    async def trouble(self) -> str:
        """Say why nobody can be served there right now, or return an empty text."""
        ...


@dataclass(frozen=True)
class House:
    """Everything that platforms are opened with."""

    core: Core
    desk: Desk
    settings: BotSettings
    health: Health


Opening = Callable[[Core, Desk, BotSettings, Health], Awaitable[Platform]]


def enabled(settings: BotSettings) -> dict[str, Opening]:
    """Return the platforms that the settings switch on; each one is imported only then."""
    openings: dict[str, Opening] = {}
    if settings.discord_token:
        from bot.discord.start import open_discord

        openings["discord"] = open_discord
    if settings.telegram_token:
        from bot.telegram.start import open_telegram

        openings["telegram"] = open_telegram
    if settings.playground:
        from bot.playground.start import open_playground

        openings["playground"] = open_playground
    return openings


async def run(settings: BotSettings, ready: asyncio.Event | None = None) -> None:
    """Run the bot until it is cancelled; `ready` is set once people can be served."""
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    desk = Desk.open(core, settings)
    platforms: dict[str, Platform] = {}
    checks: dict[str, Check] = {"database": lambda: answers(core.db)}
    house = House(core, desk, settings, Health(checks, lambda: figures(core.db, core.clock)))
    try:
        for name, opening in enabled(settings).items():
            platforms[name] = await opening(core, desk, settings, house.health)
            checks[name] = platforms[name].trouble
        # What was imported and put together stays to the end; no collection needs to look through it again.
        gc.freeze()
        log.info("serving %s", ", ".join(platforms) or "nobody: no platform is switched on")
        await _run(house, list(platforms.values()), ready)
    finally:
        await desk.ask.close()
        await desk.serving.close()
        await core.close()


async def _run(house: House, platforms: Sequence[Platform], ready: asyncio.Event | None) -> None:
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        for platform in platforms:
            tasks.create_task(platform.run())
        tasks.create_task(Announcements(house.core, [one.announcer for one in platforms]).run())
        core, ask = house.core, house.desk.ask
        every_minute = (core.quotas.sweep, core.review.sweep)
        tasks.create_task(again_and_again("housekeeping", HOUSEKEEPING_SECONDS, *every_minute))
        prune_asked = partial(ask.prune, timedelta(days=house.settings.thread_days))
        every_hour = (core.reliability.measure, core.retention.prune, prune_asked)
        tasks.create_task(again_and_again("the hourly work", HOURLY_SECONDS, *every_hour))
        every = timedelta(minutes=house.settings.gitbook_refresh_minutes)
        tasks.create_task(ask.run(every))
        if not house.settings.playground:
            runner = await serve(house.health, house.settings.host, house.settings.port)
            stack.push_async_callback(runner.cleanup)
        if ready is not None:
            tasks.create_task(_tell(house.health, ready))


async def again_and_again(work: str, seconds: float, *parts: Callable[[], Awaitable[object]]) -> None:
    """Do some work at the start and every so many seconds; for ever."""
    while True:
        for part in parts:
            try:
                await part()
            except Exception:
                # The database may be away for a minute; the next round does the work of this one too.
                log.exception("%s failed", work)
        await asyncio.sleep(seconds)


async def _tell(health: Health, ready: asyncio.Event) -> None:
    while True:
        page = await health.page("/readyz")
        if page is not None and page.status == 200:
            return ready.set()
        await asyncio.sleep(0.05)
