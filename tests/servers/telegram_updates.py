"""The loopback Telegram's outgoing updates: long polls, webhooks, retention and conflicts."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import aiohttp

from tests.servers.telegram_state import Hours, Json, Refused

KINDS_OFF_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
KNOWN_KINDS = {
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member",
    "chat_member", "message_reaction", "message_reaction_count", "inline_query", "poll", "poll_answer",
    "chat_join_request", "chat_boost",
}  # fmt: skip
RETENTION = 24 * 3600.0
CALLBACK_RETENTION = 150.0


@dataclass
class Waiting:
    """One update that the bot has not confirmed."""

    id: int
    at: float
    kind: str
    body: Json | str


@dataclass
class Updates:
    """Keeps updates until they are confirmed, in order, with one reader at a time."""

    hours: Hours
    allowed: set[str] | None = None
    queue: list[Waiting] = field(default_factory=list)
    next_id: int = 100_001
    webhook: str = ""
    secret: str = ""
    webhook_error: str = ""
    deliveries: int = 0
    polls: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _reader: asyncio.Future[None] | None = None
    _pusher: asyncio.Task[None] | None = None

    def put(self, kind: str, content: Json | str) -> int | None:
        """Queue one update of a kind the bot asked for and return its id."""
        wanted = kind in self.allowed if self.allowed else kind not in KINDS_OFF_BY_DEFAULT
        if not wanted:
            return None
        update_id = self.next_id
        self.next_id += 1
        self.queue.append(Waiting(update_id, self.hours.now(), kind, content))
        self._arrived.set()
        return update_id

    def again(self, count: int = 1) -> None:
        """Deliver the last updates twice, as after a lost confirmation."""
        self.queue = [item for item in self.queue for _ in range(1 + (item in self.queue[-count:]))]

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds the bot wants; None leaves the setting alone."""
        if kinds is not None:
            self.allowed = {kind for kind in kinds if kind in KNOWN_KINDS} or None

    def _expire(self) -> None:
        now = self.hours.now()
        self.queue = [
            item
            for item in self.queue
            if now - item.at < (CALLBACK_RETENTION if item.kind == "callback_query" else RETENTION)
        ]

    def _ready(self, offset: int, limit: int) -> list[Waiting]:
        self._expire()
        if offset < 0:
            self.queue = self.queue[offset:]
        elif offset:
            self.queue = [item for item in self.queue if item.id >= offset]
        return self.queue[:limit]

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Waiting]:
        """Answer getUpdates: at once when something waits, else when something comes or time is up."""
        if self.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self.polls += 1
        if self._reader and not self._reader.done():
            self._reader.set_exception(
                Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            )
        loop = asyncio.get_running_loop()
        mine = self._reader = loop.create_future()
        deadline = loop.time() + min(seconds, 50)
        try:
            while not (ready := self._ready(offset, max(1, min(limit, 100)))):
                left = deadline - loop.time()
                if left <= 0:
                    return []
                self._arrived.clear()
                arrival = asyncio.ensure_future(self._arrived.wait())
                await asyncio.wait({arrival, mine}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                arrival.cancel()
                if mine.done():
                    mine.result()
            return ready
        finally:
            mine.cancel()

    async def set_webhook(self, url: str, secret: str) -> None:
        """Send updates to `url` from now on, or stop doing so."""
        self.webhook, self.secret = url, secret
        if self._pusher:
            self._pusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pusher
            self._pusher = None
        if url:
            self._pusher = asyncio.create_task(self._push())

    async def _push(self) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                if not self._ready(0, 1):
                    self._arrived.clear()
                    await self._arrived.wait()
                    continue
                await self._deliver(session, self.queue[0])

    async def _deliver(self, session: aiohttp.ClientSession, item: Waiting) -> None:
        self.deliveries += 1
        try:
            async with session.post(self.webhook, json=shown(item)) as answer:
                if answer.status // 100 == 2:
                    self.queue.remove(item)
                    return
                self.webhook_error = f"Wrong response from the webhook: {answer.status}"
        except aiohttp.ClientError as broken:
            self.webhook_error = str(broken)
        await asyncio.sleep(0.2)


def shown(item: Waiting) -> Json:
    """Return the Update object; a string body stands for an update no client can read."""
    body = item.body if isinstance(item.body, dict) else {"message_id": item.body, "chat": item.body}
    return {"update_id": item.id, item.kind: body}
