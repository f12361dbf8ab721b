"""Runs the page inside the loop that the bot already has."""

import asyncio
import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from bot.playground.hub import Hub

SECONDS_TO_SAY_GOODBYE = 2


class Server(uvicorn.Server):
    """A server that leaves the signals to the bot."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: whoever runs the loop decides when it ends."""
        yield


async def run(app: ASGIApp, hub: Hub, *, host: str, port: int) -> None:
    """Serve until cancelled; then answer what was asked already and stop."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SECONDS_TO_SAY_GOODBYE,
        ws_ping_interval=20,
        ws_max_size=4096,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        # Open pages would keep their lines up for ever.
        hub.close()
        server.should_exit = True
        await serving
        raise
