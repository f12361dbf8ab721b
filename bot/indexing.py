"""`potluck index`: one refresh of the library, now; a running bot takes it over by itself."""

from collections.abc import Iterator

from bot import wording
from bot.config import BotSettings
from bot.desk.asking import open_library
from bot.desk.serving import Serving
from datanets.core import Core
from knowledge.facts import Refreshed
from knowledge.opening import close_books
from migrations.upgrade import prepare


async def refresh(settings: BotSettings, *, believe: bool = False) -> list[Refreshed]:
    """Refresh every book; with `believe` pages go even where a list looks broken."""
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    serving = Serving.open(core.workshop, settings)
    library = open_library(settings, serving, core.clock)
    try:
        await library.open()
        return await library.refresh(believe=believe)
    finally:
        await close_books(library.books)
        library.close()
        await serving.close()
        await core.close()


def lines(books: list[Refreshed]) -> Iterator[str]:
    """Say of each book what was done, and what stands in the way."""
    for one in books:
        yield (
            f"{one.book}: {one.listed} pages, {one.read} read, {one.unchanged} unchanged, "
            f"{one.removed} removed, {one.failed} failed, {one.embedded} passages embedded"
        )
        if one.problem:
            yield f"  {wording.trouble(one.problem)}"
            yield f"  {one.detail or one.problem}"
    if not books:
        yield "There is no library: set POTLUCK_GITBOOK_URL."
