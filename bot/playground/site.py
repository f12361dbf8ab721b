"""The addresses of the page."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from bot.health import PATHS, Health
from bot.playground import files, live, pages, posts
from bot.playground.drawing import FOLDER
from bot.playground.faults import fault
from bot.playground.guard import Guard
from bot.playground.kitchen import Kitchen
from bot.playground.people import PEOPLE

Handler = Callable[[Kitchen, Request], Awaitable[Response]]


def site(kitchen: Kitchen, health: Health, host: str) -> ASGIApp:
    """Put the page together."""

    def served(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                return await handler(kitchen, request)
            except Exception as error:  # noqa: BLE001 - the boundary: whatever it is gets a ticket
                return PlainTextResponse((await fault(kitchen, handler.__name__, error)).words, 500)

        return serve

    async def line(socket: WebSocket) -> None:
        await live.live(kitchen, socket)

    async def state(request: Request) -> Response:
        page = await health.page(request.url.path)
        if page is None:
            return Response(status_code=404)
        return Response(page.body, page.status, media_type=page.media_type)

    async def home(_: Request) -> Response:
        return RedirectResponse(f"/{next(iter(PEOPLE))}/contribute")

    return Guard(
        Starlette(
            routes=[
                Route("/", home),
                *(Route(path, state) for path in PATHS),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
                WebSocketRoute("/{person}/live", line),
                Route("/{person}/say", served(posts.say), methods=["POST"]),
                Route("/{person}/do/{act}", served(posts.do), methods=["POST"]),
                Route("/{person}/hand-in", served(posts.hand_in), methods=["POST"]),
                Route("/{person}/form/{form}", served(posts.form)),
                Route("/{person}/file/{contribution}", served(files.contributed)),
                Route("/{person}/export/{datanet}", served(files.release)),
                Route("/{person}/privacy.json", served(files.privacy)),
                Route("/{person}/workshop", served(pages.workshop)),
                Route("/{person}/operator", served(pages.operator)),
                Route("/{person}/{room}", served(pages.room)),
            ]
        ),
        host,
    )
