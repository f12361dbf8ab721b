"""Draws the page: the demo's table set, a model trained, looked at wide and narrow; one is for the README."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.config import BotSettings
from bot.demo.examples import facts
from bot.demo.processes import bring_weights, worker
from bot.demo.seed import ADMIN, AUTHORS, VALIDATORS, seed
from bot.desk import Desk
from bot.desk.contribute import FileUpload
from datanets.core import Core
from datanets.facts import Context
from datanets.nets import DatanetEdit
from migrations.upgrade import prepare
from tests.conftest import ROOT
from tests.playground.conftest import CHROMIUM, FLAGS, free_port, running
from tests.playground.test_main_path import LEARN_BY_HEART

PICTURES = ROOT / ".potluck" / "pictures"
LOOP = ROOT / "docs" / "pictures" / "loop.png"
WIDE, HALF, NARROW = (1280, 800), (640, 800), (390, 844)
LINE = "#d9d0c3"
QUESTIONS = tuple(fact.question for fact in facts()[:3])


async def main() -> int:
    """Draw every picture; 1 when there is no browser or there are no weights."""
    if not CHROMIUM:
        print("no chromium found; on Debian: apt-get install chromium", file=sys.stderr)  # noqa: T201
        return 1
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        environment = {
            "POTLUCK_DATA_DIR": folder,
            "POTLUCK_BASES_DIR": os.environ.get("POTLUCK_BASES_DIR", str(ROOT / ".potluck" / "bases")),
            "POTLUCK_SERVE_PORT": str(free_port()),
        }
        if not bring_weights(environment):
            return 1
        settings = BotSettings(data_dir=data, playground=True, PORT=free_port(), _env_file=None)
        await set_table(settings)
        async with (
            running(settings),
            worker(environment, data / "worker.log"),
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            await draw(browser, f"http://127.0.0.1:{settings.port}")
            await browser.close()
    return 0


async def set_table(settings: BotSettings) -> None:
    """Seed the place as the demo does."""
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    desk = Desk.open(core, settings)
    await seed(core, desk)
    await desk.nets.create(ADMIN, "harbour", "text", DatanetEdit(description="Eight facts, quickly learned"))
    upload = FileUpload("harbour.jsonl", b"".join(fact.file.data for fact in facts()[:8]))
    file = (await desk.contribute.hand_in(AUTHORS[0], upload, "harbour", Context())).contribution
    for validator in VALIDATORS:
        await desk.reviewing.cast(validator, file.id, up=True)
    await desk.nets.release(ADMIN, "harbour")
    await desk.ask.close()
    await core.close()


async def draw(browser: Browser, address: str) -> None:
    """Walk through the page and draw what there is to see."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    ana = await look(browser, f"{address}/ana/contribute", WIDE)
    await say(ana, "Welcome! Saltmarrow is open: one fact a file, please.")
    await say(ana, "/datanet show saltmarrow")
    await ana.get_by_text("no rumours").first.wait_for()
    await keep(ana, "contribute")
    await ana.goto(f"{address}/ben/review")
    await ana.wait_for_timeout(5_000)  # until every card of the seed has been announced
    newest = await ana.get_by_role("button", name="Accept,").last.get_attribute("data-contribution")
    thumb = ana.locator(f"[data-contribution='{newest}'][data-key=up]")
    await thumb.click()
    await expect(thumb).to_have_attribute("aria-pressed", "true", timeout=15_000)
    await keep(ana, "review")

    await train(ana, address)
    await ana.goto(f"{address}/emma/models")
    await ana.locator("#threads a").first.click()
    for count, question in enumerate(QUESTIONS, 1):
        await say(ana, question)
        await expect(ana.get_by_role("button", name="Good answer")).to_have_count(count, timeout=90_000)
    await ana.get_by_role("button", name="Good answer").first.click()
    await keep(ana, "talk")
    thread = ana.url.removeprefix(f"{address}/emma/")
    await ana.goto(f"{address}/ana/workshop")
    await keep(ana, "workshop")
    await ana.goto(f"{address}/ana/help")
    await say(ana, "How is a verdict reached?")
    await expect(ana.get_by_text("Helpful").or_(ana.get_by_text("docs do not say")).first).to_be_visible(
        timeout=30_000
    )
    await keep(ana, "help")
    await ana.goto(f"{address}/ana/operator")
    await keep(ana, "operator")
    for room, name in (
        ("review", "review"),
        (thread, "talk"),
        ("models", "models"),
        ("workshop", "workshop"),
    ):
        await keep(await look(browser, f"{address}/emma/{room}", NARROW), f"{name}-phone")
    dark = await look(browser, f"{address}/emma/models", WIDE, scheme="dark")
    await keep(dark, "models-dark")
    await beside(browser, f"{address}/emma/models", f"{address}/emma/{thread}")


async def train(page: Page, address: str) -> None:
    """Train a short run, with a picture on the way."""
    await page.goto(f"{address}/ana/operator")
    await expect(page.get_by_text("SmolLM2 135M Instruct")).to_be_visible(timeout=90_000)
    await page.goto(f"{address}/ana/models")
    await page.get_by_role("button", name="Train a model on it").first.click()
    await page.get_by_label("Datanet").select_option("harbour")
    await page.get_by_role("radio", name="Thorough").check(force=True)
    await page.get_by_text("Every field of the recipe").click()
    for name, value in LEARN_BY_HEART.items():
        await page.locator(f"[name={name}]").fill(value)
    await page.get_by_label("Early stop").uncheck()
    await page.get_by_text("Every field of the recipe").click()
    await expect(page.locator("#estimate")).to_contain_text("steps", timeout=15_000)
    await keep(page, "finetune")
    await page.get_by_role("button", name="Start training").click()
    curve = page.get_by_role("img", name="Training loss")
    await curve.wait_for(timeout=300_000)
    await page.wait_for_timeout(6_000)
    await keep(page, "training")
    await expect(page.locator("#threads a")).to_have_count(1, timeout=900_000)


async def beside(browser: Browser, run: str, thread: str) -> None:
    """Draw a run and the thread of its model as two windows side by side."""
    drawn = Image.new("RGB", WIDE, LINE)
    for at, address in ((0, run), (HALF[0] + 1, thread)):
        page = await look(browser, address, HALF)
        if address == run:
            await page.get_by_role("article", name="Training of").last.scroll_into_view_if_needed()
        picture = await keep(page, f"loop-{at}")
        with Image.open(picture) as half:
            drawn.paste(half.convert("RGB"), (at, 0))
    LOOP.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(LOOP, optimize=True)
    print(LOOP.relative_to(ROOT))  # noqa: T201


async def look(browser: Browser, address: str, size: tuple[int, int], *, scheme: str = "light") -> Page:
    """Open a page and wait until it is live."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(address)
    await expect(page.locator("body")).to_have_attribute("data-live", "yes")
    return page


async def say(page: Page, words: str) -> None:
    """Type something and send it."""
    await page.locator(".composer textarea").fill(words)
    await page.keyboard.press("Enter")


async def keep(page: Page, name: str) -> Path:
    """Draw what is on the page now."""
    await page.wait_for_timeout(700)
    path = PICTURES / f"{name}.png"
    await page.screenshot(path=path)
    print(path.relative_to(ROOT))  # noqa: T201
    return path


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
