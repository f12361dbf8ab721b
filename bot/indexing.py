"""`potluck index`: one refresh of the library, now; a running bot takes it over by itself."""

from bot.config import BotSettings
from bot.desk.asking import open_library
from bot.desk.serving import Serving
from datanets.core import Core
from knowledge.opening import close_books
from migrations.upgrade import prepare


async def refresh(settings: BotSettings) -> list[str]:
    """Refresh every book and return a line about each."""
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    serving = Serving.open(core.workshop, settings)
    library = open_library(settings, serving, core.clock)
    try:
        await library.open()
        done = await library.refresh()
    finally:
        await close_books(library.books)
        library.close()
        await serving.close()
        await core.close()
    return [
        one.problem
        or f"{one.book}: {one.listed} pages, {one.read} read, {one.unchanged} unchanged, "
        f"{one.removed} removed, {one.embedded} passages embedded"
        for one in done
    ] or ["There is no library: set POTLUCK_GITBOOK_URL."]
