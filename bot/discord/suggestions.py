"""What appears while somebody types: datanets, bases, models, runs. At most 25, and never an error."""

import logging
from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands

from bot.discord.house import House
from datanets.refusals import Refusal

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]


def house_of(interaction: Interaction) -> House:
    """The connection's tools."""
    house: House = interaction.client.house
    return house


def pick(typed: str, offered: Iterable[tuple[str, str]]) -> Choices:
    """The (label, value) pairs that fit what was typed, those that begin with it first."""
    wanted = typed.strip().lower()
    fitting = [
        (label, value) for label, value in offered if wanted in label.lower() or wanted in value.lower()
    ]
    fitting.sort(key=lambda pair: not pair[0].lower().startswith(wanted))
    return [app_commands.Choice(name=label[:100], value=value[:100]) for label, value in fitting[:25]]


async def datanets(interaction: Interaction, typed: str) -> Choices:
    """Datanets of the community."""
    house = house_of(interaction)
    caller = await house.caller(interaction)
    return pick(typed, ((net.name, net.name) for net in await house.desk.nets.list(caller)))


async def bases(interaction: Interaction, typed: str) -> Choices:
    """Base models that a worker offers now."""
    house = house_of(interaction)
    try:
        offers = await house.core.workshop.bases()
    except Refusal:
        return []
    return pick(typed, ((f"{one.family} · {one.title}", one.id) for one in offers))


async def models(interaction: Interaction, typed: str) -> Choices:
    """Models of the community."""
    house = house_of(interaction)
    found = await house.desk.training.models(await house.caller(interaction))
    return pick(typed, ((f"{one.name} · {one.base_title}", one.name) for one in found))


async def runs(interaction: Interaction, typed: str) -> Choices:
    """Runs of the community, the newest first."""
    house = house_of(interaction)
    found = await house.desk.training.runs(await house.caller(interaction))
    return pick(typed, ((f"{one.model} · {one.state}", one.id) for one in found))
