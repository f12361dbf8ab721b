"""Makes one request arrive: what to try again, what to leave, and what counts as done already."""

import asyncio
import logging
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter

log = logging.getLogger(__name__)

# An edit that changes nothing has arrived already, for instance by the try before this one.
ARRIVED = ("message is not modified",)


@dataclass(frozen=True)
class Delivery:
    """Tries again after broken connections, error pages and passing refusals of the token."""

    tries: int = 6
    first_pause: float = 0.4
    longest_pause: float = 8.0

    async def deliver(self, call: Callable[[], Awaitable[Any]], endpoint: str) -> Any:
        """Return the result of `call`; raises what Telegram finally says.

        A connection that breaks before the answer leaves open whether a message was sent. It is sent
        again: seeing something twice is better than never, and everything that counts is kept by id.
        """
        pause = self.first_pause
        for _ in range(self.tries):
            try:
                return await call()
            except BadRequest as no:
                if any(words in no.message.lower() for words in ARRIVED):
                    return True
                raise
            except RetryAfter:
                raise
            except (NetworkError, InvalidToken) as broken:
                log.info("%s did not arrive (%s), again in %.1f s", endpoint, type(broken).__name__, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.longest_pause)
        return await call()


def pause_of(told: RetryAfter) -> float:
    """Return the seconds that Telegram asks for; the library gives a number or a timedelta."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pause = told.retry_after
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
