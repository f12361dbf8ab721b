"""The wire to Discord: where it leads, and patience where the library has none."""

import asyncio
import json
import logging
import secrets
import zlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

log = logging.getLogger(__name__)

#: Seconds between tries; the library itself retries 429, 500, 502, 504 and 524.
PAUSES = (0.25, 0.75, 2.0, 5.0)
#: An interaction's first answer has three seconds in all.
QUICK_PAUSES = (0.1, 0.3, 0.8)
ALREADY_ANSWERED = 40060
END_OF_PAYLOAD = b"\x00\x00\xff\xff"

#: What may be a failure on the way: nobody knows whether the call took effect.
CUT = (aiohttp.ClientConnectionError, ConnectionError, TimeoutError)


class Inflating:
    """Reads the gateway's zlib stream; the library would take zstd wherever that package happens to be."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj()
        self._waiting = bytearray()

    def decompress(self, data: bytes, /) -> str | None:
        """Return the text of a whole payload, or None while its end has not arrived."""
        self._waiting.extend(data)
        if not self._waiting.endswith(END_OF_PAYLOAD):
            return None
        text = self._inflate.decompress(self._waiting).decode()
        self._waiting.clear()
        return text


def lead_to(api_url: str, gateway_url: str) -> None:
    """Point the library at an API and a gateway; a bare host gets the API's usual path."""
    discord.utils._ActiveDecompressionContext = Inflating
    if urlsplit(api_url).path.strip("/") == "":
        api_url = api_url.rstrip("/") + "/api/v10"
    Route.BASE = api_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def make_patient(http: HTTPClient) -> None:
    """Retry calls that may be repeated; messages get a nonce, so that a repeated one is not sent twice."""
    ask = http.request

    async def request(route: Route, **kwargs: Any) -> Any:
        if route.method == "POST" and route.path == "/channels/{channel_id}/messages":
            add_nonce(kwargs)
        return await repeat(lambda: ask(route, **kwargs), PAUSES, kwargs.get("files"))

    http.request = request  # type: ignore[method-assign]
    async_context.set(PatientAdapter())  # type: ignore[no-untyped-call]


def add_nonce(kwargs: dict[str, Any]) -> None:
    """Give a message a nonce that Discord enforces, unless it has one."""
    if "json" in kwargs:
        body = kwargs["json"] = dict(kwargs["json"])
        mark(body)
    for part in kwargs.get("form") or []:
        if part["name"] == "payload_json":
            body = json.loads(part["value"])
            mark(body)
            part["value"] = json.dumps(body)


def mark(body: dict[str, Any]) -> None:
    """Write the nonce into a message's body."""
    body.setdefault("nonce", secrets.token_hex(12))
    body["enforce_nonce"] = True


async def repeat(call: Callable[[], Awaitable[Any]], pauses: tuple[float, ...], files: Any = None) -> Any:
    """Call again after a cut connection or a server's 5xx; the last failure is raised."""
    for pause in pauses:
        try:
            return await call()
        except CUT as cut:
            log.info("the connection to Discord was cut (%s), again in %s s", type(cut).__name__, pause)
        except discord.DiscordServerError as failed:
            log.info("Discord answered %s, again in %s s", failed.status, pause)
        await asyncio.sleep(pause)
        for file in files or []:
            file.reset(seek=1)
    return await call()


class PatientAdapter(AsyncWebhookAdapter):
    """The library's way to interactions, with retries after a cut connection."""

    async def request(self, route: Route, session: aiohttp.ClientSession, **kwargs: Any) -> Any:
        """Send a call; an answer that arrived although the connection broke counts as sent."""
        first = route.path.endswith("/callback")
        tries = 0

        async def call() -> Any:
            nonlocal tries
            tries += 1
            try:
                return await super(PatientAdapter, self).request(route, session, **kwargs)
            except discord.HTTPException as failed:
                if first and tries > 1 and failed.code == ALREADY_ANSWERED:
                    return {"interaction": {"id": str(route.url.split("/")[-3]), "type": 2}}
                raise

        return await repeat(call, QUICK_PAUSES if first else PAUSES, kwargs.get("files"))
