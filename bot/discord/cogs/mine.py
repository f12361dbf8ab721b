"""/mine: what became of one's own files, one looked at closely, one taken back."""

from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord.answering import Shown
from bot.discord.cards import contributions as cards
from bot.discord.cards.reviews import verdict_letter
from bot.discord.house import House, Interaction
from bot.discord.routing import picked, pressed


class Mine(commands.Cog):
    """Lists a member's contributions."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("mine", self.turn_page)
        pressed("look", self.look)
        pressed("withdraw", self.withdraw)

    @app_commands.command(name=_("mine"), description=_("What became of your files"))
    @app_commands.guild_only()
    async def mine(self, interaction: Interaction) -> None:
        """List one's own contributions."""
        await self.house.answering.reply(interaction, self._mine(interaction, 0))

    async def turn_page(self, interaction: Interaction, page: str) -> None:
        """Turn a page of the list."""
        await self.house.answering.update(interaction, self._mine(interaction, max(0, int(page))))

    async def _mine(self, interaction: Interaction, page: int) -> Shown:
        caller = await self.house.caller(interaction)
        found = await self.house.desk.contribute.mine(caller, limit=11, skip=page * 10)
        return cards.mine(found[:10], page, len(found) > 10, caller.locale)

    async def look(self, interaction: Interaction) -> None:
        """Show one contribution with its context and its verdict."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            item = await self.house.desk.contribute.show(caller, picked(interaction))
            return cards.contribution(item, caller.locale)

        await self.house.answering.reply(interaction, work())

    async def withdraw(self, interaction: Interaction, contribution: str) -> None:
        """Take a contribution back."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            item = await self.house.desk.contribute.withdraw(caller, contribution)
            return verdict_letter(item, caller.locale)

        await self.house.answering.reply(interaction, work())
