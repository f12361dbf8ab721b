"""/setup: channels and roles by select, and a test that names every missing right."""

from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord import convert
from bot.discord.answering import Shown
from bot.discord.cards import operating as cards
from bot.discord.cards.pieces import AMBER, GREEN, add, card
from bot.discord.forms import Filled
from bot.discord.house import House, Interaction
from bot.discord.rooms import channel_for, states_rights
from bot.discord.routing import Live, key, picked, pressed, submitted, view
from bot.languages import tr
from datanets.facts import PlaceView

CHANNELS = {
    convert.REVIEW_CHANNEL: "Channel for reviews",
    convert.MODELS_CHANNEL: "Channel for runs and models",
    convert.INBOX_CHANNEL: "Channel whose files are contributions (optional)",
}
ROLES = {convert.VALIDATOR_ROLE: "Role of validators", convert.TRAINER_ROLE: "Role of who may train"}

#: Right, and what fails without it.
NEEDED: dict[str, tuple[tuple[str, str], ...]] = {
    convert.REVIEW_CHANNEL: (
        ("view_channel", "see the channel"),
        ("send_messages", "post cards"),
        ("embed_links", "show cards"),
        ("attach_files", "show previews"),
        ("add_reactions", "offer 👍 and 👎"),
        ("read_message_history", "count votes cast while it was away"),
        ("manage_messages", "take away reactions that do not count"),
    ),
    convert.MODELS_CHANNEL: (
        ("view_channel", "see the channel"),
        ("send_messages", "post progress"),
        ("embed_links", "show cards"),
        ("attach_files", "show the loss picture"),
        ("read_message_history", "open threads under messages"),
        ("create_public_threads", "open a thread for each model"),
        ("send_messages_in_threads", "answer in threads"),
    ),
    convert.INBOX_CHANNEL: (
        ("view_channel", "see the channel"),
        ("send_messages", "answer"),
        ("read_message_history", "fetch files again"),
    ),
}

NO_CONTENT = (
    "Message Content intent is off: in threads I only hear who mentions me, "
    "and the channel for files stays silent."
)
NO_MEMBERS = "Server Members intent is off: I learn who validates only when they act."


class Setup(commands.Cog):
    """Keeps what an admin chose for a server."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("setup", self.choose)
        pressed("test_again", self.test_again)
        pressed("place_code", self.place_code)
        pressed("join", self.open_join)
        pressed("refresh_library", self.refresh_library)
        pressed("digest", self.digest)
        submitted("join", self.join)

    @app_commands.command(
        name=_("setup"), description=_("Choose channels and roles, and test what is missing")
    )
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def setup(self, interaction: Interaction) -> None:
        """Show what is chosen and what is missing."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            # Nobody but an admin may see or change this, whatever the server's integration settings say.
            return self._drawn(interaction, await self.house.desk.setup.change(caller, {}), caller.locale)

        await self.house.answering.reply(interaction, work())
        await self.house.answering.run(interaction, self._offer_more(interaction))

    async def _offer_more(self, interaction: Interaction) -> None:
        """A message holds five rows and the choices take them all: the rest stands in a second one."""
        caller = await self.house.caller(interaction)
        if (await self.house.desk.people.actor(caller)).is_admin:
            shown = cards.more(caller.locale)
            await interaction.followup.send(**shown.fresh(), ephemeral=True)

    async def test_again(self, interaction: Interaction) -> None:
        """Look again at what is missing, after rights were changed at Discord."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return self._drawn(interaction, await self.house.desk.setup.show(caller), caller.locale)

        await self.house.answering.reply(interaction, work())

    async def place_code(self, interaction: Interaction) -> None:
        """Give out a code that joins another place to this community."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.place_code(await self.house.desk.people.place_code(caller), caller.locale)

        await self.house.answering.reply(interaction, work())

    async def open_join(self, interaction: Interaction) -> None:
        """Ask for the code of the community that this server joins."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            await cards.join_form(caller.locale).open(interaction)

        await self.house.answering.run(interaction, work())

    async def join(self, interaction: Interaction, filled: Filled) -> None:
        """Join this server to the community that the code came from."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            await self.house.desk.people.link_place(caller, filled.text("code"))
            self.house.changed(await self.house.desk.setup.show(caller))
            self.house.look_again.set()
            return Shown(tr(caller.locale, "This server belongs to that community now."))

        await self.house.answering.reply(interaction, work())

    async def refresh_library(self, interaction: Interaction) -> None:
        """Read the docs again now."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.refreshed(await self.house.desk.ask.refresh(caller), caller.locale)

        await self.house.answering.reply(interaction, work(), slow=True)

    async def digest(self, interaction: Interaction) -> None:
        """Show what the docs did not answer."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return cards.digest(await self.house.desk.ask.digest(caller), caller.locale)

        await self.house.answering.reply(interaction, work())

    async def choose(self, interaction: Interaction, what: str) -> None:
        """Take a channel or a role over; nothing picked takes the choice away."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            place = await self.house.desk.setup.change(caller, {what: picked(interaction) or None})
            self.house.changed(place)
            self.house.look_again.set()
            return self._drawn(interaction, place, caller.locale)

        await self.house.answering.update(interaction, work())

    def _drawn(self, interaction: Interaction, place: PlaceView, locale: str) -> Shown:
        guild = interaction.guild
        missing = self_test(guild, place, locale) if guild else []
        content = self.house.client.intents.message_content
        members = self.house.client.intents.members
        embed = card(tr(locale, "Set-up"), colour=AMBER if missing else GREEN)
        if guild:
            add(embed, locale, "As it is now", self._now(guild, place, locale), inline=False)
        found = "\n".join(missing) or tr(locale, "Nothing is missing.")
        add(embed, locale, "Rights", found, inline=False)
        comfort = []
        if not content:
            comfort.append(tr(locale, NO_CONTENT))
        if not members:
            comfort.append(tr(locale, NO_MEMBERS))
        add(embed, locale, "At Discord's developer portal", "\n".join(comfort), inline=False)
        return Shown(embed=embed, view=view(*self._selects(place, locale)))

    @staticmethod
    def _now(guild: discord.Guild, place: PlaceView, locale: str) -> str:
        """Where things go, also as long as nobody has chosen."""
        lines = []
        for what, title in CHANNELS.items():
            chosen = place.settings.get(what)
            # No channel takes files unless somebody marked it.
            is_open = chosen or what != convert.INBOX_CHANNEL
            channel = channel_for(guild, what, place.settings) if is_open else None
            lines.append(f"{tr(locale, title)}: {channel.mention if channel else '–'}")
        for what, title in ROLES.items():
            chosen = place.settings.get(what)
            named = convert.USUAL_ROLES[what].title()
            lines.append(f"{tr(locale, title)}: {f'<@&{chosen}>' if chosen else named}")
        return "\n".join(lines)

    @staticmethod
    def _selects(place: PlaceView, locale: str) -> list[ui.Item[Any]]:
        rows: list[ui.Item[Any]] = []
        for what, title in CHANNELS.items():
            chosen = place.settings.get(what)
            default = [discord.Object(int(chosen))] if chosen else []
            channels = ui.ChannelSelect[Any](
                custom_id=key("setup", what),
                placeholder=tr(locale, title),
                channel_types=[discord.ChannelType.text],
                min_values=0,
                default_values=[
                    discord.SelectDefaultValue(id=one.id, type=discord.SelectDefaultValueType.channel)
                    for one in default
                ],
            )
            rows.append(Live(channels))
        for what, title in ROLES.items():
            chosen = place.settings.get(what)
            roles = ui.RoleSelect[Any](
                custom_id=key("setup", what),
                placeholder=tr(locale, title),
                min_values=0,
                default_values=[discord.Object(int(chosen), type=discord.Role)] if chosen else [],
            )
            rows.append(Live(roles))
        return rows


def self_test(guild: discord.Guild, place: PlaceView, locale: str) -> list[str]:
    """Name every right that is missing, and what fails without it."""
    found: list[str] = []
    if not states_rights(guild):
        return found
    for what, needed in NEEDED.items():
        chosen = guild.get_channel(int(place.settings.get(what) or 0))
        if chosen is None and what == convert.INBOX_CHANNEL:
            continue
        channel = chosen or channel_for(guild, what, place.settings)
        if channel is None:
            found.append("❌ " + tr(locale, "There is no channel in which I may post."))
            continue
        rights = channel.permissions_for(guild.me)
        for right, use in needed:
            if not getattr(rights, right):
                name = right.replace("_", " ").title()
                told = tr(
                    locale,
                    "**{right}** in {channel}, to {use}",
                    right=name,
                    channel=channel.mention,
                    use=tr(locale, use),
                )
                found.append(f"❌ {told}")
    return found
