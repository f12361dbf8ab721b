"""/datanet: open, list, show, edit, release, export."""

from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.desk.export import pack
from bot.discord import suggestions
from bot.discord.answering import Shown
from bot.discord.cards import nets as cards
from bot.discord.forms import Filled, Form
from bot.discord.house import House, Interaction
from bot.discord.routing import key, pressed, submitted
from bot.languages import tr
from datanets.facts import DatanetView, Kind
from datanets.nets import DatanetEdit


@app_commands.guild_only()
class Nets(commands.GroupCog, name="datanet", description="Datanets: what this community collects"):
    """Opens and keeps datanets."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("edit_net", self.open_edit)
        pressed("release", self.press_release)
        submitted("edit_net", self.save_edit)

    async def _shown(self, interaction: Interaction, name: str) -> Shown:
        caller = await self.house.caller(interaction)
        net = await self.house.desk.nets.show(caller, name)
        releases = await self.house.desk.nets.list_releases(caller, net.id)
        return cards.datanet(net, releases, caller.locale)

    @app_commands.command(name=_("create"), description=_("Open a datanet"))
    @app_commands.describe(
        name=_("Small letters, digits and dashes"),
        kind=_("text, image or audio; never changes"),
        description=_("What it is for"),
        rules=_("What to hand in and what not"),
    )
    @app_commands.choices(
        kind=[app_commands.Choice(name=_(kind.value), value=kind.value) for kind in Kind],
    )
    async def create(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, 60],
        kind: str,
        description: app_commands.Range[str, 0, 500] = "",
        rules: app_commands.Range[str, 0, 1000] = "",
    ) -> None:
        """Open a datanet."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            edit = DatanetEdit(description=description or None, rules=rules or None)
            net = await self.house.desk.nets.create(caller, name, kind, edit)
            return cards.datanet(net, (), caller.locale)

        await self.house.answering.reply(interaction, work(), private=False)

    @app_commands.command(name=_("list"), description=_("All datanets"))
    async def list(self, interaction: Interaction) -> None:
        """List the datanets."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.datanets(await self.house.desk.nets.list(caller), caller.locale)

        await self.house.answering.reply(interaction, work())

    @app_commands.command(name=_("show"), description=_("One datanet with its rules and counts"))
    @app_commands.describe(datanet=_("Which datanet"))
    @app_commands.autocomplete(datanet=suggestions.datanets)
    async def show(self, interaction: Interaction, datanet: str) -> None:
        """Show one datanet."""
        await self.house.answering.reply(interaction, self._shown(interaction, datanet))

    @app_commands.command(name=_("edit"), description=_("Change a datanet that you own"))
    @app_commands.describe(
        datanet=_("Which datanet"),
        description=_("What it is for"),
        rules=_("What to hand in and what not"),
        tags=_("Words to find it by, separated by commas"),
        licence=_("The licence of what is handed in"),
        open=_("Whether it takes files"),
    )
    @app_commands.autocomplete(datanet=suggestions.datanets)
    async def edit(
        self,
        interaction: Interaction,
        datanet: str,
        description: app_commands.Range[str, 0, 500] | None = None,
        rules: app_commands.Range[str, 0, 1000] | None = None,
        tags: str | None = None,
        licence: str | None = None,
        open: bool | None = None,  # noqa: A002 - the option's name, as people read it
    ) -> None:
        """Change a datanet; without any value a form opens."""
        given = (description, rules, tags, licence, open)
        if all(value is None for value in given):
            await self.house.answering.run(interaction, self._form(interaction, datanet))
            return
        edit = DatanetEdit(description, rules, _tags(tags), licence, open)

        async def work() -> Shown:
            net = await self.house.desk.nets.edit(await self.house.caller(interaction), datanet, edit)
            return await self._shown(interaction, net.id)

        await self.house.answering.reply(interaction, work())

    async def open_edit(self, interaction: Interaction, datanet: str) -> None:
        """Open the form from a card."""
        await self.house.answering.run(interaction, self._form(interaction, datanet))

    async def _form(self, interaction: Interaction, datanet: str) -> None:
        caller = await self.house.caller(interaction)
        await _edit_form(await self.house.desk.nets.show(caller, datanet), caller.locale).open(interaction)

    async def save_edit(self, interaction: Interaction, filled: Filled, datanet: str) -> None:
        """Take the form over."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            edit = DatanetEdit(
                description=filled.text("description"),
                rules=filled.text("rules"),
                tags=_tags(filled.text("tags")),
                licence=filled.text("licence"),
                is_open=filled.ticked("open"),
            )
            net = await self.house.desk.nets.edit(caller, datanet, edit)
            return await self._shown(interaction, net.id)

        await self.house.answering.reply(interaction, work())

    @app_commands.command(name=_("release"), description=_("Freeze what was accepted, to train on"))
    @app_commands.describe(datanet=_("Which datanet"))
    @app_commands.autocomplete(datanet=suggestions.datanets)
    async def release(self, interaction: Interaction, datanet: str) -> None:
        """Freeze what was accepted."""
        await self.house.answering.reply(interaction, self._release(interaction, datanet), slow=True)

    async def _export(self, interaction: Interaction, datanet: str) -> Shown:
        caller = await self.house.caller(interaction)
        found, items = await self.house.desk.nets.newest_release(caller, datanet)
        packed = await pack(found, items, self.house.core.blobs, interaction.filesize_limit)
        community = (await self.house.desk.people.actor(caller)).community
        text = cards.exported(found, packed, community, caller.locale)
        return Shown(text, picture=packed.data, picture_name=packed.name)

    async def press_release(self, interaction: Interaction, datanet: str) -> None:
        """Release from a card."""
        await self.house.answering.reply(interaction, self._release(interaction, datanet), slow=True)

    async def _release(self, interaction: Interaction, datanet: str) -> Shown:
        caller = await self.house.caller(interaction)
        return cards.release(await self.house.desk.nets.release(caller, datanet), caller.locale)

    @app_commands.command(name=_("export"), description=_("The newest release with its dataset card"))
    @app_commands.describe(datanet=_("Which datanet"))
    @app_commands.autocomplete(datanet=suggestions.datanets)
    async def export(self, interaction: Interaction, datanet: str) -> None:
        """Send the newest release as one file."""
        await self.house.answering.reply(interaction, self._export(interaction, datanet), slow=True)


def _tags(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(filter(None, (tag.strip() for tag in text.split(","))))


def _edit_form(net: DatanetView, locale: str) -> Form:
    form = Form(tr(locale, "Edit {name}", name=net.name), key("edit_net", net.id))
    form.text("description", tr(locale, "Description"), value=net.description, required=False, most=500)
    form.text("rules", tr(locale, "House rules"), value=net.rules, required=False, long=True, most=1000)
    form.text("tags", tr(locale, "Tags"), value=", ".join(net.tags), required=False, most=200)
    form.text("licence", tr(locale, "Licence"), value=net.licence, most=100)
    return form.tick("open", tr(locale, "Takes files"), ticked=net.is_open)
