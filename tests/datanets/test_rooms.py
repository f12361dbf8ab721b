"""The lines of the page are changed by several people at once."""

import asyncio

from datanets.database import Database
from datanets.facts import Place
from datanets.places import Places
from datanets.rooms import Rooms
from tests.conftest import HeldClock


async def test_two_changes_of_a_card_at_once_both_stay(database: Database, clock: HeldClock) -> None:
    place, rooms = await Places(database, clock).find(Place("playground", "here")), Rooms(database, clock)
    line = await rooms.add(place.id, "models", card={"seen": {}})
    people = ("ana", "ben", "chika", "dele")
    await asyncio.gather(
        *(
            rooms.amend(line.id, lambda card, who=who: {**card, "seen": {**card["seen"], who: True}})
            for who in people
        )
    )
    found = await rooms.find(line.id)
    assert found is not None
    assert set(found.card["seen"]) == set(people)


async def test_a_line_that_is_gone_is_not_changed(database: Database, clock: HeldClock) -> None:
    assert await Rooms(database, clock).amend("gone", lambda card: card) is None
