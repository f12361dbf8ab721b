"""The command menus: seven at most a scope, for members, validators and private chats, in both languages."""

import logging

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.telegram.client import Client

log = logging.getLogger(__name__)

TITLES = {
    "contribute": ("Hand in a file", "Eine Datei beitragen"),
    "mine": ("What became of your files", "Was aus deinen Dateien wurde"),
    "quota": ("What is left today", "Was heute noch übrig ist"),
    "review": ("Vote on what waits", "Über Wartendes abstimmen"),
    "datanet": ("Datanets of this community", "Datanets dieser Gemeinschaft"),
    "finetune": ("Train a model", "Ein Modell trainieren"),
    "models": ("Models to talk to", "Modelle zum Reden"),
    "ask": ("Ask the library", "Die Bibliothek fragen"),
    "setup": ("Check rights and choose settings", "Rechte prüfen, Einstellungen wählen"),
    "leaderboard": ("Who brought the best", "Wer das Beste brachte"),
    "help": ("What I can do", "Was ich kann"),
}
MEMBERS = ("contribute", "quota", "datanet", "models", "ask", "leaderboard", "help")
VALIDATORS = ("review", "contribute", "datanet", "finetune", "models", "setup", "help")
PRIVATE = ("contribute", "mine", "quota", "review", "models", "ask", "help")
SCOPES: tuple[tuple[BotCommandScope, tuple[str, ...]], ...] = (
    (BotCommandScopeDefault(), MEMBERS),
    (BotCommandScopeAllGroupChats(), MEMBERS),
    (BotCommandScopeAllChatAdministrators(), VALIDATORS),
    (BotCommandScopeAllPrivateChats(), PRIVATE),
)


async def publish(client: Client) -> None:
    """Set every menu; the bot works without them, so a refusal is only logged."""
    for scope, names in SCOPES:
        for column, language in ((0, None), (1, "de")):
            commands = [BotCommand(name, TITLES[name][column]) for name in names]
            try:
                await client.set_my_commands(commands, scope=scope, language_code=language)
            except TelegramError as no:
                log.warning("menu not set: %s", no.message)
