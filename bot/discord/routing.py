"""Buttons, selects and forms by what their custom id says: `version:verb:arguments`.

Nothing of them waits in memory, so that they outlive the bot. The id is never trusted: whoever
handles it asks the desk again.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import discord
from discord import ui

from bot.discord.forms import Filled

Handler = Callable[..., Awaitable[None]]
#: Changes when the meaning of ids does; what carries another one says that it is out of date.
VERSION = "p1"


class Outdated(Exception):
    """What was pressed belongs to a bot of another version."""


PRESSES: dict[str, Handler] = {}
SUBMITS: dict[str, Handler] = {}


def key(verb: str, *arguments: object) -> str:
    """Build a custom id; at most 100 characters."""
    built = ":".join((VERSION, verb, *map(str, arguments)))
    if len(built) > 100:
        raise ValueError(f"{verb} carries too much: {len(built)} characters")
    return built


class Live(ui.DynamicItem[ui.Item[Any]], template=r"p\d+:(?P<verb>[a-z_]+)(?::(?P<rest>.*))?"):
    """Any button or select of ours, also one that a bot before this one has sent."""

    def __init__(self, item: ui.Item[Any], verb: str = "", rest: str = "") -> None:
        super().__init__(item)
        self.verb = verb
        self.rest = rest

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the id back."""
        return cls(item, match["verb"], match["rest"] or "")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press to whoever handles its verb."""
        handler = PRESSES.get(self.verb) if is_ours(interaction) else None
        arguments = self.rest.split(":") if self.rest else []
        await answered(interaction, handler(interaction, *arguments) if handler else outdated())


def pressed(verb: str, handler: Handler) -> None:
    """Handle buttons and selects of a verb; arguments follow the interaction."""
    PRESSES[verb] = handler


def submitted(verb: str, handler: Handler) -> None:
    """Handle forms of a verb; what was filled in and the arguments follow the interaction."""
    SUBMITS[verb] = handler


async def route_form(interaction: discord.Interaction[Any]) -> None:
    """Hand a submitted form to its handler; forms are read from the wire, since no bot remembers them."""
    data: Any = interaction.data
    match = Live.__discord_ui_compiled_template__.fullmatch(data["custom_id"])
    handler = SUBMITS.get(match["verb"]) if match and is_ours(interaction) else None
    arguments = match["rest"].split(":") if match and match["rest"] else []
    filled = Filled.read(interaction)
    await answered(interaction, handler(interaction, filled, *arguments) if handler else outdated())


async def answered(interaction: discord.Interaction[Any], work: Awaitable[None]) -> None:
    """Do the work; what it did not expect is answered too, since Discord would only say that it failed."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the last boundary of components
        await interaction.client.house.answering.tell(interaction, error)


async def outdated() -> None:
    """Refuse what a bot of another version has sent."""
    raise Outdated


def is_ours(interaction: discord.Interaction[Any]) -> bool:
    """Whether an id is of the version that this bot writes."""
    data: Any = interaction.data
    return str(data["custom_id"]).startswith(f"{VERSION}:")


def picked(interaction: discord.Interaction[Any]) -> str:
    """The first value that was picked from a select, or nothing."""
    data: Any = interaction.data or {}
    values = data.get("values") or [""]
    return str(values[0])


def button(
    label: str,
    verb: str,
    *arguments: object,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    emoji: str | None = None,
    disabled: bool = False,
    row: int | None = None,
) -> Live:
    """A button that outlives the bot."""
    inner = ui.Button[Any](
        label=label,
        custom_id=key(verb, *arguments),
        style=style,
        emoji=emoji,
        disabled=disabled,
        row=row,
    )
    return Live(inner)


def view(*items: ui.Item[Any]) -> ui.View:
    """A message's rows of components."""
    built = ui.View(timeout=None)
    for item in items:
        built.add_item(item)
    return built
