"""An event loop and a clock on virtual time: waiting is skipped, and sockets stay real."""

import asyncio
import selectors
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
# Sockets and the database's threads get this long to answer before the clock jumps to the next appointment.
REAL_GRACE = 0.008
# A jump is short, so that work in threads is never overtaken by its own timeouts.
LONGEST_JUMP = 0.5


class Skipping(selectors.BaseSelector):
    """A selector that jumps over waiting when nothing real is going on."""

    def __init__(self) -> None:
        self.real = selectors.DefaultSelector()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; otherwise let virtual time pass."""
        ready = self.real.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        ready = self.real.select(REAL_GRACE if timeout is not None else None)
        if not ready and timeout is not None:
            self.passed += min(timeout, LONGEST_JUMP)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Pass on."""
        return self.real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Pass on."""
        return self.real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Pass on."""
        return self.real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Pass on."""
        return self.real.get_map()

    def close(self) -> None:
        """Pass on."""
        self.real.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock only moves when everybody waits."""

    def __init__(self) -> None:
        self.skipping = Skipping()
        super().__init__(self.skipping)

    def time(self) -> float:
        """Return virtual seconds since the beginning."""
        return self.skipping.passed


class LoopClock:
    """The core's clock, on virtual time."""

    def now(self) -> datetime:
        """Return the virtual moment."""
        return BEGIN + timedelta(seconds=asyncio.get_running_loop().time())
