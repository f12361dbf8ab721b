"""The page in a real browser: hand in, vote, talk; what is said once is there again after a restart."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.config import BotSettings
from tests.playground.conftest import Visitors

pytestmark = pytest.mark.browser

FACT = b'{"question": "Who keeps the lighthouse?", "answer": "Old Mirel Tasse."}\n'


async def open_datanet(page: Page, name: str = "island", kind: str = "text") -> None:
    await page.get_by_label("Message #").fill("/datanet create")
    await page.keyboard.press("Enter")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Kind").select_option(kind)
    await page.get_by_role("button", name="Open it").click()
    await expect(page.get_by_text(f"{name} collects")).to_be_visible()


async def hand_in(page: Page, file: Path) -> None:
    await page.get_by_label("Files to hand in").set_input_files(file)
    await page.get_by_role("dialog").get_by_role("button", name="Hand in").click()


@pytest.fixture
def fact(tmp_path: Path) -> Path:
    file = tmp_path / "lighthouse.jsonl"
    file.write_bytes(FACT)
    return file


async def test_a_file_is_handed_in_and_accepted_by_three_people(
    visitors: Visitors, fact: Path, settings: BotSettings
) -> None:
    ana = await visitors.visit("ana", "contribute")
    await open_datanet(ana)

    emma = await visitors.visit("emma", "contribute")
    await hand_in(emma, fact)
    await emma.get_by_role("button", name="I agree").click()
    await expect(emma.get_by_text("lighthouse.jsonl is in review")).to_be_visible()

    for place, name in enumerate(("ben", "chika", "dele")):
        page = await visitors.visit(name, "review")
        card = page.get_by_role("article", name="Review of lighthouse.jsonl")
        await expect(card).to_contain_text(f"{place} of 3 votes")
        await card.get_by_role("button", name="Accept").click()
    await expect(card).to_contain_text("Accepted")

    await expect(emma.get_by_text("earned 100 points")).to_be_visible()
