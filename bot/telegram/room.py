"""The tools that handlers share, made once by the platform."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from telegram.constants import FileSizeLimit

from bot.desk import Desk
from bot.telegram.albums import Albums
from bot.telegram.client import Client
from bot.telegram.crowd import Crowd
from bot.telegram.limiter import Limiter
from bot.telegram.notes import Notes
from datanets.core import Core


@dataclass
class Room:
    """The core, the desk on top of it, and what is Telegram's own."""

    core: Core
    desk: Desk
    client: Client
    limiter: Limiter
    crowd: Crowd
    notes: Notes
    albums: Albums = field(default_factory=Albums)
    # The door for updates; it knows every handler, and handlers that go on later ask it to explain.
    front: Any = None
    # Bytes of a file that the bot sends; a Bot API server of one's own would take more.
    most_upload: int = int(FileSizeLimit.FILESIZE_UPLOAD)
    # Refusals said a moment ago, so that fifty files over the quota do not make fifty messages.
    said: dict[str, float] = field(default_factory=dict)
    # One reply at a time in a conversation.
    turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    # Cards that are on their way or just posted: a reaction may overtake the note of where its card stands.
    posting: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    posted: dict[tuple[str, str], str] = field(default_factory=dict)
    opening_topics: asyncio.Lock = field(default_factory=asyncio.Lock)
    # The message of a form becomes the message of its run: held until the announcer may look.
    handing_over: asyncio.Lock = field(default_factory=asyncio.Lock)
    forms: dict[str, tuple[int, int]] = field(default_factory=dict)
