"""Flood control of the loopback Telegram, and the faults a test can order."""

import math
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram_state import Refused

COUNTED = re.compile(
    r"^(send(?!chataction|messagedraft)|forwardmessage|copymessage|editmessage)", re.IGNORECASE
)


@dataclass(frozen=True)
class Window:
    """At most `limit` messages in `seconds`."""

    limit: int
    seconds: float


@dataclass
class Flood:
    """Sliding windows a chat, a group and overall; a call over the limit is refused and not counted."""

    chat: Window = Window(6, 5.0)
    group: Window = Window(20, 60.0)
    overall: Window = Window(30, 1.0)
    enabled: bool = True
    refused: int = 0
    seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def admit(self, method: str, params: dict[str, Any], now: float) -> None:
        """Count one call, or raise 429 with the seconds to wait."""
        if not self.enabled or not COUNTED.match(method):
            return
        chat = str(params.get("chat_id"))
        weight = len(params["media"]) if isinstance(params.get("media"), list) else 1
        windows = [(f"chat {chat}", self.chat), ("overall", self.overall)]
        if chat.startswith("-"):
            windows.append((f"group {chat}", self.group))
        wait = max(self._wait(name, window, weight, now) for name, window in windows)
        if wait > 0:
            self.refused += 1
            raise too_many(math.ceil(wait))
        for name, _ in windows:
            self.seen[name].extend([now] * weight)

    def _wait(self, name: str, window: Window, weight: int, now: float) -> float:
        times = self.seen[name]
        while times and now - times[0] >= window.seconds:
            times.popleft()
        over = len(times) + weight - window.limit
        return times[over - 1] + window.seconds - now if 0 < over <= len(times) else float(max(0, over))


def too_many(seconds: int) -> Refused:
    """Return the 429 that asks for a pause."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(frozen=True)
class Fault:
    """What goes wrong: 429, 401, 500 or 502 (HTML), "cut" before or "cut after" the work, or "slow"."""

    kind: str
    seconds: float = 1.0


Plan = Callable[[str, dict[str, Any], int], Fault | None]


@dataclass
class Faults:
    """Decides for each call, counted from 1, whether something goes wrong."""

    plan: Plan | None = None
    scripted: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    calls: int = 0
    struck: int = 0

    def order(self, method: str, *faults: Fault) -> None:
        """Let the next calls of `method` meet these faults, one each."""
        self.scripted[method.lower()].extend(faults)

    def next(self, method: str, params: dict[str, Any]) -> Fault | None:
        """Return the fault of this call, if any."""
        self.calls += 1
        waiting = self.scripted[method.lower()]
        fault = waiting.pop(0) if waiting else self.plan(method, params, self.calls) if self.plan else None
        self.struck += fault is not None
        return fault
