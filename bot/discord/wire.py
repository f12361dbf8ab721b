"""The wire to Discord: where it leads, how it is read, and which oddities on it are harmless."""

import logging
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import discord.webhook.async_
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

log = logging.getLogger(__name__)

END_OF_PAYLOAD = b"\x00\x00\xff\xff"
DISCORDS_OWN = "discord.gg"

Json = dict[str, Any]

#: What the library insists on although it may be missing: the documentation calls it optional or it is new.
MISSING: dict[str, Json] = {
    "READY": {"shard": [0, 1]},
    "INTERACTION_CREATE": {"attachment_size_limit": discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES},
    "MESSAGE_REACTION_ADD": {"type": 0, "burst": False},
    "MESSAGE_REACTION_REMOVE": {"type": 0, "burst": False},
}


class Inflating:
    """Reads the gateway's zlib stream; the library would take zstd wherever that package happens to be."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj()
        self._waiting = bytearray()

    def decompress(self, data: bytes, /) -> str | None:
        """Return the text of a whole payload, or None while its end has not arrived."""
        if not self._waiting and data.startswith(b"{"):
            # Not compressed after all: no payload of a zlib stream begins with an odd byte.
            return data.decode()
        self._waiting.extend(data)
        if not self._waiting.endswith(END_OF_PAYLOAD):
            return None
        text = self._inflate.decompress(self._waiting).decode()
        self._waiting.clear()
        return text


def lead_to(api_url: str, gateway_url: str) -> None:
    """Point the library at an API and a gateway."""
    discord.utils._ActiveDecompressionContext = Inflating
    discord.http.json_or_text = discord.webhook.async_.json_or_text = json_or_text  # type: ignore[attr-defined]
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    DiscordWebSocket.gateway = property(_gateway, _set_gateway)  # type: ignore[assignment]


async def json_or_text(response: aiohttp.ClientResponse) -> Json | str:
    """Read an answer; the library takes JSON with a character set for plain text."""
    text = await response.text(encoding="utf-8")
    if response.content_type == "application/json":
        read: Json = discord.utils._from_json(text)
        return read
    return text


def _gateway(socket: DiscordWebSocket) -> yarl.URL:
    kept: yarl.URL = socket.__dict__["gateway"]
    return kept


def _set_gateway(socket: DiscordWebSocket, url: yarl.URL) -> None:
    """Keep where a session is taken up again, which READY names.

    With a gateway of one's own, such as a proxy, it must not lead past it to another host.
    """
    ours = DiscordWebSocket.DEFAULT_GATEWAY
    is_discords = (ours.host or "").endswith(DISCORDS_OWN)
    socket.__dict__["gateway"] = url if is_discords or url.host == ours.host else ours


def tolerate(client: discord.Client) -> None:
    """Let an event that the library cannot read cost nothing but itself; it would end the client."""
    parsers = client._connection.parsers
    for event, parse in parsers.items():
        parsers[event] = _tolerant(event, parse)


def _tolerant(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    missing = MISSING.get(event, {})

    def read(data: Any) -> None:
        for name, value in missing.items():
            data.setdefault(name, value)
        try:
            parse(data)
        except Exception:
            if event == "READY":
                # Nothing works without it: the supervisor begins anew.
                raise
            log.exception("Discord sent a %s that could not be read", event)

    return read
