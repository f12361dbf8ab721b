"""Buttons, selects and forms by what their custom id says: `p1:verb:arguments`, so that they outlive the bot.

Nothing of them waits in memory. The id is never trusted: whoever handles it asks the desk again.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import discord
from discord import ui

from bot.discord.forms import Filled

Handler = Callable[..., Awaitable[None]]
PRESSES: dict[str, Handler] = {}
SUBMITS: dict[str, Handler] = {}


def key(verb: str, *arguments: object) -> str:
    """Build a custom id; at most 100 characters."""
    built = ":".join(("p1", verb, *map(str, arguments)))
    if len(built) > 100:
        raise ValueError(f"{verb} carries too much: {len(built)} characters")
    return built


class Live(ui.DynamicItem[ui.Item[Any]], template=r"p1:(?P<verb>[a-z_]+)(?::(?P<rest>.*))?"):
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
        handler = PRESSES.get(self.verb)
        if handler is not None:
            await handler(interaction, *(self.rest.split(":") if self.rest else ()))


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
    handler = SUBMITS.get(match["verb"]) if match else None
    if match and handler is not None:
        rest = match["rest"]
        filled = Filled.read(interaction)
        await handler(interaction, filled, *(rest.split(":") if rest else ()))


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
