"""The live line of one open page."""

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.hub import Hub, Window
from bot.playground.people import PEOPLE


async def live(socket: WebSocket, hub: Hub) -> None:
    """Tell a page what happens until it goes away."""
    person = PEOPLE.get(socket.path_params["person"])
    if person is None:
        return await socket.close(4404)
    await socket.accept()
    with hub.open(person, socket.query_params.get("room", "")) as window:
        # A page that leaves is only noticed by reading, though it never says anything.
        leaving = asyncio.create_task(_gone(socket, window))
        try:
            async for changes in window.changes():
                await socket.send_json(changes)
        except (WebSocketDisconnect, RuntimeError):
            return None
        finally:
            leaving.cancel()
    with contextlib.suppress(RuntimeError):
        await socket.close()
    return None


async def _gone(socket: WebSocket, window: Window) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
    window.close()
