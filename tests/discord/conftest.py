"""A loopback Discord for each test, the whole bot behind it, and a check of all that went over the wire."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.announcements import Announcements
from bot.config import BotSettings
from bot.desk import Desk
from bot.discord.start import DiscordPlatform, open_discord
from bot.health import Health
from datanets.core import Core
from datanets.facts import NewsKind
from tests.conftest import SPEC_DIR
from tests.servers.discord import DiscordServer, File, Person
from tests.servers.discord_oddities import NOT_ODD, Oddities
from tests.servers.discord_shapes import Json


@pytest.fixture
def odd() -> Oddities:
    """How this Discord differs from the real one: not at all."""
    return NOT_ODD


@pytest.fixture
async def server(odd: Oddities) -> AsyncIterator[DiscordServer]:
    """A Discord on loopback. A breach of Discord's description on either side fails the test."""
    async with DiscordServer(odd=odd) as running:
        yield running
        violations = running.record.violations(SPEC_DIR, running.gateway.events)
    if violations is None:
        print("Discord's description is not at hand: requests were not checked against it")  # noqa: T201
    assert not violations, "\n".join(violations)


class NoQueue:
    """Runs are queued for nobody: these tests write the worker's part themselves."""

    async def enqueue(self, session: object, run: str) -> None:
        """Leave it."""


@dataclass
class Kitchen:
    """A server with a community in it, and the bot connected to it."""

    server: DiscordServer
    settings: BotSettings
    core: Core
    desk: Desk
    guild: Json
    general: Json
    review: Json
    models: Json
    validator_role: Json
    look_every: float = 600.0
    platform: DiscordPlatform | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    async def start(self, seconds: float = 10.0) -> None:
        """Connect the bot and its announcer."""
        self.platform = await open_discord(self.core, self.desk, self.settings, Health())
        self.platform.look_every = self.look_every
        announcer = self.platform.announcer_here
        announcer.pace, announcer.old_pace = {NewsKind.REVIEW: 0.4, NewsKind.RUN: 0.8}, 2.1
        announcements = Announcements(self.core, [self.platform.announcer], pause=0.1)
        self.tasks = [
            asyncio.create_task(self.platform.run()),
            asyncio.create_task(announcements.run()),
        ]
        await self.server.until(lambda: self.ready(), seconds)

    def ready(self) -> bool:
        """Whether the bot can be served."""
        supervisor = self.platform.supervisor if self.platform else None
        client = supervisor.client if supervisor else None
        return bool(client and client.is_ready() and not client.is_closed())

    async def stop(self) -> None:
        """End the bot as its process would."""
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.tasks = []

    async def restart(self) -> None:
        """A new process on the same database."""
        await self.stop()
        await self.start()

    def person(self, name: str, *roles: Json, locale: str = "en-US") -> Person:
        """A member of the guild."""
        found = self.people.get(name)
        if found is None:
            found = self.people[name] = self.server.person(name, self.guild, *roles, locale=locale)
        return found

    def validator(self, name: str) -> Person:
        """A member who may vote."""
        return self.person(name, self.validator_role)

    async def net(self, name: str = "birds", kind: str = "text") -> None:
        """Open a datanet as the owner."""
        owner = self.server.owner(self.guild)
        answer = await owner.slash("datanet create", self.general, name=name, kind=kind)
        await answer.until(lambda a: name in a.text)

    async def card(self, person: Person, text: str, net: str = "birds") -> Json:
        """Contribute a text and return the card that appears for it."""
        before = len(self.server.by_bot(self.review))
        answer = await person.slash(
            "contribute", self.general, datanet=net, file=File("a.txt", text.encode())
        )
        await answer.until(lambda a: not a.thinking)
        if "I agree – hand it in" in str(answer.message):
            answer = await person.click(answer.message, "I agree – hand it in")
            await answer.until(lambda a: "Thank you" in a.text)
        assert "in review" in answer.text, answer.text
        return await self.server.until(lambda: (self.server.by_bot(self.review)[before:] or [None])[0])


@pytest.fixture
async def bare(server: DiscordServer, migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Kitchen]:
    """A community and a bot that is not started yet."""
    shutil.copy(migrated_sqlite, tmp_path / "potluck.db")
    settings = BotSettings(
        _env_file=None,
        data_dir=tmp_path,
        discord_token=server.token,
        discord_api_url=server.api_url,
        discord_gateway_url=server.gateway_url,
        train_role="everybody",
    )
    core = Core.open(settings, queue=NoQueue())
    desk = Desk.open(core, settings)
    guild = server.guild()
    general, review, models = (server.channel(guild, name) for name in ("general", "review", "models"))
    role = server.role(guild, "Validator", "MANAGE_MESSAGES")
    kitchen = Kitchen(server, settings, core, desk, guild, general, review, models, role)
    yield kitchen
    await kitchen.stop()
    await desk.ask.close()
    await desk.serving.close()
    await core.close()


@pytest.fixture
async def kitchen(bare: Kitchen) -> Kitchen:
    """A community with the bot connected."""
    await bare.start()
    return bare
