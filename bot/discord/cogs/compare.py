"""/compare: two models answer blind, somebody picks the better one."""

from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord import suggestions
from bot.discord.answering import Shown
from bot.discord.cards import chat as cards
from bot.discord.forms import Filled
from bot.discord.house import House, Interaction
from bot.discord.routing import pressed, submitted


class Compare(commands.Cog):
    """Asks two models the same and keeps which answer was better."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("pick", self.pick)
        pressed("compare_with", self.open_compare)
        submitted("compare", self.take_compare)

    @app_commands.command(name=_("compare"), description=_("Two models answer blind, you pick the better"))
    @app_commands.guild_only()
    @app_commands.describe(first=_("One model"), second=_("The other model"), question=_("What to ask both"))
    @app_commands.autocomplete(first=suggestions.models, second=suggestions.models)
    async def compare(
        self, interaction: Interaction, first: str, second: str, question: app_commands.Range[str, 1, 1000]
    ) -> None:
        """Let two models answer."""
        work = self._compare(interaction, first, second, question)
        await self.house.answering.reply(interaction, work, private=False, slow=True)

    async def _compare(self, interaction: Interaction, first: str, second: str, question: str) -> Shown:
        caller = await self.house.caller(interaction)
        facts = await self.house.desk.compare.ask(caller, first, second, question)
        return cards.comparison(facts, caller.locale)

    async def open_compare(self, interaction: Interaction, model: str) -> None:
        """Open the form for a comparison from a model's card."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            await cards.compare_form(model, caller.locale).open(interaction)

        await self.house.answering.run(interaction, work())

    async def take_compare(self, interaction: Interaction, filled: Filled, model: str) -> None:
        """Compare what the form says."""
        work = self._compare(interaction, model, filled.text("second"), filled.text("question"))
        await self.house.answering.reply(interaction, work, private=False, slow=True)

    async def pick(self, interaction: Interaction, comparison: str, side: str) -> None:
        """Choose one side; only the person who chose learns the names."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.picked(
                await self.house.desk.compare.pick(caller, comparison, side == "left"), caller.locale
            )

        await self.house.answering.reply(interaction, work())
