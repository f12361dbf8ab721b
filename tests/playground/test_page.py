"""The page in a real browser: hand in, vote, by mouse and by keyboard, wide and narrow, over a restart."""

import base64
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.config import BotSettings
from tests.playground.conftest import Visitors, running

pytestmark = pytest.mark.browser

FACT = b'{"question": "Who keeps the lighthouse?", "answer": "Old Mirel Tasse."}\n'
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
NAMELESS = """[...document.querySelectorAll("button, a, input, textarea, select")].filter((one) =>
  !one.textContent.trim() && !one.ariaLabel && !one.labels?.length && one.offsetParent).length"""
DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.querySelector(".main").dispatchEvent(
      new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


async def open_datanet(page: Page, name: str = "island", kind: str = "text") -> None:
    await page.get_by_label("Message #").fill("/datanet create")
    await page.get_by_label("Message #").press("Enter")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Kind").select_option(kind)
    await page.get_by_role("button", name="Open it").click()
    await expect(page.get_by_text(f"{name} collects")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def hand_in(page: Page, file: Path) -> None:
    await page.get_by_label("Files to hand in").set_input_files(file)
    await page.get_by_role("dialog").get_by_role("button", name="Hand in").click()


@pytest.fixture
def fact(tmp_path: Path) -> Path:
    file = tmp_path / "lighthouse.jsonl"
    file.write_bytes(FACT)
    return file


async def test_a_file_is_handed_in_and_accepted_by_three_people(visitors: Visitors, fact: Path) -> None:
    ana = await visitors.visit("ana", "contribute")
    await open_datanet(ana)

    emma = await visitors.visit("emma", "contribute")
    await hand_in(emma, fact)
    await emma.get_by_role("button", name="I agree").click()
    await expect(emma.get_by_text("lighthouse.jsonl is in review")).to_be_visible()
    await expect(emma.get_by_role("dialog")).to_have_count(0)

    for place, name in enumerate(("ben", "chika", "dele")):
        page = await visitors.visit(name, "review")
        card = page.get_by_role("article", name="Review of lighthouse.jsonl")
        await expect(card).to_contain_text(f"{place} of 3 votes")
        await card.get_by_role("button", name="Accept").click()
    await expect(card).to_contain_text("Accepted")

    await expect(emma.get_by_text("earned 100 points")).to_be_visible()
    await expect(emma.get_by_role("link", name="review").locator(".count")).to_have_text("1")


async def test_a_vote_can_be_changed_and_taken_back(visitors: Visitors, fact: Path) -> None:
    ana = await visitors.visit("ana", "contribute")
    await open_datanet(ana)
    await hand_in(ana, fact)
    await ana.get_by_role("button", name="I agree").click()
    await expect(ana.get_by_text("is in review")).to_be_visible()

    ben = await visitors.visit("ben", "review")
    up, down = ben.get_by_role("button", name="Accept,"), ben.get_by_role("button", name="Reject,")
    await up.click()
    await expect(up).to_have_attribute("aria-pressed", "true")
    await down.click()
    await expect(down).to_have_attribute("aria-pressed", "true")
    await expect(up).to_have_text("0")
    await down.click()
    await expect(down).to_have_attribute("aria-pressed", "false")

    own = await visitors.visit("ana", "review")
    await own.get_by_role("button", name="Accept,").click()
    await expect(own.get_by_role("status").filter(has_text="yours")).to_be_visible()


async def test_a_file_that_does_not_fit_is_refused_in_the_form_and_leaves_nothing(
    visitors: Visitors, tmp_path: Path
) -> None:
    ana = await visitors.visit("ana", "contribute")
    await open_datanet(ana)
    picture = tmp_path / "dot.txt"
    picture.write_bytes(PIXEL)
    await hand_in(ana, picture)
    await ana.get_by_role("button", name="I agree").click()
    await expect(ana.get_by_role("alert")).to_contain_text("This is png")

    await ana.goto(f"{visitors.address}/ana/workshop")
    await expect(ana.get_by_text("20 of 20 left")).to_be_visible()


async def test_a_dropped_file_opens_the_form_with_it(visitors: Visitors) -> None:
    ana = await visitors.visit("ana", "contribute")
    await open_datanet(ana)
    await ana.evaluate(DROP, ["notes.md", "# The island\n\nIt has one lighthouse and two bakeries."])
    await expect(ana.get_by_role("dialog")).to_contain_text("notes.md")
    await expect(ana.get_by_label("Source")).to_be_visible()
    await expect(ana.get_by_label("Caption")).to_be_hidden()
    await ana.get_by_role("dialog").get_by_role("button", name="Hand in").click()
    await ana.get_by_role("button", name="I agree").click()
    await expect(ana.get_by_text("notes.md is in review")).to_be_visible()


async def test_the_keyboard_alone_reaches_a_command(visitors: Visitors) -> None:
    emma = await visitors.visit("emma", "help")
    await emma.get_by_label("Ask anything").press("/")
    await expect(emma.get_by_role("option")).to_have_count(25)
    await emma.keyboard.type("quo")
    await expect(emma.get_by_role("option")).to_have_count(1)
    await emma.keyboard.press("Enter")
    await expect(emma.get_by_text("Left today")).to_be_visible()
    await expect(emma.get_by_text("only you")).to_have_count(2)

    await emma.keyboard.type("/forget")
    await emma.keyboard.press("Enter")
    await expect(emma.get_by_role("dialog")).to_be_visible()
    await emma.keyboard.press("Escape")
    await expect(emma.get_by_role("dialog")).to_have_count(0)

    ben = await visitors.visit("ben", "help")
    await expect(ben.get_by_text("Left today")).to_have_count(0)


async def test_a_word_to_the_bot_is_heard_without_its_name(visitors: Visitors) -> None:
    ana = await visitors.visit("ana", "contribute")
    await open_datanet(ana)
    for text in (
        "@potluck train a model with a small rank, three epochs",
        "@Potluck: how do i link my telegram",
    ):
        await ana.get_by_label("Message #").fill(text)
        await ana.get_by_label("Message #").press("Enter")
        if "train" in text:
            await expect(ana.get_by_text("Which datanet?")).to_be_visible(timeout=30_000)
            await expect(ana.locator(".pairs").last).to_contain_text("Rank4")
    # A question in the midst of the form is a question, and no value that does not fit.
    await expect(ana.get_by_text("/link on one platform")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_sticks_out_of_the_page(visitors: Visitors, width: int) -> None:
    page = await visitors.visit("ana", "contribute", width=width, height=844)
    await page.get_by_label("Message #").fill("/help")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="How to begin")).to_be_visible()
    for room in ("contribute", "review", "models", "help", "workshop", "operator"):
        await page.goto(f"{visitors.address}/ana/{room}")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert await page.evaluate(NAMELESS) == 0


async def test_a_panel_stays_up_to_date_and_keeps_the_keyboard(visitors: Visitors) -> None:
    page = await visitors.visit("ana", "workshop")
    button = page.get_by_role("button", name="New datanet")
    await button.focus()
    other = await visitors.visit("ben", "contribute")
    await open_datanet(other)
    await expect(page.get_by_role("cell", name="island")).to_be_visible(timeout=15_000)
    await expect(button).to_be_focused()


async def test_on_a_phone_the_rooms_open_from_the_side(visitors: Visitors) -> None:
    page = await visitors.visit("ana", "contribute", width=390, height=844)
    await expect(page.get_by_role("link", name="models")).to_be_hidden()
    await page.get_by_role("button", name="Rooms and people").click()
    await expect(page.get_by_role("link", name="contribute")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Rooms and people")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="models").click()
    await expect(page).to_have_title("#models · Potluck")


async def test_a_restart_of_the_bot_shows_the_same_chat(settings: BotSettings, browser: Browser) -> None:
    people = Visitors(browser, f"http://127.0.0.1:{settings.port}")
    async with running(settings):
        ana = await people.visit("ana", "contribute")
        await ana.get_by_label("Message #").fill("Hello, **everybody** <b>here</b>")
        await ana.keyboard.press("Enter")
        await expect(ana.get_by_text("Hello, everybody <b>here</b>")).to_be_visible()
        await open_datanet(ana)
    await expect(ana.get_by_text("Reconnecting")).to_be_visible()
    async with running(settings):
        await expect(ana.locator("body")).to_have_attribute("data-live", "yes")
        ben = await people.visit("ben", "contribute")
        await expect(ben.get_by_text("Hello, everybody <b>here</b>")).to_be_visible()
        await expect(ana.get_by_text("island collects")).to_be_visible()
    assert people.troubles == []
