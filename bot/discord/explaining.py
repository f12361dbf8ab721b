"""The one place where an exception becomes words: a refusal its sentence, anything else a ticket."""

import logging
from dataclasses import dataclass, field
from typing import Any

import discord
from discord import app_commands

from bot import wording
from bot.discord.answering import Shown
from bot.discord.mentions import Mentions
from bot.discord.routing import Outdated
from bot.languages import language_of, tr
from datanets.faults import Faults
from datanets.refusals import Refusal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Explaining:
    """Explains what went wrong, in the person's language."""

    faults: Faults
    mentions: Mentions = field(default_factory=Mentions)

    async def explain(self, error: Exception, interaction: discord.Interaction[Any]) -> Shown:
        """Return what the person is told; what nobody expected is kept under its ticket."""
        locale = language_of(interaction.locale)
        if isinstance(error, app_commands.CommandInvokeError):
            cause = error.original
            error = cause if isinstance(cause, Exception) else error
        if isinstance(error, Refusal):
            return Shown(f"⚠️ {self.refusal(error, locale)}")
        if isinstance(error, app_commands.MissingPermissions | app_commands.CheckFailure):
            return Shown("⚠️ " + tr(locale, "You may not do that here."))
        if isinstance(error, Outdated):
            return Shown("⚠️ " + tr(locale, "This is from before an update. Call the command again, please."))
        if isinstance(error, discord.Forbidden):
            return Shown(
                "⚠️ " + tr(locale, "I lack a right in that channel. An admin finds out which with /setup.")
            )
        return Shown(await self.ticket(error, _place(interaction), _what(interaction), locale))

    def pressable(self, shown: Shown) -> Shown:
        """Make the commands that an answer names ones that can be pressed."""
        shown.text = self.mentions.within(shown.text)
        return shown

    def refusal(self, no: Refusal, locale: str) -> str:
        """Return the sentence of a refusal."""
        return wording.refusal(no, locale)

    async def ticket(self, error: BaseException, place: str, where: str, locale: str) -> str:
        """Keep an unexpected error and return what is said about it."""
        ticket = await self.faults.record(place, where, error)
        log.error("ticket %s: %s failed", ticket, where, exc_info=error)
        return "🧯 " + wording.fault(ticket, locale)


def _place(interaction: discord.Interaction[Any]) -> str:
    return f"discord:{interaction.guild_id or 'direct'}"


def _what(interaction: discord.Interaction[Any]) -> str:
    command = interaction.command
    if command is not None:
        return command.qualified_name
    data: Any = interaction.data or {}
    return ":".join(str(data.get("custom_id", "interaction")).split(":")[:2])
