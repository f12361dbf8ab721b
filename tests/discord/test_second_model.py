"""A second, independent model of Discord's rules (simcord) agrees: rights, acknowledgements, virtual time."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import simcord

from bot.announcements import Announcements
from bot.config import BotSettings
from bot.desk import Desk
from bot.discord.client import Client, intents
from bot.discord.start import DiscordPlatform, open_discord
from bot.health import Health
from datanets.core import Core
from datanets.facts import Progress
from tests.discord.conftest import NoQueue
from tests.discord.test_training import worker

UP = "👍"


@dataclass
class Table:
    """The bot at a table of simulated people."""

    env: simcord.Env
    core: Core
    announcements: Announcements
    guild: Any
    general: Any
    review: Any
    ana: Any
    voters: list[Any]

    async def told(self) -> None:
        """Let everything be shown that is due."""
        while await self.announcements.once():
            pass

    def card(self) -> discord.Message:
        """The newest card of a review."""
        return [message for message in self.review.history() if message.embeds][-1]

    async def contribute(self, words: str) -> None:
        """Hand in one's own message, agreeing to the terms."""
        said = await self.ana.send(self.general, words)
        asked = await self.ana.context_menu(self.general, "Contribute this", said)
        await self.ana.click(asked.response, label="I agree – hand it in")
        await self.told()


Laid = Callable[[], AbstractAsyncContextManager[Table]]


@pytest.fixture
def laid(migrated_sqlite: Path, tmp_path: Path) -> Laid:
    """A table to sit down at; within the test, since the model's clock belongs to one task."""
    return lambda: table_in(migrated_sqlite, tmp_path)


@asynccontextmanager
async def table_in(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Table]:
    """A server with a datanet, a member and three validators."""
    shutil.copy(migrated_sqlite, tmp_path / "potluck.db")
    settings = BotSettings(_env_file=None, data_dir=tmp_path, discord_token="x", train_role="everybody")
    core = Core.open(settings, queue=NoQueue())
    desk = Desk.open(core, settings)
    platform = await open_discord(core, desk, settings, Health())
    announcer = platform.announcer_here
    announcer.pace, announcer.old_pace, announcer.old_pace_of_channel = {}, 0.0, 0.0

    async def set_up(client: Client) -> None:
        await quiet(platform, client)

    async with aiohttp.ClientSession() as platform.session:
        client = Client(intents(content=True, members=True), set_up)
        async with simcord.run(client, shard_count=1) as env:
            guild = env.create_guild()
            general, review = (guild.create_text_channel(name) for name in ("general", "review"))
            rights = discord.Permissions(manage_messages=True)
            role = guild.create_role("Validator", permissions=rights)
            voters = [
                guild.add_member(env.create_user(name), roles=[role]) for name in ("vera", "vito", "vic")
            ]
            ana = guild.add_member(env.create_user("ana"))
            announcements = Announcements(core, [platform.announcer])
            await voters[0].slash(general, "datanet create", name="birds", kind="text")
            yield Table(env, core, announcements, guild, general, review, ana, voters)
    await desk.ask.close()
    await desk.serving.close()
    await core.close()


async def quiet(platform: DiscordPlatform, client: Client) -> None:
    """Set the bot up without its loops: this model waits until the bot has nothing left to do."""
    await platform._set_up(client)
    await platform._end_background()
    chat = client.get_cog("Chat")
    assert chat is not None
    chat.replies.settled.set()  # type: ignore[attr-defined]


async def test_reactions_that_do_not_count_are_removed_with_the_rights_that_the_bot_has(laid: Laid) -> None:
    async with laid() as table:
        await table.contribute("A swift sleeps while it flies.")
        await table.ana.react(table.card(), UP)
        for voter in table.voters[:2]:
            await voter.react(table.card(), UP)
        await table.told()
        up = next(one for one in table.card().reactions if str(one.emoji) == UP)
        assert up.count == 3, "two validators and the bot"
        await table.voters[2].react(table.card(), UP)
        await table.told()
        assert "Accepted" in str(table.card().embeds[0].to_dict())


async def test_without_a_right_nothing_is_tried_and_setup_names_it(laid: Laid) -> None:
    async with laid() as table:
        everyone = table.guild.default_role
        closed = {everyone: discord.PermissionOverwrite(send_messages=False, add_reactions=False)}
        channel = table.guild.create_text_channel("quiet", overwrites=closed)
        rights = discord.Permissions(manage_guild=True)
        admin = table.guild.create_role("Admin", permissions=rights)
        boss = table.guild.add_member(table.env.create_user("boss"), roles=[admin])
        shown = await boss.slash(table.general, "setup")
        shown = await boss.select(shown.response, [channel], custom_id="p1:setup:review_channel")
        said = str(shown.response.embeds[0].to_dict())
        assert "Send Messages" in said
        assert "Add Reactions" in said


async def test_a_run_is_shown_although_the_interaction_that_began_it_is_long_dead(laid: Laid) -> None:
    async with laid() as table:
        await table.core.workshop.beat(worker())
        await table.contribute("Robins sing at dawn. " * 20)
        for voter in table.voters:
            await voter.react(table.card(), UP)
        await table.voters[0].slash(table.general, "datanet release", datanet="birds")
        panel = await table.ana.slash(table.general, "finetune", datanet="birds", preset="taste")
        await table.ana.click(panel.response, label="Start")
        await table.told()
        place = (await table.core.places.all("discord"))[0]
        run = (await table.core.runs.list(place.community))[0]
        attempt = await table.core.runs.begin(run.id)
        assert attempt == 1
        await table.env.advance_time(16 * 60)
        await table.core.runs.report(run.id, attempt, Progress("training", 7, 40, 0.1, 3.0))
        await table.told()
        shown = [m for m in table.general.history() if m.embeds and "birds-1" in str(m.embeds[0].title)]
        assert len(shown) == 1
        assert "7/40" in str(shown[0].embeds[0].to_dict())
