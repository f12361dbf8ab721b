"""The Bot API client: addresses from settings, patient timeouts, own limiter, raw updates."""

from typing import Any

from telegram import Update
from telegram.constants import UpdateType
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from bot.telegram.limiter import Limiter, Urgency

LONG_POLL_SECONDS = 30
# Everything the handlers read; reactions and members come only when they are asked for by name.
WANTED = [
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MESSAGE_REACTION,
    UpdateType.MY_CHAT_MEMBER,
    UpdateType.CHAT_MEMBER,
]


class Client(ExtBot[Urgency]):
    """The library's client, plus updates as they came over the wire.

    The library confirms updates before they are handled and stops for good at one that it cannot read;
    raw ones can be kept first and read afterwards.
    """

    async def fetch(self, offset: int | None, seconds: int = LONG_POLL_SECONDS) -> list[dict[str, Any]]:
        """Wait up to `seconds` for updates from `offset` on, which confirms all earlier ones."""
        result: list[dict[str, Any]] = await self._post(
            "getUpdates",
            {"offset": offset, "timeout": seconds, "allowed_updates": WANTED},
            read_timeout=seconds + 10,
        )
        return result

    async def _do_post(self, endpoint: str, data: dict[str, Any], **options: Any) -> Any:
        # The library fills the default parse mode in where the Bot API knows none beside the media's own.
        if endpoint == "editMessageMedia":
            data.pop("parse_mode", None)
        return await super()._do_post(endpoint, data, **options)

    def read(self, payload: dict[str, Any]) -> Update | None:
        """Read one raw update; raises whatever the library stumbles over."""
        return Update.de_json(payload, self)


def connect(token: str, api_url: str, file_url: str, limiter: Limiter) -> Client:
    """Make a client; `api_url` and `file_url` are completed with the token."""
    return Client(
        token,
        base_url=_completed(api_url, "/bot"),
        base_file_url=_completed(file_url, "/file/bot"),
        # Pictures over a phone's uplink take their time; a stuck pool must not lose an answer.
        request=HTTPXRequest(
            connection_pool_size=64,
            connect_timeout=10,
            read_timeout=25,
            write_timeout=25,
            pool_timeout=30,
            media_write_timeout=90,
        ),
        get_updates_request=HTTPXRequest(connection_pool_size=2, connect_timeout=10, pool_timeout=10),
        rate_limiter=limiter,
        defaults=Defaults(parse_mode="HTML", allow_sending_without_reply=True),
    )


def _completed(url: str, path: str) -> str:
    """Accept a bare server address as well as one with the path that the token follows."""
    url = url.rstrip("/")
    return url if url.endswith("/bot") else url + path
