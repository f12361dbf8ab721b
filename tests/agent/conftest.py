"""A real desk with an agent over the tests' book."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import BotSettings
from bot.desk import Desk
from datanets.core import Core
from datanets.facts import Account, Caller, Place, Role
from tests.conftest import HeldClock
from tests.servers import kilnroom

HERE = Place("playground", "house", "House")


def person(name: str, *roles: Role) -> Caller:
    return Caller(Account("playground", name), HERE, frozenset(roles), name)


ANA = person("ana", Role.VALIDATOR)
ADA = person("ada", Role.ADMIN, Role.VALIDATOR)
EVE = person("eve")


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> BotSettings:
    book = kilnroom.write(tmp_path / "book")
    return BotSettings(data_dir=tmp_path, database_url=sqlite_url, gitbook_url=str(book), _env_file=None)


@pytest.fixture
async def core(settings: BotSettings, clock: HeldClock) -> AsyncIterator[Core]:
    opened = Core.open(settings, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(core: Core, settings: BotSettings) -> AsyncIterator[Desk]:
    desk = Desk.open(core, settings)
    for one in (ANA, ADA, EVE):
        await desk.people.actor(one)
        await desk.people.agree(one)
    for name in ("recipes", "bird-songs"):
        await desk.nets.create(ADA, name, "text" if name == "recipes" else "audio")
    await desk.ask.library.open()
    await desk.ask.library.refresh()
    yield desk
    await desk.ask.close()
