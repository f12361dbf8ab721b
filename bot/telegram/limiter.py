"""Keeps the bot under Telegram's flood limits: answers first, newest progress, every last state."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from telegram.error import ChatMigrated, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.telegram.delivery import Delivery, pause_of

log = logging.getLogger(__name__)

SENDING = ("send", "edit", "forward", "copy")
UNCOUNTED = {"sendchataction", "sendmessagedraft", "editforumtopic", "editgeneralforumtopic"}
# Somebody who has waited this long moves up one class, so that no state is put off for ever.
PATIENCE = 45.0


class Urgency(IntEnum):
    """Who goes first."""

    ANSWER = 0
    NEWS = 1
    PROGRESS = 2


@dataclass(frozen=True)
class Limits:
    """Messages and edits in a window of seconds; windows are a little longer than Telegram's own.

    `group` holds for a whole group with all its topics; `group_share` is what each urgency may fill of it,
    so that room is left for whoever asks next.
    """

    chat: int = 5
    chat_seconds: float = 5.3
    group: int = 19
    group_seconds: float = 61.0
    group_share: tuple[int, int, int] = (19, 14, 8)
    overall: int = 27
    overall_seconds: float = 1.1


@dataclass(eq=False)
class Job:
    """One message or edit that waits for its turn; all `waiters` get the result of the newest content."""

    urgency: Urgency
    since: float
    number: int
    weight: int
    key: tuple[str, str] | None
    call: Callable[[], Awaitable[Any]]
    waiters: list[asyncio.Future[Any]]

    def rank(self, now: float) -> tuple[int, int]:
        """Order by urgency, raised by patience, then by arrival."""
        raised = int((now - self.since) // PATIENCE)
        return max(0, self.urgency - raised), self.number

    def open_waiters(self) -> list[asyncio.Future[Any]]:
        """Return those who still wait for the result."""
        return [waiter for waiter in self.waiters if not waiter.done()]


@dataclass(eq=False)
class Line:
    """The waiting jobs of one chat; one goes at a time, so messages arrive in order."""

    chat: str
    jobs: list[Job] = field(default_factory=list)
    sent: deque[float] = field(default_factory=deque)
    paused_until: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    worker: asyncio.Task[None] | None = None


class Limiter(BaseRateLimiter[Urgency]):
    """Sits between the client and the wire; only messages and edits are counted, everything else passes."""

    def __init__(
        self,
        limits: Limits | None = None,
        delivery: Delivery | None = None,
        on_migrated: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.delivery = delivery or Delivery()
        self.on_migrated = on_migrated
        self.lines: dict[str, Line] = defaultdict(lambda: Line(""))
        self.overall: deque[float] = deque()
        self.moved: dict[str, str] = {}
        self.number = 0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Drop what still waits."""
        workers = [line.worker for line in self.lines.values() if line.worker]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for line in self.lines.values():
            for job in line.jobs:
                for waiter in job.open_waiters():
                    waiter.cancel()
        self.lines.clear()

    async def process_request(
        self,
        callback: Callable[..., Awaitable[Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Urgency | None,
    ) -> Any:
        """Make one request when its turn comes and return its result."""
        chat = str(data.get("chat_id", ""))
        if chat in self.moved:
            data["chat_id"] = int(self.moved[chat])
            chat = self.moved[chat]

        async def call() -> Any:
            return await self._follow(callback, args, kwargs, data, endpoint)

        name = endpoint.lower()
        if not chat or not name.startswith(SENDING) or name in UNCOUNTED:
            return await self._patiently(call)
        return await self._in_line(chat, name, data, rate_limit_args or Urgency.ANSWER, call)

    def recent(self, chat: str) -> int:
        """How many messages and edits went to a chat in the last minute, waiting ones included."""
        line = self.lines.get(chat)
        if line is None:
            return 0
        since = asyncio.get_running_loop().time() - 60
        return sum(at > since for at in line.sent) + len(line.jobs)

    async def _in_line(
        self, chat: str, name: str, data: dict[str, Any], urgency: Urgency, call: Callable[[], Awaitable[Any]]
    ) -> Any:
        line = self.lines[chat]
        line.chat = chat
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Any] = loop.create_future()
        key = _edited(name, data)
        older = next((job for job in line.jobs if key and job.key == key), None)
        if older:
            # The newer content replaces the older one in its place in the line.
            older.call, older.urgency = call, min(older.urgency, urgency)
            older.waiters.append(waiter)
        else:
            self.number += 1
            weight = len(data["media"]) if name == "sendmediagroup" else 1
            line.jobs.append(Job(urgency, loop.time(), self.number, weight, key, call, [waiter]))
        line.changed.set()
        if line.worker is None or line.worker.done():
            line.worker = asyncio.create_task(self._work(line), name=f"telegram-line-{chat}")
        return await waiter

    async def _work(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        while line.jobs:
            now = loop.time()
            job = min(line.jobs, key=lambda waiting: waiting.rank(now))
            wait = self._wait(line, job, now)
            if wait > 0:
                line.changed.clear()
                await _either(line.changed, wait)
                continue
            line.jobs.remove(job)
            line.sent.extend([now] * job.weight)
            self.overall.append(now)
            await self._perform(line, job)

    async def _perform(self, line: Line, job: Job) -> None:
        try:
            result = await job.call()
        except RetryAfter as told:
            line.paused_until = asyncio.get_running_loop().time() + pause_of(told)
            log.info("chat %s asks for a pause of %.0f s", line.chat, pause_of(told))
            self._put_back(line, job)
        except asyncio.CancelledError:
            line.jobs.append(job)
            raise
        except Exception as failure:  # noqa: BLE001 - handed to whoever waits
            for waiter in job.open_waiters():
                waiter.set_exception(failure)
        else:
            for waiter in job.open_waiters():
                waiter.set_result(result)

    def _put_back(self, line: Line, job: Job) -> None:
        newer = next((other for other in line.jobs if job.key and other.key == job.key), None)
        if newer:
            newer.waiters = job.waiters + newer.waiters
            newer.since = min(newer.since, job.since)
        else:
            line.jobs.append(job)

    def _wait(self, line: Line, job: Job, now: float) -> float:
        limits = self.limits
        urgency = job.rank(now)[0]
        waits = [
            line.paused_until - now,
            _over(line.sent, limits.chat, limits.chat_seconds, job.weight, now),
            _over(self.overall, limits.overall, limits.overall_seconds, 1, now),
        ]
        if line.chat.startswith(("-", "@")):
            share = min(limits.group_share[urgency], limits.group)
            waits.append(_over(line.sent, share, limits.group_seconds, job.weight, now))
        _forget(line.sent, now - limits.group_seconds)
        _forget(self.overall, now - limits.overall_seconds)
        return max(waits)

    async def _patiently(self, call: Callable[[], Awaitable[Any]]) -> Any:
        for _ in range(self.delivery.tries):
            try:
                return await call()
            except RetryAfter as told:
                await asyncio.sleep(pause_of(told))
        return await call()

    async def _follow(
        self,
        callback: Callable[..., Awaitable[Any]],
        args: Any,
        kwargs: dict[str, Any],
        data: dict[str, Any],
        endpoint: str,
    ) -> Any:
        """Deliver, and go after a group that became a supergroup."""
        try:
            return await self.delivery.deliver(lambda: callback(*args, **kwargs), endpoint)
        except ChatMigrated as moved:
            old, new = str(data["chat_id"]), str(moved.new_chat_id)
            self.moved[old] = new
            if self.on_migrated:
                await self.on_migrated(old, new)
            data["chat_id"] = moved.new_chat_id
            return await self.delivery.deliver(lambda: callback(*args, **kwargs), endpoint)


def _edited(name: str, data: dict[str, Any]) -> tuple[str, str] | None:
    """Name what an edit replaces: text, caption and picture replace each other, a keyboard only itself."""
    if not name.startswith("editmessage"):
        return None
    part = "keyboard" if name == "editmessagereplymarkup" else "content"
    return str(data.get("message_id")), part


def _over(times: deque[float], limit: int, seconds: float, weight: int, now: float) -> float:
    inside = [at for at in times if now - at < seconds]
    over = len(inside) + min(weight, limit) - limit
    return inside[over - 1] + seconds - now if over > 0 else 0.0


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
