"""The page in a browser once models are there: compare, again, releases, moderators, linking, operator."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from bot.config import BotSettings
from bot.demo.examples import facts
from bot.desk import Desk
from bot.desk.contribute import FileUpload
from bot.desk.finetune import TrainingPlan
from bot.playground.people import PEOPLE
from datanets.core import Core
from datanets.facts import Context, Result, ReviewPolicy
from datanets.nets import DatanetEdit
from datanets.presets import Preset
from migrations.upgrade import prepare
from tests.playground.conftest import Visitors, running
from tests.servers.chat_models import Models
from tests.servers.worker import WORKER

pytestmark = pytest.mark.browser

PUSHED = """[...document.querySelectorAll(".table-frame")].filter((one) =>
  one.scrollWidth > one.clientWidth).length"""
ANA, BEN, CHIKA, DELE, EMMA = (PEOPLE[key].caller for key in ("ana", "ben", "chika", "dele", "emma"))


@pytest.fixture
async def models() -> AsyncIterator[Models]:
    async with Models() as server:
        yield server


@pytest.fixture
async def visitors(settings: BotSettings, browser: Browser, models: Models) -> AsyncIterator[Visitors]:
    """A page with two releases, a model of each, and a review that its validators could not settle."""
    await set_table(settings)
    async with running(settings.model_copy(update={"inference_url": models.url})):
        people = Visitors(browser, f"http://127.0.0.1:{settings.port}")
        yield people
    assert people.troubles == []


async def set_table(settings: BotSettings) -> None:
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    desk = Desk.open(core, settings)
    for caller in (ANA, BEN, CHIKA, DELE, EMMA):
        await core.members.actor(caller)
    await desk.people.agree(EMMA)
    await desk.nets.create(ANA, "island", "text")
    await core.workshop.beat(WORKER)
    for number, fact in enumerate(facts()[:2], 1):
        upload = FileUpload(f"fact-{number}.jsonl", fact.file.data)
        taken = await desk.contribute.hand_in(EMMA, upload, "island", Context())
        for validator in (BEN, CHIKA, DELE):
            await desk.reviewing.cast(validator, taken.contribution.id, up=True)
        await desk.nets.release(ANA, "island")
        run = await desk.finetune.start(
            ANA, TrainingPlan("island", await desk.finetune.recipe(ANA, "island", "tiny", Preset.TASTE))
        )
        result = Result(held_out_before=3.0, held_out_after=0.4, examples=number, seconds=4.0)
        await core.runs.finish(run.id, await core.runs.begin(run.id), result)
    rows = b"".join(b'{"question": "Berth %d?", "answer": "Rope %d."}\n' % (n, n * n) for n in range(30))
    await desk.nets.create(ANA, "quay", "text")
    taken = await desk.contribute.hand_in(EMMA, FileUpload("berths.jsonl", rows), "quay", Context())
    for validator in (BEN, CHIKA, DELE):
        await desk.reviewing.cast(validator, taken.contribution.id, up=True)
    await desk.nets.release(ANA, "quay")
    strict = ReviewPolicy(quorum=2, lead=2, most_ballots=2)
    await desk.nets.edit(ANA, "island", DatanetEdit(policy=strict))
    upload = FileUpload("disputed.jsonl", facts()[2].file.data)
    disputed = await desk.contribute.hand_in(EMMA, upload, "island", Context())
    await desk.reviewing.cast(BEN, disputed.contribution.id, up=True)
    await desk.reviewing.cast(CHIKA, disputed.contribution.id, up=False)
    await desk.ask.close()
    await core.close()


async def say(page: Page, words: str) -> None:
    # What a form did may be shown a moment before the form is gone, and it holds the keyboard until then.
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.locator(".composer textarea").fill(words)
    await page.locator(".composer textarea").press("Enter")


async def test_two_models_are_compared_blind_and_one_answers_again(
    visitors: Visitors, models: Models
) -> None:
    emma = await visitors.visit("emma", "models")
    await say(emma, "/compare")
    await expect(emma.get_by_label("First")).to_have_value("island-2")
    await expect(emma.get_by_label("Second")).to_have_value("island-1")
    await emma.get_by_label("Question").fill("What is for dinner?")
    await emma.get_by_role("button", name="Ask both").click()
    duel = emma.get_by_role("article", name="Comparison")
    await expect(duel).to_contain_text("It is soup.")
    await expect(duel).not_to_contain_text("island-1")
    await duel.get_by_role("button", name="A is better").click()
    await expect(duel).to_contain_text("island-1")
    await expect(duel).to_contain_text("1 pick")

    await emma.get_by_role("link", name="island-2").click()
    await say(emma, "What is for dinner?")
    await expect(emma.get_by_role("log")).to_contain_text("It is soup.")
    models.says[""] = "It is bread."
    await emma.get_by_role("button", name="Again").click()
    await expect(emma.get_by_role("log")).to_contain_text("It is bread.")
    await expect(emma.get_by_role("log")).not_to_contain_text("It is soup.")


async def test_on_a_phone_no_table_has_to_be_pushed_sideways(visitors: Visitors) -> None:
    page = await visitors.visit("ana", "models", width=390, height=844)
    await say(page, "/models")
    await expect(page.get_by_role("button", name="Talk to island-2")).to_be_visible()
    assert await page.evaluate(PUSHED) == 0
    await page.goto(f"{visitors.address}/ana/workshop")
    await expect(page.get_by_role("button", name="Talk to island-2")).to_be_visible()
    assert await page.evaluate(PUSHED) == 0


async def test_a_moderator_decides_and_takes_back(visitors: Visitors) -> None:
    ana = await visitors.visit("ana", "review")
    card = ana.get_by_role("article", name="Review of disputed.jsonl")
    await card.get_by_role("button", name="Decide").click()
    await ana.get_by_role("dialog").get_by_role("button", name="Decide").click()
    await expect(card).to_contain_text("Accepted")
    await card.get_by_role("button", name="Take back").click()
    await ana.get_by_label("Reason").fill("It turned out to be a rumour.")
    await ana.get_by_role("button", name="Take it back").click()
    await expect(card).to_contain_text("It turned out to be a rumour.")
    await expect(ana.get_by_role("dialog")).to_have_count(0)
    emma = await visitors.visit("emma", "contribute")
    await expect(emma.get_by_text("disputed.jsonl: taken back by a moderator. It turned out")).to_be_visible()


async def test_two_accounts_become_one_member_with_one_place(visitors: Visitors) -> None:
    emma = await visitors.visit("emma", "contribute")
    await say(emma, "/leaderboard")
    await emma.get_by_role("button", name="Go ahead").click()
    await expect(emma.get_by_text("You are 1st of 1.")).to_be_visible()
    await say(emma, "/link")
    await emma.get_by_role("button", name="Go ahead").click()
    code = (await emma.locator("code", has_text="/link ").last.inner_text()).split()[-1]

    farid = await visitors.visit("farid", "workshop")
    await expect(farid.get_by_text("You are 1st of 1.")).to_have_count(0)
    await farid.goto(f"{visitors.address}/farid/contribute")
    await say(farid, f"/link {code}")
    await farid.get_by_role("button", name="Go ahead").click()
    await expect(farid.get_by_text("one member now")).to_be_visible()
    await farid.goto(f"{visitors.address}/farid/workshop")
    await expect(farid.get_by_text("You are 1st of 1.")).to_be_visible()


async def test_an_older_release_can_be_trained_on(visitors: Visitors) -> None:
    farid = await visitors.visit("farid", "workshop")
    await farid.get_by_role("button", name="Train a model").click()
    await expect(farid.get_by_label("Release").locator("option")).to_have_count(2)
    await farid.get_by_label("Release").select_option("1")
    await expect(farid.locator("#estimate")).to_contain_text("on 2 examples")
    await farid.get_by_role("button", name="Start training").click()
    await expect(farid.get_by_role("article").get_by_text("island, release 1").first).to_be_visible()


async def test_the_form_fills_what_suits_the_release_and_keeps_what_was_typed(visitors: Visitors) -> None:
    page = await visitors.visit("ana", "workshop")
    await page.get_by_role("button", name="Train a model", exact=True).click()
    await page.get_by_text("Every field of the recipe").click()
    datanet, epochs, batch = (page.locator(f"[name={name}]") for name in ("datanet", "epochs", "batch_size"))
    await datanet.select_option("island")
    await expect(epochs).to_have_value("8")
    await expect(batch).to_have_value("2")
    await epochs.fill("7")
    await datanet.select_option("quay")
    await expect(batch).to_have_value("4")
    await expect(epochs).to_have_value("7")
    await page.get_by_role("radio", name="Thorough").check(force=True)
    await expect(epochs).to_have_value("8")


async def test_an_admin_sees_what_the_docs_did_not_answer_and_reads_them_again(visitors: Visitors) -> None:
    emma = await visitors.visit("emma", "help")
    await say(emma, "Which bicycle tyres suit a gravel road in winter?")
    await expect(emma.get_by_text("docs do not say")).to_be_visible(timeout=30_000)
    await emma.goto(f"{visitors.address}/emma/operator")
    await expect(emma.get_by_role("button", name="Refresh now")).to_have_count(0)
    await expect(emma.get_by_text("bicycle")).to_have_count(0)

    ana = await visitors.visit("ana", "operator")
    await expect(ana.get_by_role("region", name="Questions to the docs")).to_contain_text("gravel road")
    await ana.get_by_role("button", name="Refresh now").click()
    await expect(ana.get_by_text("Books looked at: 1.")).to_be_visible(timeout=30_000)


async def test_an_admin_gets_a_code_for_another_place(visitors: Visitors) -> None:
    ana = await visitors.visit("ana", "help")
    await say(ana, "/setup")
    await ana.get_by_role("button", name="Code for another place").click()
    code = (await ana.locator("code", has_text="/link community").inner_text()).split()[-1]
    await ana.get_by_role("button", name="Join another community").click()
    await ana.get_by_label("Code").fill("no-code")
    await ana.get_by_role("button", name="Join it").click()
    await expect(ana.get_by_role("alert")).to_contain_text("unknown, used or older")
    await ana.get_by_label("Code").fill(code)
    await ana.get_by_role("button", name="Join it").click()
    await expect(ana.get_by_text("belongs to the other community now")).to_be_visible()
