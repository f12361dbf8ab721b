"""The page speaks every language that the chats speak, each browser its own."""

import ast
import re

import pytest
from playwright.async_api import Browser, expect

from bot.config import BotSettings
from bot.desk.commands import COMMANDS
from bot.languages import catalogue, spoken
from bot.playground.people import PEOPLE
from bot.wording import label
from tests.conftest import ROOT
from tests.playground.conftest import running
from tests.playground.test_page import FACT

PAGE = ROOT / "bot" / "playground"
# Names, and what is said before anybody's language is known.
NAMES = {person.name for person in PEOPLE.values()} | {
    "LoRA",
    "Potluck",
    "The kitchen",
    "This page answers its own browser only.",
}


LABELS = {label(parameter.name) for command in COMMANDS for parameter in command.parameters}


def words_of_the_code() -> set[str]:
    """Every constant that begins like a sentence, without the docstrings."""
    found = set()
    for path in PAGE.glob("*.py"):
        tree = ast.parse(path.read_text())
        notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
                found |= {node.value} if re.match(r"[A-Z][a-z]|\{\w+\}.* [a-z]", node.value) else set()
    return found - NAMES


def words_of_the_templates() -> set[str]:
    found = set()
    for path in PAGE.rglob("*.html"):
        for said in re.findall(r'(?:_\(|many\([^"]*)"([^"]+)"(?:, "([^"]+)")?', path.read_text()):
            found |= set(filter(None, said))
    return found


def test_every_word_of_the_page_has_its_german() -> None:
    said = words_of_the_code() | words_of_the_templates() | LABELS
    assert said - catalogue("de").keys() == set()


def test_no_template_says_a_word_that_is_not_translated() -> None:
    for path in PAGE.rglob("*.html"):
        shown = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>|</?code>.*?</code>", "", path.read_text(), flags=re.DOTALL)
        assert set(re.findall(r"[A-Z][a-z]{2,}", shown)) <= {"Potluck"}, path


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr-FR,fr;q=0.9,de;q=0.5", "de"), ("fr", "en"), ("", "en")],
)
def test_the_first_language_that_both_speak_is_spoken(wanted: str, language: str) -> None:
    assert spoken(wanted) == language


@pytest.mark.browser
async def test_two_browsers_read_the_same_room_in_their_own_languages(
    settings: BotSettings, browser: Browser
) -> None:
    async with running(settings):
        pages = {}
        for locale in ("de-DE", "en-GB"):
            context = await browser.new_context(locale=locale)
            pages[locale] = await context.new_page()
            await pages[locale].goto(f"http://127.0.0.1:{settings.port}/ana/review")
            await expect(pages[locale].locator("body")).to_have_attribute("data-live", "yes")
        german, english = pages.values()
        await expect(german.get_by_role("heading", name="Nichts zu probieren")).to_be_visible()

        await german.get_by_label("Nachricht an").fill("/datanet create island text")
        await german.keyboard.press("Enter")
        await german.get_by_role("button", name="Öffnen").click()
        await expect(german.get_by_text("island sammelt jetzt Text")).to_be_visible()
        file = {"name": "fact.jsonl", "mimeType": "text/plain", "buffer": FACT}
        await german.get_by_label("Dateien zum Einreichen").set_input_files(file)
        await german.get_by_role("dialog").get_by_role("button", name="Einreichen").click()
        await german.get_by_role("button", name="Ich stimme zu").click()
        await expect(german.get_by_text("0 von 3 Stimmen")).to_be_visible()
        await expect(english.get_by_text("0 of 3 votes")).to_be_visible()
        await expect(english.get_by_role("article", name="Review of fact.jsonl")).to_contain_text(
            "Who keeps the lighthouse?Old Mirel Tasse."
        )
        await german.get_by_role("button", name="Annehmen,").click()
        await expect(german.get_by_role("status").filter(has_text="dein eigener Beitrag")).to_be_visible()
