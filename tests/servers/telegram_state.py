"""What the loopback Telegram remembers: people, chats, topics, messages and files."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
BOT_ID = 7_000_000_001


class Refused(Exception):
    """The Bot API says no: error code, description, and the optional `parameters` object."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Hours:
    """The server's clock: real time plus whatever a test has skipped."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def now(self) -> float:
        """Return unix seconds."""
        return time.time() + self.skipped

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self.skipped += seconds


@dataclass
class StoredFile:
    """Bytes behind a file id."""

    id: str
    unique_id: str
    data: bytes
    path: str
    size: int


@dataclass
class Chat:
    """A private chat, group, supergroup or channel as this one bot sees it."""

    id: int
    type: str
    title: str = ""
    is_forum: bool = False
    members: dict[int, str] = field(default_factory=dict)
    anonymous: set[int] = field(default_factory=set)
    bot_status: str = "member"
    topics: dict[int, Json] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    reactions: dict[tuple[int, int], list[Json]] = field(default_factory=dict)
    bot_reactions: dict[int, list[Json]] = field(default_factory=dict)
    available_reactions: list[str] | None = None
    migrated_to: int | None = None
    blocked: bool = False
    started: bool = False
    drafts: list[Json] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    next_id: int = 0

    @property
    def is_group(self) -> bool:
        """Groups and supergroups."""
        return self.type in {"group", "supergroup"}

    def to_json(self) -> Json:
        """Return the Chat object of the API."""
        if self.type == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        shown: Json = {"id": self.id, "type": self.type, "title": self.title}
        if self.is_forum:
            shown["is_forum"] = True
        return shown


@dataclass
class World:
    """Everything that outlives a single request."""

    hours: Hours = field(default_factory=Hours)
    username: str = "potluck_test_bot"
    chats: dict[int, Chat] = field(default_factory=dict)
    users: dict[int, Json] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    queries: dict[str, Json] = field(default_factory=dict)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    reads_all_messages: bool = False
    shared_id: int = 0

    def bot(self) -> Json:
        """Return the bot's own User object."""
        return {"id": BOT_ID, "is_bot": True, "first_name": "Potluck", "username": self.username}

    def me(self) -> Json:
        """Return what getMe answers."""
        return {
            **self.bot(),
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_all_messages,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def keep(self, data: bytes, folder: str, extension: str = "", size: int | None = None) -> StoredFile:
        """Store bytes and hand out fresh ids, as a new upload of the same bytes gets them."""
        serial = len(self.files) + 1
        stored = StoredFile(
            id=f"BQACAgQAAx{serial:06d}{hashlib.sha256(data).hexdigest()[:24]}",
            unique_id=f"AgAD{serial:06d}",
            data=data,
            path=f"{folder}/file_{serial}{extension}",
            size=len(data) if size is None else size,
        )
        self.files[stored.id] = stored
        return stored

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; private chats and basic groups share the account's counter."""
        if chat.type in {"supergroup", "channel"}:
            chat.next_id += 1
            return chat.next_id
        self.shared_id += 1
        return self.shared_id

    def add_message(self, chat: Chat, sender: Json, content: Json) -> Json:
        """Put a message into a chat and return its object."""
        message: Json = {
            "message_id": self.next_message_id(chat),
            "date": int(self.hours.now()),
            "chat": chat.to_json(),
            "from": sender,
            **content,
        }
        chat.messages[message["message_id"]] = message
        return message
