"""/finetune as a panel: every choice, what it will cost, and the start."""

from collections.abc import Mapping
from typing import Any

from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.desk.finetune import CheckedPlan, TrainingPlan
from bot.discord import routing, suggestions
from bot.discord.answering import Shown
from bot.discord.cards import finetune as panels
from bot.discord.convert import MODELS_CHANNEL
from bot.discord.forms import Filled
from bot.discord.house import House, Interaction
from bot.discord.rooms import channel_for
from bot.discord.routing import pressed, submitted
from bot.languages import tr
from datanets.facts import Caller
from datanets.presets import Preset
from datanets.recipe import Method
from datanets.refusals import NotAllowed, NotFound, Refusal

PRESETS = [app_commands.Choice(name=_(preset.value.title()), value=preset.value) for preset in Preset]
METHODS = [
    app_commands.Choice(name=title, value=method.value) for method, (title, _text) in panels.METHODS.items()
]
USE_CASE = "finetune"


class Finetune(commands.Cog):
    """Fills in a plan step by step; the draft lies in the database, so a restart loses nothing."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("finetune", self.open_panel)
        pressed("ft_pick", self.pick)
        pressed("ft_fields", self.open_fields)
        pressed("ft_start", self.start)
        pressed("ft_cancel", self.cancel)
        submitted("ft_fields", self.take_fields)

    @app_commands.command(name=_("finetune"), description=_("Train a model on a datanet"))
    @app_commands.guild_only()
    @app_commands.describe(
        datanet=_("Which datanet"),
        base=_("Which base model"),
        preset=_("Taste, Normal or Thorough"),
        method=_("LoRA or QLoRA"),
        learning_rate=_("How far each step moves"),
        epochs=_("How often every example is read"),
        batch_size=_("Examples a step"),
        rank=_("Size of the adapter"),
        max_length=_("Tokens kept of one example"),
        continue_from=_("The model to make better"),
    )
    @app_commands.choices(preset=PRESETS, method=METHODS)
    @app_commands.autocomplete(
        datanet=suggestions.datanets, base=suggestions.bases, continue_from=suggestions.models
    )
    async def finetune(
        self,
        interaction: Interaction,
        datanet: str,
        base: str = "",
        preset: str = Preset.NORMAL.value,
        method: str = Method.LORA.value,
        learning_rate: float | None = None,
        epochs: app_commands.Range[int, 1, 20] | None = None,
        batch_size: app_commands.Range[int, 1, 64] | None = None,
        rank: app_commands.Range[int, 1, 128] | None = None,
        max_length: app_commands.Range[int, 32, 4096] | None = None,
        continue_from: str = "",
    ) -> None:
        """Open the panel with what was given."""
        given = {
            "learning_rate": learning_rate,
            "epochs": epochs,
            "batch_size": batch_size,
            "rank": rank,
            "max_length": max_length,
        }
        values = {
            "datanet": datanet,
            "base": base,
            "preset": preset,
            "method": method,
            "continue_from": continue_from,
            "fields": {name: value for name, value in given.items() if value is not None},
        }
        await self.house.answering.reply(interaction, self._begin(interaction, values))

    async def open_panel(self, interaction: Interaction, datanet: str) -> None:
        """Open the panel from a card."""
        await self.house.answering.reply(interaction, self._begin(interaction, {"datanet": datanet}))

    async def _begin(self, interaction: Interaction, values: Mapping[str, Any]) -> Shown:
        caller = await self.house.caller(interaction)
        choices = await self.house.desk.finetune.choices(caller)
        net = await self.house.desk.nets.show(caller, str(values["datanet"]))
        ready = [one for one in choices.bases if one.ready] or list(choices.bases)
        filled = {
            "preset": Preset.NORMAL.value,
            "method": Method.LORA.value,
            "release": None,
            "continue_from": "",
            "fields": {},
            **values,
            "datanet": net.name,
            "base": values.get("base") or (ready[0].id if ready else ""),
        }
        if filled["continue_from"] and not values.get("base"):
            parent = await self.house.desk.training.model(caller, str(filled["continue_from"]))
            filled["base"] = parent.recipe.base
        actor = await self.house.desk.people.actor(caller)
        draft = await self.house.core.drafts.open(actor.place, actor.member, USE_CASE, filled)
        return await self._panel(caller, draft.id, draft.values)

    async def _panel(self, caller: Caller, draft: str, values: Mapping[str, Any], trouble: str = "") -> Shown:
        choices = await self.house.desk.finetune.choices(caller)
        releases = await self.house.desk.nets.list_releases(caller, values["datanet"])
        outcome: CheckedPlan | str
        try:
            plan = await self._plan(caller, values)
            outcome = await self.house.desk.finetune.check(caller, plan)
        except Refusal as no:
            outcome = self.house.say(no, caller.locale)
            plan = await self._plan(caller, {**values, "fields": {}})
        return panels.panel(
            draft, plan, choices, releases, values["preset"], trouble or outcome, caller.locale
        )

    async def _plan(self, caller: Caller, values: Mapping[str, Any]) -> TrainingPlan:
        release = int(values["release"]) if values["release"] else None
        recipe = await self.house.desk.finetune.recipe(
            caller,
            values["datanet"],
            values["base"],
            values["preset"],
            values["method"],
            values["fields"],
            release=release,
        )
        return TrainingPlan(
            datanet=values["datanet"],
            recipe=recipe,
            release=release,
            continue_from=values["continue_from"],
        )

    async def _values(self, caller: Caller, draft: str) -> dict[str, Any]:
        found = await self.house.core.drafts.get(draft)
        if found is None:
            raise NotFound("draft", tr(caller.locale, "this panel"))
        actor = await self.house.desk.people.actor(caller)
        if found.member != actor.member:
            raise NotAllowed("owner", "train")
        return found.values

    async def _change(self, interaction: Interaction, draft: str, values: dict[str, Any]) -> Shown:
        caller = await self.house.caller(interaction)
        merged = {**await self._values(caller, draft), **values}
        await self.house.core.drafts.change(draft, values)
        return await self._panel(caller, draft, merged)

    async def pick(self, interaction: Interaction, draft: str, what: str) -> None:
        """Take a choice from one of the selects."""
        picked = routing.picked(interaction)
        values: dict[str, Any] = {what: picked}
        if what == "preset":
            # A preset fills every field, so what was typed before it is gone.
            values["fields"] = {}
        await self.house.answering.update(interaction, self._change(interaction, draft, values))

    async def open_fields(self, interaction: Interaction, draft: str, page: str) -> None:
        """Open a form with five fields."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            values = await self._values(caller, draft)
            usual = await self._plan(caller, {**values, "fields": {}})
            filled = usual.recipe.as_dict() | dict(values["fields"])
            await panels.fields(draft, int(page), filled, caller.locale).open(interaction)

        await self.house.answering.run(interaction, work())

    async def take_fields(self, interaction: Interaction, filled: Filled, draft: str, page: str) -> None:
        """Take the fields that differ from the preset's."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            values = await self._values(caller, draft)
            usual = (await self._plan(caller, {**values, "fields": {}})).recipe.as_dict()
            said = {**values["fields"], **panels.changed(filled, int(page), usual)}
            fields = {name: value for name, value in said.items() if value is not None}
            return await self._change(interaction, draft, {"fields": fields})

        await self.house.answering.update(interaction, work())

    async def start(self, interaction: Interaction, draft: str) -> None:
        """Queue the run; pressing twice queues one."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            values = await self._values(caller, draft)
            plan = await self._plan(caller, values)
            await self.house.desk.finetune.check(caller, plan)
            if not await self.house.core.drafts.close(draft):
                raise NotFound("draft", tr(caller.locale, "this panel"))
            try:
                run = await self.house.desk.finetune.start(caller, plan)
            except Refusal as no:
                # The budget or another run stood in the way: the panel must stay usable.
                actor = await self.house.desk.people.actor(caller)
                again = await self.house.core.drafts.open(actor.place, actor.member, USE_CASE, values)
                return await self._panel(caller, again.id, values, self.house.say(no, caller.locale))
            said = tr(caller.locale, "**{model}** is on its way.", model=run.model)
            settings = await self.house.settings(interaction.guild, interaction.user)
            channel = channel_for(interaction.guild, MODELS_CHANNEL, settings) if interaction.guild else None
            if channel is not None:
                where = channel.mention
                said += " " + tr(caller.locale, "Its progress is in {channel}.", channel=where)
            return Shown(said)

        await self.house.answering.update(interaction, work())

    async def cancel(self, interaction: Interaction, draft: str) -> None:
        """Throw the panel away."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            await self._values(caller, draft)
            await self.house.core.drafts.close(draft)
            return Shown(tr(caller.locale, "Nothing was started."))

        await self.house.answering.update(interaction, work())
