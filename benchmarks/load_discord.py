"""Votes and slash commands on Discord, through a loopback one, while a run trains on the same machine."""

import asyncio
import itertools
import os
import statistics
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import discord
import psutil
import yarl
from discord import app_commands

from benchmarks.load import House, Vote
from bot.demo.seed import ADMIN
from datanets.children import Command, end, start
from datanets.facts import Place
from tests.servers.discord import DiscordServer, Person

MEMBERS, SECONDS = 1000, 60.0
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("quota", {}),
    ("leaderboard", {}),
    ("datanet list", {}),
    ("mine", {}),
)
WATCHED: list[tuple[DiscordServer, dict[str, Any]]] = []


@asynccontextmanager
async def open_voters(house: House) -> AsyncIterator[Sequence[Vote]]:
    """Two validators in a server that shares the seeded community; the bot is sent to it by its settings."""
    async with DiscordServer() as server:
        guild = server.guild()
        room = server.channel(guild, "general")
        role = server.role(guild, "Validator", "MANAGE_MESSAGES")
        community = (await house.desk.people.actor(ADMIN)).community
        place = await house.core.places.find(Place("discord", guild["id"], guild["name"]))
        await house.core.places.join(place.id, community)
        house.environment |= {
            "POTLUCK_DISCORD_TOKEN": server.token,
            "POTLUCK_DISCORD_API_URL": server.api_url,
            "POTLUCK_DISCORD_GATEWAY_URL": server.gateway_url,
        }
        WATCHED.append((server, room))
        voters = [server.person(name, guild, role) for name in ("Vera", "Viktor")]
        yield [partial(_vote, server, room, voter) for voter in voters]
        WATCHED.clear()


async def _vote(
    server: DiscordServer, room: dict[str, Any], voter: Person, contribution: str, up: bool
) -> None:
    way = f"p1:vote:{contribution}:{'up' if up else 'none'}"
    button = {"type": 2, "id": 2, "style": 2, "label": "vote", "custom_id": way}
    card = server.writer.compose(room["id"], server.world.bot, {"content": "card"}, [])
    card["components"] = [{"type": 1, "id": 1, "components": [button]}]
    answer = await voter.click(card, way)
    await answer.until(lambda a: a.type == 7 or (a.type == 6 and contribution in a.text), 20)


async def burst(house: House) -> Mapping[str, object]:
    """A thousand members' commands over a minute: the bot, then a bare echo bot on the same path."""
    server, room = WATCHED[0]
    ours = await _drive(server, room, _process("-m bot bot"))
    async with DiscordServer() as bare:
        guild = bare.guild()
        quiet = bare.channel(guild, "general")
        environment = {**os.environ, "ECHO_TOKEN": bare.token, "ECHO_API": bare.api_url}
        environment["ECHO_GATEWAY"] = bare.gateway_url
        command = Command(
            [sys.executable, "-m", "benchmarks.load_discord"], house.folder / "logs" / "echo.log", environment
        )
        process = await start(command)
        try:
            await bare.until(
                lambda: len(bare.world.commands[None]) == len(COMMANDS) and bare.gateway.sessions, 60
            )
            echo = await _drive(bare, quiet, _process("-m benchmarks.load_discord"))
        finally:
            await end(process, 10.0)
    ratio = round(float(ours["cpu_ms"]) / float(echo["cpu_ms"]), 2)
    return {"part": "burst", "members": MEMBERS, "ours": ours, "echo": echo, "cpu_ratio_to_echo": ratio}


async def _drive(server: DiscordServer, room: dict[str, Any], process: psutil.Process) -> dict[str, float]:
    """Send a thousand commands evenly over a minute; acknowledgement in milliseconds, CPU an interaction."""
    guild = server.world.guilds[room["guild_id"]]
    people = [server.person(f"Member {number}", guild) for number in range(MEMBERS)]
    server.patience = 10.0
    idle = await _idle(process)
    before, began = _cpu(process), asyncio.get_running_loop().time()
    tasks = []
    for number, (person, (command, values)) in enumerate(
        zip(people, itertools.cycle(COMMANDS), strict=False)
    ):
        pause = began + number * SECONDS / MEMBERS - asyncio.get_running_loop().time()
        if pause > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.create_task(person.slash(command, room, **values)))
    answers = await asyncio.gather(*tasks)
    # What the process does anyway (announcing the run, other platforms) is not the interactions' cost.
    spent = _cpu(process) - before - idle * (asyncio.get_running_loop().time() - began)
    acks = sorted(1000 * (answer.acked if answer.acked is not None else 10.0) for answer in answers)
    return {
        "late": sum(1 for answer in answers if answer.late),
        "median_ms": round(statistics.median(acks), 1),
        "p99_ms": round(acks[int(0.99 * (len(acks) - 1))], 1),
        "worst_ms": round(acks[-1], 1),
        "cpu_ms": round(1000 * spent / MEMBERS, 2),
        "idle_ms_a_second": round(1000 * idle, 1),
    }


async def _idle(process: psutil.Process, seconds: float = 12.0) -> float:
    """CPU seconds a second while nobody asks for anything."""
    await asyncio.sleep(2)
    before = _cpu(process)
    await asyncio.sleep(seconds)
    return (_cpu(process) - before) / seconds


def _process(words: str) -> psutil.Process:
    """The child of ours whose command line has the words."""
    for child in psutil.Process().children(recursive=True):
        if words in " ".join(child.cmdline()):
            return child
    raise LookupError(words)


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


class Echo(discord.AutoShardedClient):
    """The least that a bot can do for the same commands: answer with a word."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0)
        self.tree = app_commands.CommandTree(self)
        group = app_commands.Group(name="datanet", description="Datanets")
        for name in ("quota", "leaderboard", "mine"):
            self.tree.command(name=name, description=name)(_echo)
        group.command(name="list", description="list")(_echo)
        self.tree.add_command(group)

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.tree.sync()


async def _echo(interaction: discord.Interaction[Echo]) -> None:
    await interaction.response.send_message("echo", ephemeral=True)


if __name__ == "__main__":
    discord.http.Route.BASE = os.environ["ECHO_API"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["ECHO_GATEWAY"])
    asyncio.run(Echo().start(os.environ["ECHO_TOKEN"]))
