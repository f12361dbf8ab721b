"""Files of messages as uploads: nothing is fetched before the core asks for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from telegram import Message
from telegram.error import BadRequest

from bot.telegram.client import Client
from datanets.refusals import TooBig

# Telegram hands bots no file beyond exactly this many bytes.
MOST_DOWNLOAD = 20 << 20
PIECE = 64 << 10
TRIES = 4


@dataclass(frozen=True)
class TelegramUpload:
    """A file of a message; `photo` when Telegram compressed it."""

    client: Client
    file_id: str
    name: str
    size: int | None
    photo: bool = False

    async def stream(self) -> AsyncIterator[bytes]:
        """Fetch the bytes, going on after a broken connection where it broke."""
        if self.size and self.size > MOST_DOWNLOAD:
            raise TooBig(self.size, MOST_DOWNLOAD)
        try:
            file = await self.client.get_file(self.file_id)
        except BadRequest as no:
            if "too big" in no.message.lower():
                raise TooBig(self.size or MOST_DOWNLOAD + 1, MOST_DOWNLOAD) from None
            raise
        async for piece in _download(str(file.file_path)):
            yield piece


def upload_of(message: Message, client: Client) -> TelegramUpload | None:
    """Return the file of a message; the largest size of a photo."""
    found: Any = message.document or message.audio or message.voice
    if found is not None:
        fallback = {"audio/ogg": "voice.ogg"}.get(found.mime_type or "", "file")
        name = getattr(found, "file_name", None) or fallback
        return TelegramUpload(client, found.file_id, name, found.file_size)
    if message.photo:
        best = max(message.photo, key=lambda size: size.width * size.height)
        return TelegramUpload(
            client, best.file_id, f"photo-{message.message_id}.jpg", best.file_size, photo=True
        )
    return None


async def _download(url: str) -> AsyncIterator[bytes]:
    """Stream a file; what was read before a connection broke is skipped on the next try."""
    read, tries = 0, 0
    timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            skipped = 0
            try:
                async with session.get(_quoted(url)) as answer:
                    answer.raise_for_status()
                    async for piece in answer.content.iter_chunked(PIECE):
                        fresh = piece[max(0, read - skipped) :]
                        skipped += len(piece)
                        if fresh:
                            read += len(fresh)
                            yield fresh
                return
            except (aiohttp.ClientError, TimeoutError) as broken:
                tries += 1
                if tries == TRIES:
                    # The library's own error would carry the address, and with it the token.
                    raise ConnectionError(f"download failed: {type(broken).__name__}") from None


def _quoted(url: str) -> str:
    """Escape what a path must not hold; the client has done so already for the usual names."""
    return url if "%" in url else quote(url, safe=":/?&=")
