"""Receives updates by webhook; the secret in the header proves that Telegram sent them."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

HEADER = "X-Telegram-Bot-Api-Secret-Token"
# Telegram sends one update a request; a body beyond this is not Telegram's.
MOST_BYTES = 4 << 20

Keep = Callable[[list[dict[str, Any]]], Awaitable[None]]


class Webhook:
    """A small HTTP server for one path; answers 200 only when the update is kept."""

    def __init__(self, keep: Keep, secret: str, host: str, port: int, path: str) -> None:
        self.keep, self.secret = keep, secret
        self.host, self.port, self.path = host, port, path
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_post(self.path, self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _receive(self, request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return web.Response(status=403)
        try:
            update = await request.json()
        except ValueError:
            return web.Response(status=400)
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return web.Response(status=400)
        await self.keep([update])
        return web.Response()
