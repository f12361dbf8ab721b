"""/setup: channels and roles by select, and a test that names every missing right."""

from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord import convert
from bot.discord.answering import Shown
from bot.discord.cards.pieces import AMBER, GREEN, add, card
from bot.discord.house import House, Interaction
from bot.discord.language import tr
from bot.discord.rooms import channel_for
from bot.discord.routing import Live, key, picked, pressed, view
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


class Setup(commands.Cog):
    """Keeps what an admin chose for a server."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("setup", self.choose)

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

    async def choose(self, interaction: Interaction, what: str) -> None:
        """Take a channel or a role over; nothing picked takes the choice away."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            place = await self.house.desk.setup.change(caller, {what: picked(interaction) or None})
            self.house.changed(place)
            self.house.reconciler.wanted.set()
            return self._drawn(interaction, place, caller.locale)

        await self.house.answering.update(interaction, work())

    def _drawn(self, interaction: Interaction, place: PlaceView, locale: str) -> Shown:
        guild = interaction.guild
        missing = self_test(guild, place, locale) if guild else []
        content = self.house.client.intents.message_content
        members = self.house.client.intents.members
        embed = card(tr(locale, "Set-up"), colour=AMBER if missing else GREEN)
        found = "\n".join(missing) or tr(locale, "Nothing is missing.")
        add(embed, locale, "Rights", found, inline=False)
        comfort = []
        if not content:
            comfort.append(
                tr(locale, "Message Content intent is off: in threads I only hear messages that mention me.")
            )
        if not members:
            comfort.append(
                tr(locale, "Server Members intent is off: I learn who validates only when they act.")
            )
        add(embed, locale, "At Discord's developer portal", "\n".join(comfort), inline=False)
        return Shown(embed=embed, view=view(*self._selects(place, locale)))

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
    found = []
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
