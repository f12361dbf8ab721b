"""A model answers in its thread: streamed, split, stopped, rated, corrected, compared."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.discord.conftest import Kitchen
from tests.discord.test_training import finished, started, worker
from tests.servers.chat_models import Models
from tests.servers.discord import text_of
from tests.servers.discord_shapes import Json


@pytest.fixture
async def model() -> AsyncIterator[Models]:
    """Something that speaks."""
    async with Models() as server:
        server.says[""] = "Hello there."
        yield server


async def thread_of(kitchen: Kitchen, model: Models) -> Json:
    """The thread of a trained model that is being served."""
    await started(kitchen)
    await kitchen.core.workshop.beat(worker(model.url))
    await finished(kitchen)
    threads = await kitchen.server.until(lambda: kitchen.server.world.threads_of(kitchen.guild["id"]))
    await kitchen.server.until(lambda: kitchen.server.by_bot(threads[0]["id"]))
    return threads[0]


def replies(kitchen: Kitchen, thread: Json) -> list[Json]:
    return kitchen.server.by_bot(thread["id"])[1:]


def labels(message: Json) -> list[str]:
    return [b.get("label") or b["emoji"]["name"] for row in message["components"] for b in row["components"]]


async def test_a_reply_streams_and_can_be_rated_corrected_and_given_again(
    kitchen: Kitchen, model: Models
) -> None:
    thread = await thread_of(kitchen, model)
    ana = kitchen.person("Ana")
    model.says[""], model.pause = "Robins sing at noon.", 0.5
    await ana.say(thread, "When do robins sing?")
    reply = (await kitchen.server.until(lambda: replies(kitchen, thread)))[0]
    assert labels(reply) == ["Stop"]
    await kitchen.server.until(lambda: "at noon." in reply["content"] and "birds-1" in reply["content"])
    assert labels(reply) == ["👍", "👎", "Correct", "Again"]
    assert reply["message_reference"]
    thanks = await ana.click(reply, "👎")
    await thanks.until(lambda a: "Thank you" in a.text)
    form = await ana.click(reply, "Correct")
    kept = await ana.submit(form, {"answer": "Robins sing at dawn."})
    await kept.until(lambda a: "in review" in a.text)
    card = "**When do robins sing?**\n> Robins sing at dawn."
    await kitchen.server.until(lambda: card in text_of(kitchen.server.by_bot(kitchen.review)[-1]))
    model.says[""] = "At dawn."
    await ana.click(reply, "Again")
    await kitchen.server.until(lambda: any("At dawn." in m["content"] for m in replies(kitchen, thread)))
    roles = [m["role"] for m in model.asked[-1]["messages"]]
    assert roles == ["user"]
    assert kitchen.server.calls(f"POST /channels/{thread['id']}/typing")
    before = len(replies(kitchen, thread))
    await ana.say(thread, "And owls?")
    await kitchen.server.until(lambda: len(replies(kitchen, thread)) > before)
    context = [m["content"] for m in model.asked[-1]["messages"]]
    assert context == ["When do robins sing?", "At dawn.", "And owls?"]


async def test_a_long_reply_is_split_without_breaking_code(kitchen: Kitchen, model: Models) -> None:
    thread = await thread_of(kitchen, model)
    model.says[""] = "".join(["Look:\n```python\n", *[f"line_{n} = {n}\n" for n in range(400)], "```\nDone."])
    await kitchen.person("Ana").say(thread, "Code, please")
    await kitchen.server.until(
        lambda: replies(kitchen, thread) and "Done." in replies(kitchen, thread)[-1]["content"]
    )
    parts = [m["content"] for m in replies(kitchen, thread)]
    assert len(parts) > 2
    assert all(part.count("```") % 2 == 0 and len(part) <= 2000 for part in parts)
    joined = "".join(parts)
    assert all(f"line_{n} = {n}\n" in joined for n in range(400))


async def test_stop_ends_the_reply_and_keeps_what_was_said(kitchen: Kitchen, model: Models) -> None:
    thread = await thread_of(kitchen, model)
    ana = kitchen.person("Ana")
    model.says[""], model.pause = " ".join(f"word{n}" for n in range(100)), 0.2
    await ana.say(thread, "Go on and on")
    reply = (await kitchen.server.until(lambda: replies(kitchen, thread)))[0]
    await ana.click(reply, "Stop")
    await kitchen.server.until(lambda: "⏹️" in reply["content"])
    assert "word0" in reply["content"]
    assert "word99" not in reply["content"]


async def test_two_people_at_once_are_both_answered(kitchen: Kitchen, model: Models) -> None:
    thread = await thread_of(kitchen, model)
    model.pause = 0.1
    said = await asyncio.gather(
        kitchen.person("Ana").say(thread, "One?"), kitchen.person("Ben").say(thread, "Two?")
    )
    await kitchen.server.until(lambda: sum("there." in m["content"] for m in replies(kitchen, thread)) == 2)
    answered = {m["message_reference"]["message_id"] for m in replies(kitchen, thread)}
    assert answered == {message["id"] for message in said}


async def test_a_restart_in_the_middle_of_a_reply_is_told_and_can_be_repeated(
    kitchen: Kitchen, model: Models
) -> None:
    thread = await thread_of(kitchen, model)
    ana = kitchen.person("Ana")
    model.says[""], model.pause = " ".join(f"word{n}" for n in range(100)), 0.2
    await ana.say(thread, "Go on")
    reply = (await kitchen.server.until(lambda: replies(kitchen, thread)))[0]
    await asyncio.sleep(0.5)
    await kitchen.restart()
    await kitchen.server.until(lambda: "restarted" in reply["content"])
    model.says[""], model.pause = "Short.", 0.0
    await ana.click(reply, "Again")
    await kitchen.server.until(lambda: any("Short." in m["content"] for m in replies(kitchen, thread)))


async def test_an_archived_thread_is_opened_again(kitchen: Kitchen, model: Models) -> None:
    thread = await thread_of(kitchen, model)
    thread["thread_metadata"]["archived"] = True
    await kitchen.restart()
    opened = await kitchen.person("Ana").slash("chat", kitchen.general, model="birds-1")
    await opened.until(lambda a: f"<#{thread['id']}>" in a.text)
    assert not thread["thread_metadata"]["archived"]


async def test_no_model_at_home_is_said_in_the_thread(kitchen: Kitchen, model: Models) -> None:
    thread = await thread_of(kitchen, model)
    model.is_away = True
    await kitchen.person("Ana").say(thread, "Hello?")
    await kitchen.server.until(
        lambda: any("No model answers" in m["content"] for m in replies(kitchen, thread))
    )


async def test_words_of_a_model_ping_nobody(kitchen: Kitchen, model: Models) -> None:
    thread = await thread_of(kitchen, model)
    ana = kitchen.person("Ana")
    model.says[""] = f"@everyone look, {ana.mention}!"
    await ana.say(thread, "Shout")
    await kitchen.server.until(lambda: replies(kitchen, thread))
    reply = replies(kitchen, thread)[0]
    assert not reply["mention_everyone"]
    assert not reply["mentions"]


async def test_the_newest_message_written_while_the_bot_was_away_is_answered_once(
    kitchen: Kitchen, model: Models
) -> None:
    thread = await thread_of(kitchen, model)
    ana = kitchen.person("Ana")
    await kitchen.stop()
    await ana.say(thread, "Are you there?")
    newest = await kitchen.person("Ben").say(thread, "When do robins sing?")
    model.says[""] = "At dawn."
    await kitchen.start()
    await kitchen.server.until(lambda: "At dawn." in text_of((replies(kitchen, thread) or [{}])[-1]))
    reply = replies(kitchen, thread)[0]
    assert reply["message_reference"]["message_id"] == newest["id"]
    await kitchen.server.until(lambda: "Again" in labels(reply))
    async with asyncio.timeout(10):
        while await kitchen.core.drafts.all("discord-reply"):
            await asyncio.sleep(0.05)
    await kitchen.restart()
    await ana.say(thread, "And owls?")
    await kitchen.server.until(lambda: len(replies(kitchen, thread)) == 2)
    assert [asked["messages"][-1]["content"] for asked in model.asked] == [
        "When do robins sing?",
        "And owls?",
    ]


async def test_two_models_answer_blind_and_who_picks_learns_their_names(
    kitchen: Kitchen, model: Models
) -> None:
    await thread_of(kitchen, model)
    owner, ana, ben = kitchen.server.owner(kitchen.guild), kitchen.person("Ana"), kitchen.person("Ben")
    panel = await owner.slash("finetune", kitchen.general, datanet="birds", preset="taste")
    await panel.until(lambda a: "Estimate" in a.text)
    done = await owner.click(panel.message, "Start")
    await done.until(lambda a: "is on its way" in a.text)
    await finished(kitchen)
    model.says[""] = "At dawn."
    question = {"question": "When do robins sing?"}
    asked = await ana.slash("compare", kitchen.general, first="birds-1", second="birds-2", **question)
    await asked.until(lambda a: "Which answer is better?" in a.text)
    assert asked.text.count("At dawn.") == 2
    assert "birds-" not in asked.text
    picked = await ben.click(asked.message, "A is better")
    await picked.until(lambda a: "birds-1" in a.text and "birds-2" in a.text)
    assert picked.private
    assert "chosen once" in picked.text
    assert "21 to 100 %" in picked.text
    assert "birds-" not in text_of(asked.message)
