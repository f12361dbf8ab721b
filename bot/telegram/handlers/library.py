"""The library, for admins: its state, what it did not answer, reading it again."""

from bot.telegram.cards import library as cards
from bot.telegram.front import Handler
from bot.telegram.lanes import afterwards
from bot.telegram.visit import Visit


async def library(visit: Visit) -> None:
    """Show how fresh the books are and what they did not answer this week."""
    digest = await visit.desk.ask.digest(visit.who)
    await visit.show(cards.library(visit.desk.ask.state(), digest, visit.words, visit.owner))


async def reread(visit: Visit) -> None:
    """Read the books again; other presses of the same person do not wait for it."""
    await visit.toast("⏳")
    afterwards(_reread(visit))


async def _reread(visit: Visit) -> None:
    try:
        books = await visit.desk.ask.refresh(visit.who)
        await visit.reply(cards.refreshed(books, visit.words))
    except Exception as problem:  # noqa: BLE001 - explained like any other handler's
        await visit.room.front.explain(visit, problem)


COMMANDS: dict[str, Handler] = {}
PRESSES: dict[str, Handler] = {"library": library, "reread": reread}
