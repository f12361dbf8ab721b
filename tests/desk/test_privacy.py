"""Forgetting reaches every room, and the next word begins a new member."""

import json

import pytest

from bot.desk import Desk
from datanets.core import Core
from datanets.refusals import NotFound
from tests.conftest import HeldClock
from tests.desk.people import ANA, BEN, EVE, HERE, hand_in


async def test_forgetting_deletes_lines_of_the_page_and_begins_anew(desk: Desk, core: Core) -> None:
    place = (await core.places.find(HERE)).id
    await core.rooms.add(place, "help", author="eve", text="what is a datanet?")
    await core.rooms.add(place, "help", text="an answer", private_to="eve")
    await core.rooms.add(place, "help", author="ana", text="hello")
    before = await desk.people.actor(EVE)
    await desk.people.forget(EVE)

    assert [line.text for line in await core.rooms.lines(place, "help", viewer="eve")] == ["hello"]
    assert (await desk.people.actor(EVE)).member != before.member


async def test_the_export_holds_what_is_kept(desk: Desk, core: Core) -> None:
    one = await hand_in(desk, "Warm the plates before serving.")
    await desk.reviewing.cast(ANA, one, True)
    place = (await core.places.find(HERE)).id
    await core.rooms.add(place, "help", author="eve", text="what is a datanet?")

    kept = json.loads(await desk.people.export(EVE))
    assert [row["id"] for row in kept["contributions"]] == [one]
    assert [row["text"] for row in kept["messages_in_the_playground"]] == ["what is a datanet?"]
    assert json.loads(await desk.people.export(BEN))["contributions"] == []
    assert len(json.loads(await desk.people.export(ANA))["ballots"]) == 1


async def test_the_export_holds_what_was_asked(desk: Desk) -> None:
    await desk.ask.ask(EVE, "help", "What is a datanet?")

    kept = json.loads(await desk.people.export(EVE))
    assert [row["question"] for row in kept["questions"]] == ["What is a datanet?"]
    assert json.loads(await desk.people.export(BEN))["questions"] == []
    await desk.ask.close()


async def test_what_was_asked_before_accounts_were_linked_goes_too(desk: Desk) -> None:
    await desk.ask.ask(EVE, "help", "What is a datanet?")
    await desk.people.link(EVE, await desk.people.link_code(BEN))
    assert len(json.loads(await desk.people.export(BEN))["questions"]) == 1
    before = await desk.people.actor(BEN)

    await desk.people.forget(EVE)
    assert (await desk.people.privacy_of.export(before.member))["questions"] == []
    await desk.ask.close()


async def test_what_was_asked_long_ago_is_thrown_away_with_its_ratings(desk: Desk, clock: HeldClock) -> None:
    old = await desk.ask.ask(EVE, "help", "What is a datanet?")
    clock.advance(days=80)
    new = await desk.ask.ask(EVE, "help", "What is a release?")
    for answer in (old, new):
        await desk.ask.rate(BEN, answer.id, "good")
    clock.advance(days=11)

    assert await desk.ask.prune() == 1
    kept = json.loads(await desk.people.export(EVE))
    assert [row["question"] for row in kept["questions"]] == ["What is a release?"]
    with pytest.raises(NotFound):
        await desk.ask.rate(BEN, old.id, "bad")
    await desk.ask.rate(BEN, new.id, "bad")
    await desk.ask.close()
