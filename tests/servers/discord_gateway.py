"""The loopback gateway: sessions, compression, intents, resumes."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from tests.servers.discord_oddities import NOT_ODD, Oddities
from tests.servers.discord_shapes import Json
from tests.servers.discord_world import World

GUILDS, MEMBERS, GUILD_MESSAGES, GUILD_REACTIONS = 1 << 0, 1 << 1, 1 << 9, 1 << 10
DIRECT_MESSAGES, DIRECT_REACTIONS, MESSAGE_CONTENT, PRESENCES = 1 << 12, 1 << 13, 1 << 15, 1 << 8
PRIVILEGED = MEMBERS | PRESENCES | MESSAGE_CONTENT


class Stream:
    """One connection's compression, flushed after every payload."""

    def __init__(self, how: str | None) -> None:
        self.compress: Callable[[bytes], bytes] | None = None
        self.pieces = 2 if how == "pieces" else 1
        if how == "binary":
            self.compress = lambda data: data
        elif how in ("zlib-stream", "pieces"):
            packer = zlib.compressobj()
            self.compress = lambda data: packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
        elif how == "zstd-stream":
            import zstandard

            packed = zstandard.ZstdCompressor().compressobj()
            self.compress = lambda data: (
                packed.compress(data) + packed.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            )


class Session:
    """What Discord keeps of one shard's session, connected or not."""

    def __init__(self, intents: int, shard: tuple[int, int]) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.sent: list[Json] = []
        self.socket: web.WebSocketResponse | None = None
        self.stream = Stream(None)
        self.lock = asyncio.Lock()

    def wants(self, event: str, channel: Json | None) -> bool:
        """Whether the session's intents and shard ask for the event."""
        private = channel is not None and channel["type"] == 1
        if channel is not None and not private:
            index = (int(channel["guild_id"]) >> 22) % self.shard[1]
            if index != self.shard[0]:
                return False
        elif private and self.shard[0] != 0:
            return False
        if event.startswith("MESSAGE_REACTION"):
            return bool(self.intents & (DIRECT_REACTIONS if private else GUILD_REACTIONS))
        if event.startswith("MESSAGE"):
            return bool(self.intents & (DIRECT_MESSAGES if private else GUILD_MESSAGES))
        if event.startswith("GUILD_MEMBER"):
            return bool(self.intents & MEMBERS)
        if event.startswith(("CHANNEL", "THREAD", "GUILD")):
            return bool(self.intents & GUILDS)
        return True


class Gateway:
    """Accepts bots and tells them what happens in the world."""

    def __init__(self, world: World, token: str, odd: Oddities = NOT_ODD) -> None:
        self.world = world
        self.token = token
        self.odd = odd
        self.url = ""
        self.privileged = PRIVILEGED
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.resumes = 0
        self.connections = 0
        self.sockets: dict[web.WebSocketResponse, web.Request] = {}
        self.refuse_handshakes = 0
        self.heartbeat_ms = 41250
        self.shards = odd.shards
        self.nameless_readies = 0
        self.events: list[Json] = []
        self.compressions: list[str | None] = []
        self.outbox: set[asyncio.Task[None]] = set()
        world.tell = self.tell

    # --- telling

    def tell(self, event: str, data: Json, channel: Json | None) -> None:
        """Give an event to every session that asked for its kind."""
        hidden = event.startswith("MESSAGE") and data.get("id") in self.world.hidden
        for session in self.sessions.values():
            if hidden and not session.intents & DIRECT_MESSAGES:
                continue
            if session.wants(event, channel):
                self.queue(session, event, self.strip(session, event, data, channel))

    def strip(self, session: Session, event: str, data: Json, channel: Json | None) -> Json:
        """Without the message-content intent most messages arrive empty."""
        if event not in ("MESSAGE_CREATE", "MESSAGE_UPDATE") or session.intents & MESSAGE_CONTENT:
            return data
        bot = self.world.bot["id"]
        private = channel is not None and channel["type"] == 1
        mentioned = any(user["id"] == bot for user in data.get("mentions", []))
        if private or mentioned or data["author"]["id"] == bot:
            return data
        return data | {"content": "", "embeds": [], "attachments": [], "components": []}

    def queue(self, session: Session, event: str, data: Json) -> None:
        """Number the event, remember it for a resume, send it if somebody listens."""
        session.sequence += 1
        data = json.loads(json.dumps(data))
        payload = {"op": 0, "t": event, "s": session.sequence, "d": self.odd.told_as(event, data)}
        session.sent.append(payload)
        self.events.append({"t": event, "d": data})
        if session.socket is not None:
            task = asyncio.get_running_loop().create_task(self.send(session, payload))
            self.outbox.add(task)
            task.add_done_callback(self.outbox.discard)

    async def send(self, session: Session, payload: Json) -> None:
        """Write one payload, in order."""
        async with session.lock:
            if session.socket is None or session.socket.closed:
                return
            await write(session.socket, session.stream, payload)

    # --- serving

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection of a bot."""
        if self.refuse_handshakes:
            self.refuse_handshakes -= 1
            return web.Response(status=503, text="no")
        self.connections += 1
        how = request.query.get("compress")
        self.compressions.append(how)
        socket = web.WebSocketResponse(heartbeat=None, max_msg_size=1 << 20)
        await socket.prepare(request)
        self.sockets[socket] = request
        stream = Stream(self.odd.frames or how)
        await write(
            socket, stream, {"op": 10, "t": None, "s": None, "d": {"heartbeat_interval": self.heartbeat_ms}}
        )
        session: Session | None = None
        try:
            async for frame in socket:
                if frame.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    break
                raw = frame.data if isinstance(frame.data, bytes) else frame.data.encode()
                if len(raw) > 4096:
                    await socket.close(code=4002, message=b"Payload too large")
                    break
                payload = json.loads(raw)
                found = await self.receive(socket, stream, session, payload)
                session = found or session
        finally:
            self.sockets.pop(socket, None)
            if session is not None and session.socket is socket:
                session.socket = None
        return socket

    async def receive(
        self, socket: web.WebSocketResponse, stream: Stream, session: Session | None, payload: Json
    ) -> Session | None:
        """Act on one payload of a client; returns the session that it opened or took up."""
        op, data = payload["op"], payload.get("d")
        if op == 1:
            await self.reply(socket, stream, session, {"op": 11, "t": None, "s": None, "d": None})
        elif op == 2:
            return await self.identify(socket, stream, data)
        elif op == 6:
            return await self.resume(socket, stream, data)
        elif op == 8 and session is not None:
            self.chunk(session, data)
        elif session is None:
            await socket.close(code=4003, message=b"Not authenticated")
        return None

    async def reply(
        self, socket: web.WebSocketResponse, stream: Stream, session: Session | None, payload: Json
    ) -> None:
        """Write outside the numbered events, never between two halves of one."""
        if session is None:
            await write(socket, stream, payload)
            return
        async with session.lock:
            await write(socket, stream, payload)

    async def identify(self, socket: web.WebSocketResponse, stream: Stream, data: Json) -> Session | None:
        """Open a session: READY, then one GUILD_CREATE a guild."""
        self.identifies += 1
        if data["token"].removeprefix("Bot ") != self.token:
            await socket.close(code=4004, message=b"Authentication failed")
            return None
        if data["intents"] & PRIVILEGED & ~self.privileged:
            await socket.close(code=4014, message=b"Disallowed intent(s)")
            return None
        shard = tuple(data.get("shard") or (0, 1))
        session = Session(data["intents"], (shard[0], shard[1]))
        session.socket, session.stream = socket, stream
        self.sessions[session.id] = session
        mine = [g for g in self.world.guilds.values() if (int(g["id"]) >> 22) % shard[1] == shard[0]]
        ready: Json = {
            "v": 10,
            "user": self.world.bot | {"verified": True, "mfa_enabled": False, "email": None},
            "guilds": [{"id": g["id"], "unavailable": True} for g in mine],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(shard),
            "application": {"id": self.world.application_id, "flags": (1 << 19) | (1 << 15)},
            "private_channels": [],
            "session_type": "normal",
        }
        if self.nameless_readies:
            self.nameless_readies -= 1
            self.events.append({"t": "READY", "d": ready})
            await write(socket, stream, {"op": 0, "t": "READY", "s": 1, "d": ready | {"user": {}}})
            return session
        self.queue(session, "READY", ready)
        for guild in mine:
            self.queue(session, "GUILD_CREATE", self.guild_create(guild, session))
        return session

    def guild_create(self, guild: Json, session: Session) -> Json:
        """A guild with all that a session learns about it at the start."""
        world, home = self.world, guild["id"]
        people = list(world.members[home].values())
        if not session.intents & MEMBERS:
            people = [world.members[home][world.bot["id"]]] if world.bot["id"] in world.members[home] else []
        return guild | {
            "roles": list(world.roles[home].values()),
            "channels": world.channels_of(home),
            "threads": [t for t in world.threads_of(home) if not t["thread_metadata"]["archived"]],
            "members": people,
            "member_count": len(world.members[home]),
            "joined_at": world.stamp(),
            "large": False,
            "unavailable": False,
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def chunk(self, session: Session, data: Json) -> None:
        """Answer a request for members."""
        home = str(data["guild_id"])
        wanted = data.get("user_ids")
        wanted = [wanted] if isinstance(wanted, str) else wanted
        people = [
            m for m in self.world.members[home].values() if not wanted or m["user"]["id"] in map(str, wanted)
        ]
        answer: Json = {
            "guild_id": id,
            "members": people,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        if data.get("nonce"):
            answer["nonce"] = data["nonce"]
        self.queue(session, "GUILD_MEMBERS_CHUNK", answer)

    async def resume(self, socket: web.WebSocketResponse, stream: Stream, data: Json) -> Session | None:
        """Take a session up again and replay what it missed, or say that it is gone."""
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"].removeprefix("Bot ") != self.token:
            await write(socket, stream, {"op": 9, "t": None, "s": None, "d": False})
            return None
        self.resumes += 1
        async with session.lock:
            session.socket, session.stream = socket, stream
            for payload in session.sent:
                if payload["s"] > data["seq"]:
                    await write(socket, stream, payload)
        self.queue(session, "RESUMED", {})
        return session

    # --- faults

    async def close_all(self, code: int = 4000) -> None:
        """Close every connection; the sessions that were not forgotten can be resumed."""
        self.leave()
        for socket in list(self.sockets):
            await socket.close(code=code, message=b"fault")

    async def cut_all(self) -> None:
        """Cut every connection's TCP stream."""
        self.leave()
        for request in list(self.sockets.values()):
            if request.transport is not None:
                request.transport.abort()

    def leave(self) -> None:
        """Sessions without a connection keep what happens for a resume."""
        for session in self.sessions.values():
            session.socket = None

    async def say_all(self, payload: Json) -> None:
        """Send a raw payload, such as op 7 or op 9, to every connection."""
        for session in list(self.sessions.values()):
            if session.socket is not None:
                await self.send(session, {"t": None, "s": None} | payload)

    def forget_sessions(self) -> None:
        """Lose every session: a resume is answered with op 9, what happens meanwhile is never told."""
        self.sessions.clear()

    async def drain(self) -> None:
        """Wait until everything queued is written."""
        while self.outbox:
            await asyncio.gather(*self.outbox, return_exceptions=True)


async def write(socket: web.WebSocketResponse, stream: Stream, payload: Any) -> None:
    """One payload over the wire, compressed as the client asked."""
    raw = json.dumps(payload).encode()
    try:
        if stream.compress is None:
            await socket.send_str(raw.decode())
        else:
            packed = stream.compress(raw)
            room = -(-len(packed) // stream.pieces)
            for start in range(0, len(packed), room):
                await socket.send_bytes(packed[start : start + room])
    except (ConnectionError, RuntimeError):
        # The client left in the middle; it resumes.
        return
