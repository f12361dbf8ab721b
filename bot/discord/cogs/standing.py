"""/quota, /leaderboard, /credit: where somebody stands."""

from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord.answering import Shown
from bot.discord.cards import standing as cards
from bot.discord.house import House, Interaction


class Standing(commands.Cog):
    """Reads a member's quota, place and credit."""

    def __init__(self, house: House) -> None:
        self.house = house

    @app_commands.command(name=_("quota"), description=_("What you may still hand in today"))
    async def quota(self, interaction: Interaction) -> None:
        """Show what is left before a limit bites."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.quota(await self.house.desk.contribute.quota(caller), caller.locale)

        await self.house.answering.reply(interaction, work())

    @app_commands.command(name=_("leaderboard"), description=_("Who brought the best"))
    @app_commands.describe(season=_("This season, or all time"))
    @app_commands.choices(
        season=[
            app_commands.Choice(name=_("This season"), value="season"),
            app_commands.Choice(name=_("All time"), value="all"),
        ]
    )
    async def leaderboard(self, interaction: Interaction, season: str = "season") -> None:
        """Show who brought the best."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            of_season = season == "season"
            rows = await self.house.desk.rankings.leaderboard(caller, season=of_season)
            many = len(rows) > cards.SHOWN_ROWS
            own = await self.house.desk.rankings.place_of(caller, season=of_season) if many else None
            return cards.leaderboard(rows, own, of_season, caller.locale)

        await self.house.answering.reply(interaction, work(), private=False)

    @app_commands.command(name=_("credit"), description=_("What your accepted work has earned"))
    async def credit(self, interaction: Interaction) -> None:
        """Show the balance with its latest lines."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.credit(await self.house.desk.rankings.credit(caller), caller.locale)

        await self.house.answering.reply(interaction, work())
