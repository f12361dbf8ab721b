"""Interactions: the three seconds, the fifteen minutes, and every kind of answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from tests.servers import discord_shapes as shapes
from tests.servers.discord_shapes import EPHEMERAL, LOADING, Json
from tests.servers.discord_world import Denied, World, invalid, unknown
from tests.servers.discord_writing import Part, Writer

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
ACK_SECONDS, LIFE_SECONDS = 3.0, 15 * 60


class Answer:
    """One interaction as the person who started it sees it."""

    def __init__(self, world: World, kind: int, user: Json, channel: Json, data: Json) -> None:
        self.id = world.id()
        self.token = secrets.token_urlsafe(48)
        self.kind = kind
        self.user = user
        self.channel = channel
        self.data = data
        self.made = world.now()
        self.started = asyncio.get_running_loop().time()
        self.acked: float | None = None
        self.type: int | None = None
        self.modal: Json | None = None
        self.choices: list[Json] | None = None
        self.message: Json | None = None  # the response, once there is one
        self.source: Json | None = None  # the message whose component was used
        self.followups: list[Json] = []
        self.changed = asyncio.Event()
        self.late = False

    @property
    def text(self) -> str:
        """All the words of the response and of what followed it."""
        shown = ([self.message] if self.message else []) + self.followups
        return "\n".join(shapes.text_of(m) for m in shown)

    @property
    def private(self) -> bool:
        """Whether only the person sees the response."""
        return bool(self.message and self.message["flags"] & EPHEMERAL)

    @property
    def thinking(self) -> bool:
        """Whether the response is still only an announcement of one."""
        return bool(self.message and self.message["flags"] & LOADING)

    def custom_ids(self) -> list[str]:
        """Custom ids of the response's components."""
        everything = shapes.walk((self.message or {}).get("components") or [])
        return [part["custom_id"] for part in everything if part.get("custom_id")]

    async def until(self, ready: Callable[[Answer], object], seconds: float = 10.0) -> Answer:
        """Wait until the answer looks as wanted; a TimeoutError tells how it looks instead."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not ready(self):
            self.changed.clear()
            left = end - loop.time()
            if left <= 0:
                raise TimeoutError(f"answer of type {self.type} stayed at {self.text!r}")
            try:
                await asyncio.wait_for(self.changed.wait(), left)
            except TimeoutError:
                continue
        return self


class Interactions:
    """Starts interactions and takes the bot's answers."""

    def __init__(self, world: World, writer: Writer) -> None:
        self.world = world
        self.writer = writer
        self.by_token: dict[str, Answer] = {}
        self.by_id: dict[str, Answer] = {}
        self.recent_acks: list[float] = []
        self.file_limit = 10 << 20

    def start(self, answer: Answer, locale: str) -> Json:
        """Tell the bot about an interaction."""
        self.by_token[answer.token] = answer
        self.by_id[answer.id] = answer
        channel, world = answer.channel, self.world
        payload: Json = {
            "id": answer.id,
            "application_id": world.application_id,
            "type": answer.kind,
            "token": answer.token,
            "version": 1,
            "data": answer.data,
            "channel_id": channel["id"],
            "channel": self.partial(channel),
            "locale": locale,
            "entitlements": [],
            "attachment_size_limit": self.file_limit,
            "context": 1 if channel["type"] == 1 else 0,
            "authorizing_integration_owners": {"0": channel.get("guild_id", "0")},
        }
        if "guild_id" in channel:
            guild_id = channel["guild_id"]
            payload["guild_id"] = guild_id
            payload["guild"] = {"id": guild_id, "locale": "en-US", "features": []}
            payload["guild_locale"] = "en-US"
            payload["app_permissions"] = str(world.rights(guild_id, world.bot["id"], channel))
            payload["member"] = world.members[guild_id][answer.user["id"]] | {
                "permissions": str(world.rights(guild_id, answer.user["id"], channel))
            }
        else:
            payload["app_permissions"] = str(shapes.EVERYDAY)
            payload["user"] = answer.user
        if answer.source is not None:
            payload["message"] = world.shown(answer.source)
        world.tell("INTERACTION_CREATE", payload, channel)
        return payload

    def partial(self, channel: Json) -> Json:
        """The channel as interactions carry it."""
        shape = {k: v for k, v in channel.items() if k not in ("permission_overwrites", "member")}
        if "guild_id" in channel:
            bot = self.world.bot["id"]
            shape["permissions"] = str(self.world.rights(channel["guild_id"], bot, channel))
        return shape

    # --- the first answer

    def callback(self, number: str, token: str, body: Json, files: list[Part]) -> Json:
        """Take the first answer of an interaction."""
        answer = self.by_id.get(number)
        if answer is None or answer.token != token:
            raise Denied(404, 10062, "Unknown interaction")
        waited = asyncio.get_running_loop().time() - answer.started
        if answer.acked is not None:
            raise Denied(400, 40060, "Interaction has already been acknowledged.")
        if waited > ACK_SECONDS:
            answer.late = True
            raise Denied(404, 10062, "Unknown interaction")
        kind = body["type"]
        allowed = {COMMAND: (4, 5, 9), COMPONENT: (4, 5, 6, 7, 9), AUTOCOMPLETE: (8,), MODAL: (4, 5, 6, 7)}
        if kind not in allowed[answer.kind] or (kind in (6, 7) and answer.source is None):
            raise invalid("type", "BASE_TYPE_CHOICES", "Value is not one of the allowed response types")
        data = body.get("data") or {}
        resource: Json | None = None
        if kind == 8:
            if len(data.get("choices") or []) > 25:
                raise invalid("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
            answer.choices = data.get("choices") or []
        elif kind == 9:
            answer.modal = self.modal(data)
        elif kind in (4, 5):
            answer.message = self.reply(answer, data, files, loading=kind == 5)
            if kind == 4:
                resource = {"type": 4, "message": answer.message}
        elif kind == 7 and answer.source is not None:
            answer.message = self.writer.edit(answer.source, data, files)
            self.announce_edit(answer.source)
            resource = {"type": 7, "message": answer.source}
        elif kind == 6:
            answer.message = answer.source
        answer.type = kind
        answer.acked = waited
        self.recent_acks.append(waited)
        answer.changed.set()
        told: Json = {"id": answer.id, "type": answer.kind}
        if "guild_id" in answer.channel:
            told["guild_id"] = answer.channel["guild_id"]
        told["channel_id"] = answer.channel["id"]
        if kind in (4, 5) and answer.message is not None:
            told["response_message_id"] = answer.message["id"]
            told["response_message_loading"] = kind == 5
            told["response_message_ephemeral"] = bool(answer.message["flags"] & EPHEMERAL)
        return {"interaction": told} | ({"resource": resource} if resource else {})

    @staticmethod
    def modal(data: Json) -> Json:
        """Check a modal."""
        parts = data.get("components") or []
        if not 1 <= len(parts) <= 5:
            raise invalid("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        if not 1 <= len(data.get("title") or "") <= 45:
            raise invalid("data.title", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
        if not 1 <= len(data.get("custom_id") or "") <= 100:
            raise invalid("data.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        for part in shapes.walk(parts):
            if part["type"] == 18 and not 1 <= len(part.get("label") or "") <= 45:
                raise invalid(
                    "data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length."
                )
            if part["type"] == 18 and len(part.get("description") or "") > 100:
                raise invalid("data.components", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        return data | {"components": shapes.without_nulls(parts)}

    def reply(self, answer: Answer, body: Json, files: list[Part], *, loading: bool) -> Json:
        """Make the response message."""
        world = self.world
        extra: Json = {
            "type": 20 if answer.kind == COMMAND else 19 if answer.source else 0,
            "webhook_id": world.application_id,
            "application_id": world.application_id,
            "interaction_metadata": self.metadata(answer),
        }
        channel_id = answer.channel["id"]
        flags = body.get("flags") or 0
        if loading:
            message = shapes.message(world.id(), channel_id, world.bot, world.stamp()) | extra
            message["flags"] |= (flags & EPHEMERAL) | LOADING
        else:
            message = self.writer.compose(channel_id, world.bot, body, files, **extra)
        if extra["type"] == 19 and answer.source is not None:
            message["message_reference"] = {
                "type": 0,
                "channel_id": channel_id,
                "message_id": answer.source["id"],
            }
        if flags & EPHEMERAL:
            world.hidden[message["id"]] = answer.user["id"]
        return world.post(message)

    def metadata(self, answer: Answer) -> Json:
        """What the message tells about the interaction that made it."""
        base: Json = {
            "id": answer.id,
            "type": answer.kind,
            "user": answer.user,
            "authorizing_integration_owners": {"0": answer.channel.get("guild_id", "0")},
        }
        if answer.kind == COMPONENT and answer.source is not None:
            base["interacted_message_id"] = answer.source["id"]
        if answer.kind == MODAL:
            base["triggering_interaction_metadata"] = {
                "id": answer.id,
                "type": COMMAND,
                "user": answer.user,
                "authorizing_integration_owners": base["authorizing_integration_owners"],
            }
        return base

    def announce_edit(self, message: Json) -> None:
        """Tell about an edit of a message that others may see too."""
        self.world.changed(message)
        for other in self.by_id.values():
            if other.message is message:
                other.changed.set()

    # --- what follows

    def webhook(self, token: str) -> Answer:
        """The interaction of a token that still lives."""
        answer = self.by_token.get(token)
        if answer is None:
            raise Denied(404, 10015, "Unknown Webhook")
        if self.world.now() - answer.made > LIFE_SECONDS:
            raise Denied(401, 50027, "Invalid Webhook Token")
        if answer.acked is None:
            raise Denied(404, 10015, "Unknown Webhook")
        return answer

    def followup(self, answer: Answer, body: Json, files: list[Part]) -> Json:
        """A further message; the first one after a deferred answer fills its placeholder instead."""
        if answer.thinking and answer.message is not None:
            return self.edit(answer, "@original", body, files)
        message = self.reply(answer, body, files, loading=False)
        answer.followups.append(message)
        answer.changed.set()
        return message

    def find(self, answer: Answer, message_id: str) -> Json:
        """The interaction's message of that id."""
        if message_id == "@original":
            if answer.message is None:
                raise unknown("Message")
            return answer.message
        for message in [*answer.followups, *([answer.message] if answer.message else [])]:
            if message["id"] == message_id:
                return message
        raise unknown("Message")

    def edit(self, answer: Answer, message_id: str, body: Json, files: list[Part]) -> Json:
        """Change a message of the interaction."""
        message = self.find(answer, message_id)
        message["flags"] &= ~LOADING
        self.writer.edit(message, body, files)
        self.announce_edit(message)
        answer.changed.set()
        return message

    def delete(self, answer: Answer, message_id: str) -> None:
        """Remove a message of the interaction."""
        message = self.find(answer, message_id)
        channel_id = message["channel_id"]
        self.world.messages[channel_id].pop(message["id"], None)
        self.world.hidden.pop(message["id"], None)
        if message is answer.message:
            answer.message = None
        answer.followups = [m for m in answer.followups if m is not message]
        answer.changed.set()
