"""What every answer of the page carries, and who may ask: this machine's own browser alone."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The page has no passwords, since everybody may be everybody; so no other site may speak to it, neither
# by a form of its own (Origin) nor by a name that it points at this machine (Host).
OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Guard:
    """Wraps the page: refuses strangers, adds safe headers."""

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1") -> None:
        self._app = app
        # Who binds to an address of the network has chosen to be found under other names.
        self._any_name = host not in OWN_NAMES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if not _is_own(headers, self._any_name):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 4403})
                return None
            return await PlainTextResponse("This page answers its own browser only.", 403)(
                scope, receive, send
            )

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.setdefault("content-security-policy", PAGE_POLICY)
                answer.setdefault("x-content-type-options", "nosniff")
                answer.setdefault("referrer-policy", "no-referrer")
            await send(message)

        return await self._app(scope, receive, send_with_headers)


def _is_own(headers: Headers, any_name: bool) -> bool:
    host = urlsplit(f"//{headers.get('host', '')}")
    if not any_name and host.hostname not in OWN_NAMES:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host.netloc
