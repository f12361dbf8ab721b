"""From the accepted set to a model that talks, on Telegram."""

import asyncio

import pytest

from datanets.facts import Point, Progress, Result
from tests.servers.chat_models import Models
from tests.servers.worker import WORKER
from tests.telegram.conftest import QUICK, House, TickingClock
from tests.telegram.scenes import Kitchen, kitchen


@pytest.fixture
async def models():
    async with Models() as server:
        yield server


@pytest.fixture
async def house(telegram, bot_settings, models):
    settings = bot_settings.model_copy(update={"inference_url": models.url})
    async with House(telegram, settings, TickingClock(), QUICK) as opened:
        await opened.core.workshop.beat(WORKER)
        yield opened


async def released(house: House, *, forum: bool = False) -> Kitchen:
    """Open a group with a release to train on."""
    scene = await kitchen(house, forum=forum)
    await scene.accepted(3)
    scene.owner.says("/datanet release soups", scene.group)
    await scene.telegram.heard(scene.group, "soups v1")
    await house.settled()
    return scene


async def start_run(scene: Kitchen):
    """Press through the form and return its message."""
    form_of = scene.telegram.heard
    scene.owner.says("/finetune", scene.group)
    form = await form_of(scene.group, "Train on which datanet")
    number = form["message_id"]
    for button, words in (("soups", "Which base"), ("Tiny", "Taste"), ("Taste", "≈"), ("Start", "queued")):
        scene.owner.presses(form, button)
        await scene.telegram.until(lambda words=words: words in scene.group.messages[number].get("text", ""))
    return scene.group.messages[number]


async def trained(house: House, scene: Kitchen):
    """Play the worker until the run has made a model."""
    card = await start_run(scene)
    run = house.queued[-1]
    attempt = await house.core.runs.begin(run)
    points = [Point(step, 3.0 / (step + 1)) for step in range(10)]
    await house.core.runs.report(
        run, attempt, Progress("training", 10, 20, loss=0.3, seconds_left=9.0), points
    )
    await scene.telegram.until(lambda: "photo" in scene.group.messages[card["message_id"]])
    assert "10/20" in scene.group.messages[card["message_id"]]["caption"]
    await house.core.runs.finish(
        run, attempt, Result(loss_before=3.0, loss_after=0.2, examples=3, seconds=4.0)
    )
    return card, run


async def test_the_form_changes_in_place_and_becomes_the_progress(house) -> None:
    scene = await released(house)
    card, _ = await trained(house, scene)
    done = await scene.telegram.heard(scene.group, "is ready")
    assert done["reply_to_message"]["message_id"] == card["message_id"]
    assert any(entity.get("url", "").startswith("tg://user") for entity in done["entities"])
    await scene.telegram.until(lambda: "done" in scene.group.messages[card["message_id"]]["caption"])
    await house.settled()
    cards = [one for one in scene.telegram.said(scene.group) if "Tiny Llama · LoRA" in str(one)]
    assert len({one["message_id"] for one in cards} - {done["message_id"]}) == 1


async def test_every_field_has_a_stepper_and_back_and_cancel_work(house) -> None:
    scene = await released(house)
    scene.owner.says("/finetune soups", scene.group)
    form = await scene.telegram.heard(scene.group, "Which base")
    shown = lambda: scene.group.messages[form["message_id"]].get("text", "")  # noqa: E731
    for button, words in (
        ("Tiny", "Normal: 8 ×"), ("LoRA", "Taste"), ("Normal", "≈"), ("Every setting", "Tap a setting"),
        ("Epochs", "How often"), ("➕", "Epochs: 12"), ("‹ Back", "Tap a setting"), ("Done", "12 ×"),
    ):  # fmt: skip
        scene.owner.presses(form, button)
        await scene.telegram.until(lambda words=words: words in shown())
    assert "QLoRA" in shown()
    foreign = scene.ana.presses(form, "Start")
    await scene.telegram.until(lambda: foreign.answer)
    assert "somebody else" in foreign.answer["text"]
    start = scene.group.messages[form["message_id"]]
    scene.owner.presses(form, "Cancel")
    await scene.telegram.until(lambda: "Cancelled" in shown())
    data = next(
        b["callback_data"]
        for row in start["reply_markup"]["inline_keyboard"]
        for b in row
        if "Start" in b["text"]
    )
    late = scene.owner.presses_data(start, data)
    await scene.telegram.until(lambda: late.answer)
    assert "no longer in use" in late.answer["text"]
    assert house.queued == []


async def test_start_pressed_twice_queues_one_run_and_stop_asks_first(house) -> None:
    scene = await released(house)
    scene.owner.says("/finetune soups", scene.group)
    form = await scene.telegram.heard(scene.group, "Which base")
    for button, words in (("Tiny", "Taste"), ("Taste", "≈")):
        scene.owner.presses(form, button)
        await scene.telegram.until(
            lambda words=words: words in scene.group.messages[form["message_id"]]["text"]
        )
    scene.owner.presses(form, "Start")
    scene.owner.presses(form, "Start")
    await scene.telegram.until(lambda: "queued" in scene.group.messages[form["message_id"]]["text"])
    await house.settled()
    assert len(house.queued) == 1
    scene.ben.presses(form, "Stop")
    await scene.telegram.until(lambda: "Yes, stop" in str(scene.group.messages[form["message_id"]]))
    scene.ben.presses(form, "Yes, stop")
    await scene.telegram.heard(scene.group, "was stopped")
    await scene.telegram.until(lambda: "stopped" in scene.group.messages[form["message_id"]]["text"])


async def test_a_model_gets_a_topic_and_answers_there(house, models) -> None:
    scene = await released(house, forum=True)
    await trained(house, scene)
    await scene.telegram.until(lambda: scene.group.topics)
    thread = next(iter(scene.group.topics))
    await scene.telegram.until(lambda: scene.telegram.said(scene.group, thread))
    models.says[""] = "Leek and potato, with <b>cream</b>."
    scene.ana.says("Which soup?", scene.group, topic=thread)
    reply = await scene.telegram.heard(scene.group, "Leek and potato, with <b>cream</b>.")
    assert reply["message_thread_id"] == thread
    press = scene.ana.presses(reply, "👍")
    await scene.telegram.until(lambda: press.answer)
    scene.ana.presses(reply, "Correct")
    ask = await scene.telegram.heard(scene.group, "What should the answer")
    scene.ana.says("Tomato.", scene.group, reply_to=ask)
    await scene.telegram.heard(scene.group, "correction-", "needs")
    scene.ana.presses(reply, "Again")
    await scene.telegram.until(lambda: len(models.asked) == 2)
    await house.settled()


async def test_without_topics_a_chain_of_replies_is_the_thread(house, models) -> None:
    scene = await released(house)
    await trained(house, scene)
    await house.settled()
    scene.ana.says("/chat soups-1", scene.group)
    hello = await scene.telegram.heard(scene.group, "Reply to this message")
    models.says[""] = "First answer."
    scene.ana.says("One?", scene.group, reply_to=hello)
    first = await scene.telegram.heard(scene.group, "First answer.")
    models.says[""] = "Second answer."
    scene.ben.says("Two?", scene.group, reply_to=first)
    await scene.telegram.heard(scene.group, "Second answer.")
    assert [turn["content"] for turn in models.asked[-1]["messages"]] == ["One?", "First answer.", "Two?"]


async def test_in_private_a_reply_streams_as_drafts_and_stop_ends_it(house, models) -> None:
    scene = await released(house)
    await trained(house, scene)
    await house.settled()
    scene.ana.starts()
    scene.ana.says("/chat soups-1")
    await scene.telegram.heard(scene.ana.chat, "Just write")
    models.says[""], models.pause = " ".join(f"word{number}" for number in range(40)), 0.1
    scene.ana.says("Tell me a story")
    await scene.telegram.until(lambda: len(scene.ana.chat.drafts) >= 2, 20)
    scene.ana.says("/stop")
    reply = await scene.telegram.heard(scene.ana.chat, "word1", seconds=20)
    assert "word39" not in reply["text"]
    assert "Again" in str(reply["reply_markup"])


async def test_two_models_are_compared_blind(house, models) -> None:
    scene = await released(house)
    await trained(house, scene)
    await house.settled()
    await trained(house, scene)
    await house.settled()
    names = {
        model.name: model.id for model in await house.core.models.list((await _place(house, scene)).community)
    }
    for name, ident in names.items():
        models.says[ident] = f"I am the answer of {name.rpartition('-')[2]}."
    scene.ana.says("/compare soups-1 soups-2 Which soup?", scene.group)
    card = await scene.telegram.heard(scene.group, "Which soup?", "👈")
    assert "soups-1" not in card["text"]
    press = scene.ben.presses(card, "Left")
    await scene.telegram.until(lambda: press.answer)
    assert "soups-1" in press.answer["text"]
    assert "preferred 21 to 100 % of the time" in press.answer["text"]
    assert press.answer["show_alert"] is True


async def test_a_long_reply_is_split_below_the_limit(house, models) -> None:
    scene = await released(house)
    await trained(house, scene)
    await house.settled()
    scene.ana.starts()
    scene.ana.says("/chat soups-1")
    await scene.telegram.heard(scene.ana.chat, "Just write")
    models.says[""] = "\n\n".join("🍲 soup & <salt> " * 20 for _ in range(20)) + " the end"
    scene.ana.says("Everything you know")
    last = await scene.telegram.heard(scene.ana.chat, "the end", seconds=20)
    assert "reply_markup" in last
    await house.settled()


async def _place(house: House, scene: Kitchen):
    from datanets.facts import Place

    await asyncio.sleep(0)
    return await house.core.places.find(Place("telegram", str(scene.group.id)))


async def test_a_run_can_go_back_to_an_older_release(house) -> None:
    scene = await released(house)
    more = await scene.card(b"A new recipe.", "more.txt")
    for person in scene.validators:
        person.reacts(more, "👍")
    await scene.telegram.until(lambda: "accepted" in scene.group.messages[more["message_id"]]["text"])
    scene.owner.says("/datanet release soups", scene.group)
    await scene.telegram.heard(scene.group, "soups v2")
    scene.owner.says("/finetune soups", scene.group)
    form = await scene.telegram.heard(scene.group, "Which base")
    shown = lambda: scene.group.messages[form["message_id"]].get("text", "")  # noqa: E731
    for button, words in (
        ("Tiny", "Taste"), ("Taste", "release v2"), ("Another release", "which release"),
        ("v1", "release v1"), ("Start", "queued"),
    ):  # fmt: skip
        scene.owner.presses(form, button)
        await scene.telegram.until(lambda words=words: words in shown())
    viewer = await scene.caller(scene.owner)
    assert (await house.desk.training.runs(viewer))[0].release == 1


async def test_a_deep_link_leads_into_a_model(house) -> None:
    scene = await released(house)
    await trained(house, scene)
    await house.settled()
    scene.ana.starts(f"m-soups-1-{abs(scene.group.id)}")
    await scene.telegram.heard(scene.ana.chat, "soups-1", "Tiny Llama")
