"""What goes wrong between the bot and Discord: nothing is lost, nothing doubled, the person is told."""

import asyncio

import pytest
from sqlalchemy import text

from tests.discord.conftest import Kitchen
from tests.servers.discord import File, text_of
from tests.servers.discord_oddities import Oddities
from tests.servers.discord_shapes import Json

UP = "👍"


def cards(kitchen: Kitchen) -> list[str]:
    return [text_of(m) for m in kitchen.server.by_bot(kitchen.review)]


async def test_a_fifth_of_all_calls_answered_429_delays_and_loses_nothing(kitchen: Kitchen) -> None:
    faults = kitchen.server.faults
    faults.every, faults.calls = 5, 0
    await kitchen.net()
    ana = kitchen.person("Ana")
    voters = [kitchen.validator(name) for name in ("Vera", "Viktor", "Vito")]
    for words in ("One robin.", "Two robins."):
        await kitchen.card(ana, words)
    for voter in voters:
        for card in kitchen.server.by_bot(kitchen.review):
            await voter.react(card, UP)
    await kitchen.server.until(lambda: all("Accepted" in shown for shown in cards(kitchen)), 20)
    await kitchen.server.until(lambda: len(ana.inbox()) == 2, 20)
    assert faults.struck == faults.calls // 5 >= 5
    assert len(cards(kitchen)) == 2
    assert all(shown.count(f"{UP} **3**") == 1 for shown in cards(kitchen))
    for card in kitchen.server.by_bot(kitchen.review):
        assert kitchen.server.world.reactions[card["id"]][UP].count(kitchen.server.world.bot["id"]) == 1
    faults.every = 0
    quota = await ana.slash("quota", kitchen.general)
    await quota.until(lambda a: "18 of 20" in a.text)


@pytest.mark.parametrize("what", [502, 503, 520, "cut", "cut-after"])
async def test_a_card_is_posted_once_whatever_happens_to_the_call(kitchen: Kitchen, what: int | str) -> None:
    await kitchen.net()
    kitchen.server.faults.order(rf"POST /channels/{kitchen.review['id']}/messages$", what)
    await kitchen.card(kitchen.person("Ana"), "A robin.")
    await kitchen.server.until(
        lambda: len(kitchen.server.calls(f"PUT /channels/{kitchen.review['id']}")) == 2
    )
    assert len(cards(kitchen)) == 1


@pytest.mark.parametrize("what", [503, "cut", "cut-after"])
async def test_an_acknowledgement_that_breaks_is_repeated(kitchen: Kitchen, what: int | str) -> None:
    ana = kitchen.person("Ana")
    kitchen.server.faults.order(r"POST /interactions/", what)
    quota = await ana.slash("quota", kitchen.general)
    await quota.until(lambda a: "20 of 20" in a.text)


async def test_a_late_acknowledgement_does_nothing_twice_and_is_told(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    await kitchen.card(ana, "First.")
    kitchen.server.faults.order(r"POST /interactions/", "late", seconds=3.3)
    answer = await ana.slash("contribute", kitchen.general, datanet="birds", file=File("b.txt", b"Second."))
    assert answer.late
    await kitchen.server.until(lambda: any("in time" in text_of(m) for m in ana.inbox()))
    quota = await ana.slash("quota", kitchen.general)
    await quota.until(lambda a: "19 of 20" in a.text)


async def test_a_vote_whose_acknowledgement_was_late_counts_once_and_is_told(kitchen: Kitchen) -> None:
    await kitchen.net()
    voters = [kitchen.validator(name) for name in ("Vera", "Viktor", "Vito")]
    card = await kitchen.card(kitchen.person("Ana"), "A robin.")
    kitchen.server.faults.order(r"POST /interactions/", "late", seconds=3.3)
    pressed = await voters[0].click(card, "Accept")
    assert pressed.late
    await kitchen.server.until(lambda: f"{UP} **1**" in text_of(card))
    await kitchen.server.until(lambda: any("A robin." in text_of(m) for m in voters[0].inbox()))


@pytest.mark.parametrize("how", ["cut", "close", "op7", "op9"])
async def test_every_way_to_lose_the_connection_ends_in_a_connected_bot(kitchen: Kitchen, how: str) -> None:
    gateway = kitchen.server.gateway
    before = (gateway.resumes, gateway.identifies)
    if how == "cut":
        await gateway.cut_all()
    elif how == "close":
        await gateway.close_all(4000)
    elif how == "op7":
        await gateway.say_all({"op": 7, "d": None})
    else:
        await gateway.say_all({"op": 9, "d": False})
    await kitchen.server.until(lambda: (gateway.resumes, gateway.identifies) != before, 20)
    await kitchen.server.until(kitchen.ready, 20)
    quota = await kitchen.person("Ana").slash("quota", kitchen.general)
    await quota.until(lambda a: "20 of 20" in a.text)


async def test_an_event_that_cannot_be_read_costs_nothing_but_itself(kitchen: Kitchen) -> None:
    gateway = kitchen.server.gateway
    await gateway.say_all({"op": 0, "t": "MESSAGE_CREATE", "s": 5, "d": {"id": "not a message"}})
    await gateway.say_all({"op": 0, "t": "SOMETHING_OF_NEXT_YEAR", "s": 6, "d": {}})
    quota = await kitchen.person("Ana").slash("quota", kitchen.general)
    await quota.until(lambda a: "20 of 20" in a.text)
    assert (gateway.resumes, gateway.identifies) == (0, 1)


async def test_a_client_that_died_is_followed_by_another_one(bare: Kitchen) -> None:
    bare.server.gateway.nameless_readies = 1
    await bare.start(20)
    assert bare.server.gateway.identifies == 2
    assert bare.platform is not None
    assert bare.platform.supervisor.restarts == 1


@pytest.mark.parametrize(
    "odd",
    [
        Oddities(
            gateway={
                "url": "ws://127.0.0.1:9",
                "shards": 1,
                "session_start_limit": {
                    "total": 1000,
                    "remaining": 0,
                    "reset_after": 1200,
                    "max_concurrency": 1,
                },
            }
        )
    ],
    ids=["none left"],
)
async def test_without_a_session_left_today_none_is_opened(bare: Kitchen, odd: Oddities) -> None:
    with pytest.raises(TimeoutError):
        await bare.start(0.9)
    assert bare.server.gateway.identifies == 0
    await bare.server.until(bare.ready)
    assert bare.server.gateway.identifies == 1


@pytest.mark.parametrize("odd", [Oddities(shards=2)], ids=["two"])
async def test_a_server_is_served_whichever_shard_it_falls_on(bare: Kitchen, odd: Oddities) -> None:
    def shard(guild: Json) -> int:
        return (int(guild["id"]) >> 22) % 2

    other = bare.server.guild("Other kitchen")
    while shard(other) == shard(bare.guild):
        await asyncio.sleep(0.001)
        other = bare.server.guild("Other kitchen")
    room = bare.server.channel(other, "general")
    await bare.start(20)
    assert bare.server.gateway.identifies == 2
    for channel, guild in ((bare.general, bare.guild), (room, other)):
        who = bare.server.person("Ana", guild)
        quota = await who.slash("quota", channel)
        await quota.until(lambda a: "20 of 20" in a.text)


async def test_a_refused_first_handshake_is_tried_again(bare: Kitchen) -> None:
    bare.server.gateway.refuse_handshakes = 1
    await bare.start(30)
    assert bare.server.gateway.identifies == 1


async def test_switched_off_intents_leave_a_bot_that_works_without_them(bare: Kitchen) -> None:
    bare.server.gateway.privileged = 0
    await bare.start()
    owner = bare.server.owner(bare.guild)
    setup = await owner.slash("setup", bare.general)
    await setup.until(lambda a: "Message Content intent is off" in a.text)
    await bare.net()
    await bare.card(bare.person("Ana"), "A robin.")


async def test_edits_of_messages_older_than_an_hour_keep_the_stricter_limit(kitchen: Kitchen) -> None:
    kitchen.server.world.lead = -2 * 3600
    await kitchen.net()
    voter, ana = kitchen.validator("Vera"), kitchen.person("Ana")
    both = [await kitchen.card(ana, words) for words in ("One robin.", "Two robins.")]
    kitchen.server.world.lead = 0
    for turn in range(5):
        for card in both:
            await (voter.unreact(card, UP) if turn % 2 else voter.react(card, UP))
        await asyncio.sleep(0.6)
    await kitchen.server.until(lambda: all(f"{UP} **1**" in shown for shown in cards(kitchen)))
    assert not kitchen.server.limits.exceeded


async def test_the_bot_keeps_discords_limits_by_itself(kitchen: Kitchen) -> None:
    kitchen.server.limits.strict = True
    await kitchen.net()
    ana = kitchen.person("Ana")
    await kitchen.card(ana, "First.")
    files = {f"file{n}": File(f"{n}.txt", f"Robin number {n}.".encode()) for n in range(2, 8)}
    answer = await ana.slash(
        "contribute", kitchen.general, datanet="birds", file=File("1.txt", b"Robin number 1."), **files
    )
    await answer.until(lambda a: "7.txt" in a.text)
    await kitchen.server.until(lambda: len(cards(kitchen)) == 8, 30)
    assert kitchen.server.invalid == 0, kitchen.server.limits.exceeded


async def test_a_crash_between_posting_and_remembering_posts_once(kitchen: Kitchen) -> None:
    await kitchen.net()
    newsroom = kitchen.core.newsroom
    ana = kitchen.person("Ana")
    card = await kitchen.card(ana, "A robin.")
    await asyncio.sleep(0.3)
    await kitchen.stop()
    place = (await kitchen.core.places.all("discord"))[0]
    await newsroom.forget_posting(place.id, card["channel_id"], card["id"])
    post = f"POST /channels/{kitchen.review['id']}/messages"
    posted = len(kitchen.server.calls(post))
    await kitchen.start()
    await kitchen.server.until(lambda: len(kitchen.server.calls(post)) > posted)
    assert len(cards(kitchen)) == 1


async def test_what_happens_in_one_server_stays_there(kitchen: Kitchen) -> None:
    await kitchen.net("secrets")
    other = kitchen.server.guild("Other kitchen")
    room = kitchen.server.channel(other, "general")
    stranger = kitchen.server.person("Stranger", other)
    await kitchen.server.gateway.drain()
    assert await stranger.suggest("datanet show", room, "datanet") == []
    answer = await stranger.slash("datanet show", room, datanet="secrets")
    await answer.until(lambda a: "There is no" in a.text)
    card = await kitchen.card(kitchen.person("Ana"), "A secret.", "secrets")
    spoofed = dict(card) | {"channel_id": room["id"], "id": kitchen.server.world.id()}
    kitchen.server.world.messages[room["id"]][spoofed["id"]] = spoofed
    voted = await stranger.click(spoofed, "Accept")
    assert "There is no" in voted.text


async def test_an_unexpected_error_gives_a_ticket(kitchen: Kitchen) -> None:
    async with kitchen.core.db.begin() as session:
        await session.execute(text("DROP TABLE accounts"))
    answer = await kitchen.person("Ana").slash("quota", kitchen.general)
    await answer.until(lambda a: "logged as" in a.text)
    assert answer.private
    ticket = (await kitchen.core.faults.latest())[0]
    assert ticket.ticket in answer.text
    assert ticket.where == "quota"
