"""Small pieces of cards: sizes, times, bars, and texts cut to Discord's limits."""

from datetime import datetime

import discord

from bot.languages import tr

AMBER, GREEN, RED, GREY, BLUE = 0xE8A33D, 0x3BA55D, 0xD64545, 0x8A8F98, 0x4C7BD9

DESCRIPTION, FIELD, TITLE = 4096, 1024, 256


def soon(moment: datetime) -> str:
    """A time that every reader sees in their own zone: `in 3 hours`."""
    return discord.utils.format_dt(moment, "R")


def bar(share: float, width: int = 16) -> str:
    """A bar of blocks."""
    full = round(max(0.0, min(1.0, share)) * width)
    return "▰" * full + "▱" * (width - full)


def duration(seconds: float) -> str:
    """`1 h 05 min`, `3 min 20 s`, `8 s`."""
    whole = max(0, round(seconds))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole} s"


def cut(text: str, most: int) -> str:
    """At most so many characters, with a mark where something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Somebody's words without effect: no formatting, no mention."""
    return discord.utils.escape_mentions(discord.utils.escape_markdown(text))


def quote(text: str, most: int = 900) -> str:
    """Somebody's words in a quotation."""
    lines = plain(cut(text.strip(), most)).splitlines()
    return "\n".join(f"> {line}" for line in lines if line.strip())


def card(title: str, text: str = "", colour: int = BLUE) -> discord.Embed:
    """An embed within the limits."""
    return discord.Embed(
        title=cut(title, TITLE), description=cut(text, DESCRIPTION) or None, colour=discord.Colour(colour)
    )


def add(embed: discord.Embed, locale: object, name: str, value: str, *, inline: bool = True) -> None:
    """Add a field unless it would be empty or break the limit of 6,000 characters a message."""
    name = tr(str(locale), name)
    value = cut(value, FIELD)
    if value and len(embed) + len(name) + len(value) < 5900 and len(embed.fields) < 25:
        embed.add_field(name=name, value=value, inline=inline)
