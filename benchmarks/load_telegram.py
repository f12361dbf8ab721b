"""Votes on Telegram, as its buttons send them, through a loopback Bot API."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from benchmarks.load import House, Vote
from bot.demo.seed import VALIDATORS
from datanets.facts import Place
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.telegram_people import Person
from tests.servers.telegram_state import Json

PATIENCE_SECONDS = 60.0


@asynccontextmanager
async def open_voters(house: House) -> AsyncIterator[Sequence[Vote]]:
    """Two validators with a phone each, in a group that is linked to the community of the examples."""
    async with TelegramServer() as telegram:
        people = [telegram.person(name) for name in ("Ben", "Chika")]
        group = telegram.group("Kitchen", owner=people[0], admin=people[1])
        place = await house.core.places.find(Place("telegram", str(group.id), group.title))
        await house.core.places.join(place.id, (await house.desk.people.actor(VALIDATORS[0])).community)
        card = telegram.world.add_message(group, telegram.world.bot(), {"text": "card"})
        house.environment |= {
            "POTLUCK_TELEGRAM_TOKEN": TOKEN,
            "POTLUCK_TELEGRAM_API_URL": telegram.api_url,
            "POTLUCK_TELEGRAM_FILE_URL": telegram.file_url,
        }
        yield [partial(_vote, telegram, person, card) for person in people]


async def _vote(telegram: TelegramServer, person: Person, card: Json, contribution: str, up: bool) -> None:
    """Press 👍; the second press takes the vote back, so both directions are the same button."""
    pressed = person.presses_data(card, f"|up:{contribution}")
    answer: Json = await telegram.until(lambda: pressed.answer, PATIENCE_SECONDS)
    wanted = "counts" if up else "taken back"
    if wanted not in answer.get("text", wanted):
        raise RuntimeError(f"the vote was refused: {answer}")
    await asyncio.sleep(0)
