"""A bot with the page on a port of its own, and people with browsers."""

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from bot import app
from bot.config import BotSettings

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
# A busy machine takes its time; what never comes is only told a little later.
expect.set_options(timeout=15_000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def running(settings: BotSettings) -> AsyncIterator[None]:
    """Run the whole bot until the block ends."""
    ready = asyncio.Event()
    bot = asyncio.create_task(app.run(settings, ready))
    await asyncio.wait(
        {bot, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED, timeout=30
    )
    try:
        yield
    finally:
        bot.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await bot


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> BotSettings:
    return BotSettings(
        data_dir=tmp_path, database_url=sqlite_url, playground=True, PORT=free_port(), _env_file=None
    )


@dataclass
class Visitors:
    """People at their browsers; each has a window of their own."""

    browser: Browser
    address: str
    troubles: list[str] = field(default_factory=list)

    async def visit(self, person: str, room: str, *, width: int = 1280, height: int = 800) -> Page:
        """Open a room as somebody and wait until the page is live."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page = await context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        await page.goto(f"{self.address}/{person}/{room}")
        await expect(page.locator("body")).to_have_attribute("data-live", "yes")
        return page


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM:
        pytest.skip("NO BROWSER: install chromium (Debian: apt-get install chromium) to run this test")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest.fixture
async def visitors(settings: BotSettings, browser: Browser) -> AsyncIterator[Visitors]:
    async with running(settings):
        people = Visitors(browser, f"http://127.0.0.1:{settings.port}")
        yield people
    assert people.troubles == []
