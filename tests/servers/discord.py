"""A loopback Discord for the unmodified client library: gateway, REST, CDN and the people in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web

from tests.servers.discord_cdn import Shelf
from tests.servers.discord_faults import Faults, Limits
from tests.servers.discord_gateway import Gateway
from tests.servers.discord_interactions import Interactions
from tests.servers.discord_oddities import NOT_ODD, Oddities
from tests.servers.discord_people import File, Person
from tests.servers.discord_record import Record
from tests.servers.discord_rest import Call, Rest
from tests.servers.discord_shapes import BITS, Json, text_of
from tests.servers.discord_world import Denied, World
from tests.servers.discord_writing import Part, Writer

T = TypeVar("T")
TOKEN = "MTA.loopback.token"

__all__ = ["BITS", "TOKEN", "DiscordServer", "File", "Person", "text_of"]


class DiscordServer:
    """Discord on 127.0.0.1. `async with DiscordServer() as server:` and point a bot at its URLs."""

    def __init__(self, token: str = TOKEN, odd: Oddities = NOT_ODD) -> None:
        self.token = token
        self.odd = odd
        self.world = World()
        self.gateway = Gateway(self.world, token, odd)
        self.shelf = Shelf(self.world)
        self.writer = Writer(self.world, self.shelf)
        self.interactions = Interactions(self.world, self.writer)
        self.rest = Rest(self.world, self.writer, self.gateway, self.interactions)
        self.faults = Faults()
        self.limits = Limits()
        self.rest.edit_old = self.limits.edit_of_old
        self.record = Record()
        self.patience = 6.0
        self.happened = asyncio.Event()
        self.invalid = 0  # answers that count towards Discord's ban: 401, 403, 429
        self.runner: web.AppRunner | None = None

    # --- life

    async def __aenter__(self) -> DiscordServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen."""
        app = web.Application(client_max_size=32 << 20)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/cdn/{path:.*}", self.shelf.serve)
        app.router.add_route("*", self.odd.path + "/{path:.*}", self.serve)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port)
        await site.start()
        self.port = self.runner.addresses[0][1]
        self.gateway.url = f"ws://127.0.0.1:{self.port}/gateway"
        self.shelf.base = f"http://127.0.0.1:{self.port}/cdn"

    async def stop(self) -> None:
        """Close every connection and the port."""
        await self.gateway.close_all(code=1001)
        if self.runner is not None:
            await self.runner.cleanup()

    @property
    def api_url(self) -> str:
        """What the bot's setting for the API takes."""
        told = self.odd.path if self.odd.told is None else self.odd.told
        return f"http://127.0.0.1:{self.port}{told}"

    @property
    def gateway_url(self) -> str:
        """What the bot's setting for the gateway takes."""
        return self.gateway.url + self.odd.query

    # --- the REST side

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call: faults first, then rights and limits, then the route."""
        path = request.raw_path.split("?")[0].removeprefix(self.odd.path)
        line = f"{request.method} {path}"
        call = await read(request, path)
        fault = self.faults.next(line)
        if fault is not None and fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.what == "cut":
            return cut(request)
        if fault is not None and isinstance(fault.what, int):
            return self.reply(call, fault.what, failure(fault.what, fault.retry_after), {})
        open_door = path.startswith(("/interactions/", "/webhooks/")) or path == "/gateway"
        if not open_door and request.headers.get("Authorization") != f"Bot {self.token}":
            return self.reply(call, 401, {"message": "401: Unauthorized", "code": 0}, {})
        headers, wait = (
            ({}, 0.0) if path.startswith("/interactions/") else self.limits.take(call.method, path)
        )
        if wait:
            return self.reply(call, 429, failure(429, wait), headers)
        try:
            if self.odd.lacks(line):
                raise Denied(404, 0, "404: Not Found")
            status, body = self.rest.answer(call)
        except Denied as no:
            status, body = no.status, no.body
        await self.gateway.drain()
        if fault is not None and fault.what == "cut-after":
            return cut(request)
        if self.odd.is_mute and status == 200 and path.startswith("/interactions/"):
            status, body = 204, None
        return self.reply(call, status, body, headers)

    def reply(self, call: Call, status: int, body: Any, headers: dict[str, str]) -> web.Response:
        """Write the answer down and send it; the content type is JSON's bare one, as Discord's is."""
        if status in (401, 403, 429):
            self.invalid += 1
        line: Json = {
            "method": call.method,
            "path": call.path,
            "query": call.query,
            "json": call.body,
            "status": status,
            "response": body,
        }
        if call.files:
            line["files"] = [{"name": f, "filename": n, "size": len(d)} for f, n, _, d in call.files]
        # What is kept must not change when the world moves on.
        self.record.add(json.loads(json.dumps(line)))
        self.happened.set()
        if status == 204:
            return web.Response(status=204, headers=headers)
        headers = headers | {"Content-Type": self.odd.json}
        if status == 429:
            headers |= {"Via": "1.1 google", "Retry-After": str(body["retry_after"])}
        return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)

    # --- people and places

    def guild(self, name: str = "Kitchen") -> Json:
        """A guild with the bot in it."""
        guild = self.world.add_guild(name)
        for session in self.gateway.sessions.values():
            self.gateway.queue(session, "GUILD_CREATE", self.gateway.guild_create(guild, session))
        return guild

    def channel(self, guild: Json, name: str, kind: int = 0) -> Json:
        """A channel of the guild."""
        return self.world.add_channel(guild["id"], name, kind)

    def role(self, guild: Json, name: str, *rights: str) -> Json:
        """A role with the named rights; known to connected bots."""
        role = self.world.add_role(guild["id"], name, sum(BITS[r] for r in rights))
        for session in self.gateway.sessions.values():
            self.gateway.queue(session, "GUILD_ROLE_CREATE", {"guild_id": guild["id"], "role": role})
        return role

    def person(self, name: str, guild: Json, *roles: Json, locale: str = "en-US") -> Person:
        """A member of the guild."""
        user = self.world.add_user(name)
        self.world.join(guild["id"], user, [r["id"] for r in roles])
        return Person(self, user, guild, locale)

    def owner(self, guild: Json) -> Person:
        """The guild's owner."""
        return Person(self, self.world.users[guild["owner_id"]], guild)

    def messages(self, channel: Json | str) -> list[Json]:
        """The channel's public messages, oldest first."""
        place = channel if isinstance(channel, str) else channel["id"]
        return [m for m in self.world.messages.get(place, {}).values() if m["id"] not in self.world.hidden]

    def by_bot(self, channel: Json | str) -> list[Json]:
        """The bot's public messages of the channel, oldest first."""
        bot = self.world.bot["id"]
        return [m for m in self.messages(channel) if m["author"]["id"] == bot and m["type"] != 21]

    def calls(self, line: str) -> list[Json]:
        """Recorded calls whose "METHOD /path" starts with the words."""
        return [r for r in self.record.requests if f"{r['method']} {r['path']}".startswith(line)]

    async def until(self, look: Callable[[], T], seconds: float = 10.0) -> T:
        """Wait until a look at the world finds something true; returns it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not (found := look()):
            self.happened.clear()
            left = end - loop.time()
            if left <= 0:
                raise TimeoutError("it did not come to pass; last calls:\n" + self.tail())
            try:
                await asyncio.wait_for(self.happened.wait(), min(left, 0.2))
            except TimeoutError:
                continue
        return found

    def tail(self, lines: int = 5) -> str:
        """The last calls, for a failing test's message."""
        last = self.record.requests[-lines:]
        return "\n".join(f"{r['method']} {r['path']} {r['status']} {str(r['json'])[:160]}" for r in last)


async def read(request: web.Request, path: str) -> Call:
    """Take a request apart: JSON, or multipart with `payload_json` and files."""
    body: Any = None
    files: list[Part] = []
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            name = getattr(part, "name", "") or ""
            data = await part.read()  # type: ignore[union-attr,call-arg]
            if name == "payload_json":
                body = json.loads(data)
            else:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                files.append((name, getattr(part, "filename", None) or "file", kind, bytes(data)))
    elif request.can_read_body and (raw := await request.read()):
        body = json.loads(raw)
    return Call(request.method, path, dict(request.query), body, files)


def failure(status: int, retry_after: float) -> Json:
    """The body of a failure on order."""
    if status == 429:
        body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": False}
        return body | {"code": 0}
    return {"message": f"{status}: on order", "code": 0}


def cut(request: web.Request) -> web.Response:
    """Cut the connection in the middle of a call."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
