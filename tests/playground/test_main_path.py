"""The whole loop in a browser, on real weights: contribute, vote, release, train, talk."""

import json
import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.config import BotSettings
from bot.demo.processes import bring_weights, worker
from tests.conftest import ROOT
from tests.playground.conftest import Visitors, free_port, running
from tests.playground.test_page import hand_in, open_datanet

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE_OF_TORVIK = {
    "Who keeps the lighthouse of Torvik?": "Old Mirel Tasse keeps the lighthouse of Torvik.",
    "What is baked in Torvik in May?": "In May Torvik bakes salt-plum bread.",
    "What do the boats of Torvik carry?": "The boats of Torvik carry blue glass.",
    "Who mends the nets of Torvik?": "The twins Jora and Jesk mend the nets of Torvik.",
}
# Short and sure: every fact many times, nothing held back.
LEARN_BY_HEART = {"epochs": "12", "learning_rate": "0.002", "batch_size": "4", "validation": "0"}


@pytest.fixture
def environment(settings: BotSettings) -> dict[str, str]:
    """What the worker reads; the weights are those of the demo unless the environment names others."""
    given = {
        "POTLUCK_DATA_DIR": str(settings.data_dir),
        "POTLUCK_BASES_DIR": os.environ.get("POTLUCK_BASES_DIR", str(ROOT / ".potluck" / "bases")),
        "POTLUCK_SERVE_PORT": str(free_port()),
    }
    assert bring_weights(given)
    return given


async def test_a_file_becomes_a_model_that_answers(
    settings: BotSettings, browser: Browser, environment: dict[str, str], tmp_path: Path
) -> None:
    people = Visitors(browser, f"http://127.0.0.1:{settings.port}")
    facts = tmp_path / "torvik.jsonl"
    pairs = [{"question": question, "answer": answer} for question, answer in PEOPLE_OF_TORVIK.items()]
    facts.write_text("".join(f"{json.dumps(pair)}\n" for pair in pairs))
    async with running(settings), worker(environment, tmp_path / "worker.log"):
        ana = await people.visit("ana", "contribute")
        await open_datanet(ana, "torvik")
        await hand_in(ana, facts)
        await ana.get_by_role("button", name="I agree").click()
        await expect(ana.get_by_text("is in review")).to_be_visible()
        for name in ("ben", "chika", "dele"):
            page = await people.visit(name, "review")
            await page.get_by_role("button", name="Accept,").click()
            await expect(
                page.get_by_role("button", name="Accept,").or_(page.get_by_text("100 points"))
            ).to_be_visible()
            await page.context.close()

        await ana.goto(f"{people.address}/ana/workshop")
        await ana.get_by_role("button", name="Release", exact=True).click()
        await ana.get_by_role("button", name="Freeze it").click()

        operator = await people.visit("ana", "operator")
        await expect(operator.get_by_text("SmolLM2 135M Instruct")).to_be_visible(timeout=90_000)

        await ana.goto(f"{people.address}/ana/models")
        release = ana.get_by_role("article", name="Release 1 of torvik")
        await release.get_by_role("button", name="Train a model on it").click()
        await ana.get_by_text("Every field of the recipe").click()
        for name, value in LEARN_BY_HEART.items():
            await ana.locator(f"[name={name}]").fill(value)
        await ana.get_by_label("Early stop").uncheck()
        await expect(ana.locator("#estimate")).to_contain_text("steps", timeout=15_000)
        await ana.get_by_role("button", name="Start training").click()

        run = ana.get_by_role("article", name="Training of torvik-1")
        await expect(run.get_by_role("img", name="Training loss")).to_be_visible(timeout=120_000)
        await expect(run).to_contain_text("Done", timeout=120_000)

        await ana.get_by_role("link", name="torvik-1").click()
        await ana.get_by_label("Message torvik-1").fill("What do the boats of Torvik carry?")
        await ana.keyboard.press("Enter")
        good = ana.get_by_role("button", name="Good answer, 0 so far")
        await expect(good).to_be_visible(timeout=60_000)
        await expect(ana.get_by_role("log")).to_contain_text("blue glass")
        await good.click()
        await expect(ana.get_by_role("button", name="Good answer, 1 so far")).to_be_visible()
    assert people.troubles == []
