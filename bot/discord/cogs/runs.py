"""/runs, /run, /models: what is being trained and what came of it."""

from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord import suggestions
from bot.discord.answering import Shown
from bot.discord.cards import runs as cards
from bot.discord.curve import draw
from bot.discord.house import House, Interaction
from bot.discord.routing import pressed
from bot.languages import tr


@app_commands.guild_only()
class Runs(commands.GroupCog, name="run", description="One run"):
    """Shows and stops runs."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("stop_run", self.press_stop)
        pressed("show_run", self.press_show)

    @app_commands.command(name=_("show"), description=_("One run with its loss curve"))
    @app_commands.describe(run=_("Which run"))
    @app_commands.autocomplete(run=suggestions.runs)
    async def show(self, interaction: Interaction, run: str) -> None:
        """Show one run."""
        await self.house.answering.reply(interaction, self._show(interaction, run))

    async def press_show(self, interaction: Interaction, run: str) -> None:
        """Show a run to oneself, as it is now."""
        await self.house.answering.reply(interaction, self._show(interaction, run))

    async def _show(self, interaction: Interaction, run: str) -> Shown:
        caller = await self.house.caller(interaction)
        facts = await self.house.desk.training.run(caller, run)
        return cards.run(facts, caller.locale, await draw(facts.curve))

    @app_commands.command(name=_("stop"), description=_("Stop a run and keep its best"))
    @app_commands.describe(run=_("Which run"))
    @app_commands.autocomplete(run=suggestions.runs)
    async def stop(self, interaction: Interaction, run: str) -> None:
        """Stop a run."""
        await self.house.answering.reply(interaction, self._stop(interaction, run))

    async def press_stop(self, interaction: Interaction, run: str) -> None:
        """Stop a run from its message, which the announcer then draws anew."""
        await self.house.answering.reply(interaction, self._stop(interaction, run))

    async def _stop(self, interaction: Interaction, run: str) -> Shown:
        caller = await self.house.caller(interaction)
        facts = await self.house.desk.training.stop(caller, run)
        return Shown(tr(caller.locale, "**{model}** stops; its best checkpoint is kept.", model=facts.model))


class Shelf(commands.Cog):
    """Lists runs and models."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("show_model", self.press_model)

    @app_commands.command(name=_("runs"), description=_("The latest runs"))
    @app_commands.guild_only()
    async def runs(self, interaction: Interaction) -> None:
        """List the latest runs."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.runs(await self.house.desk.training.runs(caller, 15), caller.locale)

        await self.house.answering.reply(interaction, work())

    @app_commands.command(name=_("models"), description=_("Every model of this community"))
    @app_commands.guild_only()
    async def models(self, interaction: Interaction) -> None:
        """List the models."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.models(await self.house.desk.training.models(caller), caller.locale)

        await self.house.answering.reply(interaction, work())

    async def press_model(self, interaction: Interaction, model: str) -> None:
        """Show one model's card."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.model(await self.house.desk.training.model(caller, model), caller.locale)

        await self.house.answering.reply(interaction, work())
