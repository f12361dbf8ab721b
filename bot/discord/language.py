"""The languages in which Potluck speaks on Discord: English, and German as a second one."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

CONTEXTS = app_commands.TranslationContextLocation


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return a language's sentences by their English ones; empty when there are none."""
    path = Path(__file__).parent / "languages" / f"{language}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def language_of(locale: discord.Locale | str | None) -> str:
    """`de` for `de`, `en` for `en-GB`."""
    return str(locale or "en").split("-")[0].lower()


def tr(locale: discord.Locale | str | None, english: str, **values: Any) -> str:
    """Say a sentence in a language; what is not translated is said in English."""
    said = catalogue(language_of(locale)).get(english, english)
    return said.format(**values) if values else said


def trn(locale: discord.Locale | str | None, count: int, one: str, many: str) -> str:
    """Say how many of something there are; `{n}` in the sentence is the number."""
    return tr(locale, one if count == 1 else many, n=f"{count:,}")


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
