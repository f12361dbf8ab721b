"""The loopback CDN: files under signed URLs that expire."""

from __future__ import annotations

import hashlib
import re

from aiohttp import web

from tests.servers.discord_shapes import Json
from tests.servers.discord_world import World

LIFE_SECONDS = 24 * 3600


class Shelf:
    """Files of attachments by path."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base = ""
        self.files: dict[str, tuple[str, bytes]] = {}
        self.fetched: list[str] = []
        self.cut_next = 0

    def put(self, channel_id: str, name: str, kind: str, data: bytes, *, ephemeral: bool = False) -> Json:
        """Keep a file; returns its attachment object. Names lose all but ASCII, as Discord's do."""
        plain = re.sub(r"[^\w.\-]", "_", name.encode("ascii", "ignore").decode()) or "file"
        number = self.world.id()
        path = f"{'ephemeral-' if ephemeral else ''}attachments/{channel_id}/{number}/{plain}"
        self.files[path] = (kind, data)
        attachment: Json = {
            "id": number,
            "filename": plain,
            "size": len(data),
            "content_type": kind,
            "url": self.sign(path),
            "proxy_url": self.sign(path),
        }
        if plain != name:
            attachment["title"] = name.rsplit(".", 1)[0]
        if ephemeral:
            attachment["ephemeral"] = True
        return attachment

    def bytes_of(self, attachment: Json) -> bytes:
        """What lies under an attachment."""
        return self.files[attachment["url"].removeprefix(self.base + "/").split("?")[0]][1]

    def sign(self, path: str) -> str:
        """A URL that works for a day."""
        ex = int(self.world.now()) + LIFE_SECONDS
        return f"{self.base}/{path}?ex={ex:x}&is={ex - LIFE_SECONDS:x}&hm={self.mark(path, ex)}"

    def expire(self, attachment: Json) -> None:
        """Make an attachment's URL one that has run out."""
        path = attachment["url"].removeprefix(self.base + "/").split("?")[0]
        ex = int(self.world.now()) - 60
        attachment["url"] = f"{self.base}/{path}?ex={ex:x}&is={ex - LIFE_SECONDS:x}&hm={self.mark(path, ex)}"
        attachment["proxy_url"] = attachment["url"]

    @staticmethod
    def mark(path: str, ex: int) -> str:
        """The signature of a path and its end."""
        return hashlib.sha256(f"{path} {ex} secret".encode()).hexdigest()

    def refresh(self, message: Json) -> Json:
        """The message with URLs that are valid now, as a fetch returns it."""
        for attachment in message["attachments"]:
            path = attachment["url"].removeprefix(self.base + "/").split("?")[0]
            attachment["url"] = attachment["proxy_url"] = self.sign(path)
        return message

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a download."""
        path = request.match_info["path"]
        try:
            ex = int(request.query["ex"], 16)
            good = request.query["hm"] == self.mark(path, ex) and ex > self.world.now()
        except (KeyError, ValueError):
            good = False
        self.fetched.append(path)
        if not good or path not in self.files:
            return web.Response(status=404, text="This content is no longer available.")
        kind, data = self.files[path]
        if self.cut_next:
            self.cut_next -= 1
            response = web.StreamResponse(headers={"Content-Length": str(len(data))})
            await response.prepare(request)
            await response.write(data[: len(data) // 2])
            if request.transport is not None:
                request.transport.abort()
            return response
        return web.Response(body=data, headers={"Content-Type": kind})
