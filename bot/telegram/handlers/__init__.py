"""One module a use case: convert, call the desk, draw."""

from bot.telegram.front import Handler
from bot.telegram.handlers import (
    ask,
    compare,
    contribute,
    finetune,
    library,
    nets,
    people,
    runs,
    setup,
    start,
    talk,
    votes,
)

MODULES = (ask, compare, contribute, finetune, library, nets, people, runs, setup, start, talk, votes)
# The commands of the one table that every platform offers.
COMMANDS: dict[str, Handler] = {name: handler for one in MODULES for name, handler in one.COMMANDS.items()}
# What only Telegram has: its Start button, and a way to stop a reply that carries no button.
EXTRA: dict[str, Handler] = {**start.EXTRA, **talk.EXTRA}
PRESSES: dict[str, Handler] = {verb: handler for one in MODULES for verb, handler in one.PRESSES.items()}
# These work in a private chat that belongs to no group yet.
OPEN_TO_ALL = {"start", "help", "hello", "home", "lang"}
