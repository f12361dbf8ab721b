"""The limiter keeps to Telegram's pace, through the real client against a server with flood control."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.telegram.client import Client, connect
from bot.telegram.delivery import Delivery
from bot.telegram.limiter import Limiter, Limits, Urgency
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.telegram_flood import Fault, Flood, Window

# The same shape as the real limits, thirty times faster.
FAST = Limits(chat=5, chat_seconds=0.4, group=20, group_seconds=2.2, overall=60, overall_seconds=0.2)


@pytest.fixture
async def client(telegram: TelegramServer) -> AsyncIterator[Client]:
    telegram.flood = Flood(chat=Window(6, 0.35), group=Window(20, 2.0), overall=Window(90, 0.1))
    made = connect(TOKEN, telegram.api_url, telegram.file_url, Limiter(FAST, Delivery(first_pause=0.02)))
    async with made:
        yield made


async def test_forty_messages_to_one_group_meet_no_flood_control(telegram, client) -> None:
    group = telegram.group("Kitchen", owner=telegram.person("Ana"))
    await asyncio.gather(*(client.send_message(group.id, f"message {number}") for number in range(40)))
    assert telegram.flood.refused == 0
    assert [message["text"] for message in telegram.said(group)] == [f"message {n}" for n in range(40)]


async def test_answers_overtake_progress(telegram, client) -> None:
    group = telegram.group("Kitchen", owner=telegram.person("Ana"))
    first = await client.send_message(group.id, "run")
    progress = [
        asyncio.create_task(client.send_message(group.id, f"step {number}", rate_limit_args=Urgency.PROGRESS))
        for number in range(30)
    ]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(1.0):
        await client.send_message(group.id, "answer", rate_limit_args=Urgency.ANSWER)
    assert sum(task.done() for task in progress) < 15
    assert first.message_id
    for task in progress:
        task.cancel()


async def test_only_the_newest_progress_is_sent_and_it_always_arrives(telegram, client) -> None:
    group = telegram.group("Kitchen", owner=telegram.person("Ana"))
    sent = await client.send_message(group.id, "run")
    edits = [
        client.edit_message_text(f"step {step}", group.id, sent.message_id, rate_limit_args=Urgency.PROGRESS)
        for step in range(200)
    ]
    await asyncio.gather(*edits)
    assert group.messages[sent.message_id]["text"] == "step 199"
    assert len(telegram.calls("editMessageText")) < 5
    assert telegram.flood.refused == 0


async def test_a_429_pauses_its_chat_and_no_other(telegram, client) -> None:
    ana, ben = telegram.person("Ana"), telegram.person("Ben")
    telegram.faults.order("sendMessage", Fault("429", 1))
    waiting = asyncio.create_task(client.send_message(ana.id, "for Ana"))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(0.5):
        await client.send_message(ben.id, "for Ben")
    assert not waiting.done()
    await waiting
    assert [message["text"] for message in telegram.said(ana.chat)] == ["for Ana"]


@pytest.mark.parametrize("kind", ["500", "502", "cut", "401", "429"])
async def test_what_fails_on_the_way_is_sent_again(telegram, client, kind) -> None:
    ana = telegram.person("Ana")
    telegram.faults.order("sendMessage", Fault(kind, 1), Fault(kind, 1))
    await client.send_message(ana.id, "hello")
    assert [message["text"] for message in telegram.said(ana.chat)] == ["hello"]


async def test_an_edit_that_arrived_before_its_answer_is_no_failure(telegram, client) -> None:
    ana = telegram.person("Ana")
    sent = await client.send_message(ana.id, "one")
    telegram.faults.order("editMessageText", Fault("cut after"))
    await client.edit_message_text("two", ana.id, sent.message_id)
    assert ana.chat.messages[sent.message_id]["text"] == "two"


async def test_messages_follow_a_group_that_became_a_supergroup(telegram, client) -> None:
    telegram.person("Ana")
    group = telegram.group("Kitchen", kind="group")
    new = telegram.upgrade(group)
    await client.send_message(group.id, "one")
    await client.send_message(group.id, "two")
    assert [message["text"] for message in telegram.said(new)] == ["one", "two"]
    assert [params["chat_id"] for params in telegram.calls("sendMessage")][1:] == [str(new.id)] * 2


async def test_reactions_and_looks_cost_nothing_of_the_pace(telegram, client) -> None:
    ana = telegram.person("Ana")
    group = telegram.group("Kitchen", owner=ana)
    sent = await client.send_message(group.id, "card")
    async with asyncio.timeout(3):
        for _ in range(40):
            await client.get_chat_member(group.id, ana.id)
            await client.set_message_reaction(group.id, sent.message_id, "👀")
