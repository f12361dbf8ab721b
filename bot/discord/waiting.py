"""Things that wait a few minutes for a press; whoever asks later is told to begin again."""

import secrets
import time
from typing import Generic, TypeVar

T = TypeVar("T")

#: An interaction can be answered for so long; what waits longer is let go.
SECONDS = 15 * 60
MOST = 1000


class Waiting(Generic[T]):
    """A small memory by name, for what must not be written down, such as addresses of files."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, T]] = {}

    def keep(self, thing: T) -> str:
        """Keep a thing and return its name."""
        now = time.monotonic()
        self._kept = {name: held for name, held in self._kept.items() if now - held[0] < SECONDS}
        while len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        name = secrets.token_hex(6)
        self._kept[name] = (now, thing)
        return name

    def take(self, name: str) -> T | None:
        """Give a thing back, once."""
        held = self._kept.pop(name, None)
        return held[1] if held and time.monotonic() - held[0] < SECONDS else None
