"""Fetches updates and keeps each one before Telegram is told that it arrived."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.telegram.client import Client
from bot.telegram.delivery import pause_of

log = logging.getLogger(__name__)

Keep = Callable[[list[dict[str, Any]]], Awaitable[None]]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A second bot on the same token, or a refused token, needs a person; asking every second helps nobody.
PERSON_PAUSE = 5.0


class Poller:
    """Long polling that no answer can end: every failure is logged, waited out and tried again."""

    def __init__(self, client: Client, keep: Keep) -> None:
        self.client, self.keep = client, keep
        self.answered_at = 0.0
        self.trouble = ""
        self.person_pause = PERSON_PAUSE
        self._offset: int | None = None
        self._pause = FIRST_PAUSE

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                updates = await self.client.fetch(self._offset)
                if updates:
                    await self.keep(updates)
                    self._offset = max(_number(update) for update in updates) + 1
            except (TelegramError, OSError) as broken:
                await asyncio.sleep(self._after(broken))
            else:
                self.answered_at = asyncio.get_running_loop().time()
                self.trouble, self._pause = "", FIRST_PAUSE

    def _after(self, broken: Exception) -> float:
        """Note the trouble and return the seconds to wait."""
        self.trouble = type(broken).__name__
        if isinstance(broken, RetryAfter):
            return pause_of(broken)
        if isinstance(broken, Conflict):
            log.error("another bot polls with the same token or a webhook is set: stop one of them")
            return self.person_pause
        if isinstance(broken, InvalidToken):
            log.error("Telegram refuses the token; trying again")
        else:
            log.warning("polling failed: %s", self.trouble)
        pause, self._pause = self._pause, min(self._pause * 1.7, LONGEST_PAUSE)
        return pause


def _number(update: dict[str, Any]) -> int:
    return int(update["update_id"])
