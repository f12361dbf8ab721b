"""/help, /link, /privacy, /forget: what concerns the person who asks."""

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import wording
from bot.discord.answering import Shown
from bot.discord.cards.pieces import card
from bot.discord.forms import Filled, Form
from bot.discord.house import House, Interaction
from bot.discord.routing import button, key, pressed, submitted, view
from bot.languages import tr, trn

EVERYWHERE = {"guilds": True, "dms": True, "private_channels": False}


class People(commands.Cog):
    """Explains Potluck, joins accounts, shows and deletes what is kept."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("forget", self.open_forget)
        submitted("forget", self.forget_now)

    @app_commands.command(name=_("help"), description=_("What Potluck does and how to begin"))
    @app_commands.allowed_contexts(**EVERYWHERE)
    async def help(self, interaction: Interaction) -> None:
        """Say what Potluck does, with commands that can be pressed."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            text = self.house.explainer.mentions.within(wording.help_text(caller.locale))
            return Shown(embed=card("🍲 Potluck", text))

        await self.house.answering.reply(interaction, work())

    @app_commands.command(name=_("link"), description=_("Join your accounts on two platforms"))
    @app_commands.allowed_contexts(**EVERYWHERE)
    @app_commands.describe(code=_("The code from the other side"))
    async def link(self, interaction: Interaction, code: str = "") -> None:
        """Give out a code, or take one."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            if code:
                await self.house.desk.people.link(caller, code)
                return Shown(
                    tr(caller.locale, "Linked: one quota, one ballot, one standing for both accounts.")
                )
            fresh = await self.house.desk.people.link_code(caller)
            return Shown(
                tr(
                    caller.locale,
                    "Your code is `{code}`, good for ten minutes. Type `/link {code}` on the other platform.",
                    code=fresh,
                )
            )

        await self.house.answering.reply(interaction, work())

    @app_commands.command(name=_("privacy"), description=_("What is kept about you, as a file"))
    @app_commands.allowed_contexts(**EVERYWHERE)
    async def privacy(self, interaction: Interaction) -> None:
        """Send everything that is kept about the person."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            data = await self.house.desk.people.export(caller)
            text = tr(caller.locale, "This is all that is kept about you.")
            gone = button(tr(caller.locale, "Delete it"), "forget", style=discord.ButtonStyle.danger)
            return Shown(text, view=view(gone), picture=data, picture_name="potluck.json")

        await self.house.answering.reply(interaction, work(), slow=True)

    @app_commands.command(name=_("forget"), description=_("Delete your files and words"))
    @app_commands.allowed_contexts(**EVERYWHERE)
    async def forget(self, interaction: Interaction) -> None:
        """Ask once more, then delete."""
        await self.open_forget(interaction)

    async def open_forget(self, interaction: Interaction) -> None:
        """Ask for a tick before anything is deleted."""

        async def work() -> None:
            locale = (await self.house.caller(interaction)).locale
            built = Form(tr(locale, "Delete everything of mine"), key("forget"))
            built.note(
                tr(
                    locale,
                    "Your files and words are deleted in every community and stay out of later releases. "
                    "A model that has learned from them cannot unlearn. This cannot be undone.",
                )
            )
            await built.tick("sure", tr(locale, "Yes, delete it")).open(interaction)

        await self.house.answering.run(interaction, work())

    async def forget_now(self, interaction: Interaction, filled: Filled) -> None:
        """Delete."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            if not filled.ticked("sure"):
                return Shown(tr(caller.locale, "Nothing was deleted."))
            gone = await self.house.desk.people.forget(caller)
            return Shown(
                tr(
                    caller.locale,
                    "Deleted: {files}, {messages}. Later releases leave them out.",
                    files=trn(caller.locale, gone.contributions, "{n} file", "{n} files"),
                    messages=trn(caller.locale, gone.messages, "{n} message", "{n} messages"),
                )
            )

        await self.house.answering.reply(interaction, work(), slow=True)
