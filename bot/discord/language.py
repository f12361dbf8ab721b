"""The names and descriptions of commands in the languages that Discord shows them in."""

import discord
from discord import app_commands

from bot.languages import catalogue, language_of

CONTEXTS = app_commands.TranslationContextLocation


class Translator(app_commands.Translator):
    """Gives Discord the names and descriptions of commands in the other languages."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the translation, or None to leave the English one."""
        words = catalogue(language_of(locale))
        if context.location in (
            CONTEXTS.command_name,
            CONTEXTS.group_name,
            CONTEXTS.parameter_name,
        ):
            return words.get(f"name:{string.message}")
        return words.get(string.message)
