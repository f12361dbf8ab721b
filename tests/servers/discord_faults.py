"""Failures on order, and the rate limits that Discord really has."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One kind of failure: an HTTP status, `cut` before or `cut-after` the call took effect, or `slow`."""

    match: str
    what: int | str
    times: int
    retry_after: float = 0.2
    seconds: float = 0.0

    def meets(self, line: str) -> bool:
        """Whether the fault strikes this call; counts down when it does."""
        if self.times <= 0 or not re.search(self.match, line):
            return False
        self.times -= 1
        return True


@dataclass
class Faults:
    """The failures that tests order."""

    rules: list[Fault] = field(default_factory=list)
    every: int = 0  # answer 429 to every n-th call
    calls: int = 0
    struck: int = 0

    def order(self, match: str, what: int | str, times: int = 1, **more: float) -> None:
        """Let the next `times` calls whose "METHOD /path" matches fail."""
        self.rules.append(Fault(match, what, times, **more))

    def next(self, line: str) -> Fault | None:
        """The fault for this call, if any."""
        self.calls += 1
        for rule in self.rules:
            if rule.meets(line):
                self.struck += 1
                return rule
        if self.every and self.calls % self.every == 0:
            self.struck += 1
            return Fault(line, 429, 1, retry_after=0.05)
        return None


@dataclass
class Limits:
    """Buckets by route and channel: so many calls in so many seconds."""

    strict: bool = False
    exceeded: list[str] = field(default_factory=list)
    calls: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    edits_of_old: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def bucket(self, method: str, path: str) -> tuple[str, int, float]:
        """Key, number of calls and seconds of the bucket that a call falls into."""
        parts = path.strip("/").split("/")
        major = "/".join(parts[:2])
        if not self.strict or parts[0] == "interactions":
            return f"{method} {major}", 1000, 1.0
        if "reactions" in parts:
            return f"{method} reactions {major}", 4, 1.0
        if "messages" in parts and method in ("POST", "PATCH") and parts[0] == "channels":
            return f"{method} messages {major}", 5, 5.0
        if parts[0] == "webhooks":
            return f"webhook {major}/{parts[2] if len(parts) > 2 else ''}", 5, 2.0
        return f"{method} {major}", 50, 1.0

    def take(self, method: str, path: str) -> tuple[dict[str, str], float]:
        """Count a call; returns the headers and, when the bucket is empty, the seconds to wait."""
        key, limit, per = self.bucket(method, path)
        now = time.monotonic()
        recent = self.calls[key] = [at for at in self.calls[key] if now - at < per]
        wait = 0.0
        if len(recent) >= limit:
            wait = per - (now - recent[0])
            self.exceeded.append(f"{method} {path}")
        else:
            recent.append(now)
        reset = per - (now - recent[0]) if recent else per
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - len(recent))),
            "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
            "X-RateLimit-Reset-After": f"{reset:.3f}",
            "X-RateLimit-Bucket": re.sub(r"\W", "", key.split(" channels/")[0] + method),
        }
        return headers, wait

    def edit_of_old(self, channel_id: str) -> float:
        """Seconds to wait before another edit of a message older than an hour: 3 in 6 s a channel."""
        now = time.monotonic()
        recent = self.edits_of_old[channel_id] = [at for at in self.edits_of_old[channel_id] if now - at < 6]
        if len(recent) >= 3:
            self.exceeded.append(f"30046 {channel_id}")
            return 6 - (now - recent[0])
        recent.append(now)
        return 0.0
