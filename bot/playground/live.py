"""The live line of one open page."""

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground import panels
from bot.playground.hub import Change, Window
from bot.playground.kitchen import Kitchen
from bot.playground.people import visitor


async def live(kitchen: Kitchen, socket: WebSocket) -> None:
    """Tell a page what happens until it goes away."""
    person = visitor(socket)
    if person is None:
        return await socket.close(4404)
    await socket.accept()
    with kitchen.hub.open(person, socket.query_params.get("room", "")) as window:
        # A page that leaves is only noticed by reading, though it never says anything.
        leaving = asyncio.create_task(_gone(socket, window))
        try:
            if socket.query_params.get("told") != str(kitchen.hub.told):
                await socket.send_json(await missed(kitchen, window))
            async for changes in window.changes():
                await socket.send_json(changes)
        except (WebSocketDisconnect, RuntimeError):
            return None
        finally:
            leaving.cancel()
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close()
    return None


async def missed(kitchen: Kitchen, window: Window) -> list[Change]:
    """Draw the page's room again: things happened between its drawing and its line, or while it was away."""
    if window.room in panels.PAGES:
        return await panels.PAGES[window.room](kitchen, window.person)
    changes = await kitchen.messages.puts(window.room, window.person)
    counts = await kitchen.messages.counts(window.person)
    return [*changes, *({"op": "mark", "room": room, "last": last} for room, last in counts.items())]


async def _gone(socket: WebSocket, window: Window) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
    window.close()
