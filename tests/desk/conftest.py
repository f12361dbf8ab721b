"""A desk with a datanet and five people, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import BotSettings
from bot.desk import Desk
from datanets.core import Core
from tests.conftest import HeldClock
from tests.desk.people import ANA, BEN, CEM, DOT, EVE


@pytest.fixture
async def core(database_url: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Core]:
    settings = BotSettings(data_dir=tmp_path, database_url=database_url, _env_file=None)
    opened = Core.open(settings, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(core: Core, tmp_path: Path) -> Desk:
    desk = Desk.open(core, BotSettings(data_dir=tmp_path, _env_file=None))
    for one in (ANA, BEN, CEM, DOT, EVE):
        await desk.people.actor(one)
        await desk.people.agree(one)
    await desk.nets.create(ANA, "recipes", "text")
    return desk
