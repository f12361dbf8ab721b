"""A conversation outlives a model that was away; what was said before is kept."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import BotSettings
from bot.desk import Desk
from bot.desk.finetune import TrainingPlan
from datanets.core import Core
from datanets.facts import ConversationView, Reason, ReplyPiece, Result
from datanets.presets import Preset
from datanets.refusals import BadValue, ModelsAway
from tests.conftest import HeldClock
from tests.datanets.test_migrations import in_alembic
from tests.desk.people import ANA, BEN, CEM, DOT, EVE, hand_in
from tests.servers.chat_models import Models
from tests.servers.worker import TINY, WORKER


@pytest.fixture
async def models() -> AsyncIterator[Models]:
    async with Models() as server:
        yield server


@pytest.fixture
async def talking(core: Core, desk: Desk, models: Models, tmp_path: Path) -> AsyncIterator[Desk]:
    """The same desk with a model and its server."""
    await core.engine.prepare()
    one = await hand_in(desk, "Boil the beans for an hour, then salt them.")
    for voter in (ANA, BEN, CEM):
        await desk.reviewing.cast(voter, one, True)
    await desk.nets.release(ANA, "recipes")
    await core.workshop.beat(WORKER)
    await train(core, desk)
    opened = Desk.open(core, BotSettings(data_dir=tmp_path, inference_url=models.url, _env_file=None))
    yield opened
    await opened.serving.close()


async def train(core: Core, desk: Desk) -> None:
    recipe = await desk.finetune.recipe(ANA, "recipes", "tiny", Preset.TASTE)
    plan = TrainingPlan("recipes", recipe, name="chef")
    run = await desk.finetune.start(ANA, plan)
    assert await core.runs.finish(run.id, await core.runs.begin(run.id) or 0, Result())


async def say(desk: Desk, held: ConversationView, words: str) -> list[ReplyPiece]:
    return [piece async for piece in desk.chat.say(EVE, held.id, words)]


async def test_a_question_that_was_not_answered_is_joined_with_the_next(
    talking: Desk, models: Models, clock: HeldClock
) -> None:
    held = await talking.chat.open(EVE, "chef-1", "thread")
    models.is_away = True
    with pytest.raises(ModelsAway):
        await say(talking, held, "How long do beans boil?")
    models.is_away = False
    clock.advance(seconds=1)
    await say(talking, held, "And when are they salted?")

    assert models.asked[-1]["messages"] == [
        {"role": "user", "content": "How long do beans boil?\n\nAnd when are they salted?"}
    ]


async def test_a_reply_stays_when_nobody_can_give_another(
    talking: Desk, core: Core, tmp_path: Path, models: Models
) -> None:
    held = await talking.chat.open(EVE, "chef-1", "thread")
    await say(talking, held, "How long do beans boil?")
    nobody = Desk.open(core, BotSettings(data_dir=tmp_path, _env_file=None))
    with pytest.raises(ModelsAway):
        async for _ in nobody.chat.again(EVE, held.id):
            raise AssertionError("nobody is there to answer")

    kept = {turn.text for turn in (await talking.chat.get(EVE, held.id)).turns}
    assert kept == {"How long do beans boil?", "It is soup."}


async def offer_another_base(desk: Desk) -> None:
    await desk.finetune.workshop.beat(replace(WORKER, bases=(TINY, replace(TINY, id="small"))))


async def test_the_next_version_goes_on_from_its_own_base(talking: Desk) -> None:
    chef = await talking.training.model(ANA, "chef-1")
    recipe = await talking.finetune.recipe(ANA, "recipes", "tiny", Preset.TASTE)
    checked = await talking.finetune.check(ANA, TrainingPlan("recipes", recipe, continue_from=chef.id))
    assert (checked.family, checked.parent) == ("chef", chef)

    await offer_another_base(talking)
    small = await talking.finetune.recipe(ANA, "recipes", "small", Preset.TASTE)
    other = TrainingPlan("recipes", small, continue_from="chef-1")
    with pytest.raises(BadValue) as refused:
        await talking.finetune.check(ANA, other)
    assert refused.value.value == "small"


async def test_a_reaction_leaves_the_reason_that_was_chosen_before(desk: Desk) -> None:
    one = await hand_in(desk, "asdf asdf asdf asdf")
    await desk.reviewing.cast(ANA, one, False, Reason.LOW_QUALITY)
    await desk.reviewing.cast(ANA, one, False, via="reaction")
    card = await desk.reviewing.cast(BEN, one, False, via="reaction")

    assert card.contribution.verdict is not None
    assert card.contribution.verdict.reason is Reason.LOW_QUALITY


async def test_the_words_of_a_comparison_are_exported_and_go_with_their_asker(
    talking: Desk, core: Core
) -> None:
    await train(core, talking)
    held = await talking.compare.ask(EVE, "chef-1", "chef-2", "How long do beans boil?")
    await talking.compare.pick(BEN, held.id, True)

    kept = json.loads(await talking.people.export(EVE))
    assert [row["question"] for row in kept["comparisons"]] == ["How long do beans boil?"]
    assert json.loads(await talking.people.export(BEN))["comparisons"] == []

    await talking.people.forget(BEN)
    assert (await talking.compare.pick(CEM, held.id, True)).question == held.question
    await talking.people.forget(EVE)
    left = await talking.compare.pick(CEM, held.id, False)
    assert (left.question, left.left, left.right, left.picks) == ("", "", "", (1, 1))


async def test_the_tally_of_a_comparison_says_how_sure_it_is(talking: Desk, core: Core) -> None:
    await train(core, talking)
    held = await talking.compare.ask(EVE, "chef-1", "chef-2", "How long do beans boil?")
    one = await talking.compare.pick(ANA, held.id, True)
    # Wilson by hand, z = 1.96: (1 + 1.9208 - 1.96 * sqrt(0.9604)) / 4.8416 for one of one,
    assert one.odds == pytest.approx((0.2065, 1.0), abs=1e-4)
    for voter, left in ((BEN, True), (CEM, True), (DOT, False)):
        told = await talking.compare.pick(voter, held.id, left)
    # and (0.75 + 0.4802 -+ 1.96 * sqrt(0.1875 / 4 + 3.8416 / 64)) / 1.9604 for three of four.
    assert told.picks == (3, 1)
    assert told.odds == pytest.approx((0.3006, 0.9544), abs=1e-4)


async def test_a_comparison_moves_with_an_account_that_is_linked(talking: Desk, core: Core) -> None:
    await train(core, talking)
    await talking.compare.ask(EVE, "chef-1", "chef-2", "How long do beans boil?")
    await talking.people.link(EVE, await talking.people.link_code(DOT))
    assert len(json.loads(await talking.people.export(DOT))["comparisons"]) == 1


async def test_words_from_before_the_asker_was_kept_are_taken_out_and_their_picks_stay(
    talking: Desk, core: Core
) -> None:
    await train(core, talking)
    held = await talking.compare.ask(EVE, "chef-1", "chef-2", "How long do beans boil?")
    await talking.compare.pick(BEN, held.id, True)
    await in_alembic(core.db, "downgrade", "5c1f0a9be2d7")
    await in_alembic(core.db, "upgrade", "8d27e41c6f0b")

    left = await talking.compare.pick(CEM, held.id, True)
    assert (left.question, left.left, left.picks) == ("", "", (2, 0))
