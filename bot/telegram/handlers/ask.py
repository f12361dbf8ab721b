"""Plain language and `/ask`: the agent answers from the library, shows a state, or proposes a command."""

from bot.telegram.front import Handler
from bot.telegram.handlers import start
from bot.telegram.visit import Visit
from datanets.inbox import DraftView

DRAFT = "ask"


async def plain(visit: Visit) -> None:
    """Say what there is to do."""
    await start.show_help(visit)


async def continue_with_text(visit: Visit, draft: DraftView) -> None:
    """The question was written."""
    await visit.room.core.drafts.close(draft.id)
    await plain(visit)


COMMANDS: dict[str, Handler] = {"ask": plain}
PRESSES: dict[str, Handler] = {}
