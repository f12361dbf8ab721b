"""The loopback REST API: one method a route."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers import discord_shapes as shapes
from tests.servers.discord_gateway import Gateway
from tests.servers.discord_interactions import Interactions
from tests.servers.discord_shapes import Json
from tests.servers.discord_world import Denied, World, invalid, unknown
from tests.servers.discord_writing import Part, Writer

HOUR = 3600.0


@dataclass
class Call:
    """One request, taken apart."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    files: list[Part]
    ids: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], "tuple[int, Any]"]
ROUTES: list[tuple[str, re.Pattern[str], str]] = []


def route(method: str, pattern: str) -> Callable[[Any], Any]:
    """Mark a method as the answer to a route such as `/channels/{c}/messages`."""
    regex = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "$")

    def mark(function: Any) -> Any:
        ROUTES.append((method, regex, function.__name__))
        return function

    return mark


class Rest:
    """Answers calls; raises Denied for what Discord would refuse."""

    def __init__(self, world: World, writer: Writer, gateway: Gateway, interactions: Interactions) -> None:
        self.world = world
        self.writer = writer
        self.gateway = gateway
        self.interactions = interactions
        self.edit_old: Callable[[str], float] = lambda channel_id: 0.0
        self.syncs: list[list[Json]] = []

    def answer(self, call: Call) -> tuple[int, Any]:
        """Find the route's method and let it answer: status and body."""
        for method, regex, name in ROUTES:
            if method == call.method and (match := regex.match(call.path)):
                call.ids = {k: urllib.parse.unquote(v) for k, v in match.groupdict().items()}
                handler: Handler = getattr(self, name)
                return handler(call)
        raise Denied(404, 0, "404: Not Found")

    # --- who and where

    @route("GET", "/gateway")
    def get_gateway(self, call: Call) -> tuple[int, Any]:
        return 200, {"url": self.gateway.url}

    @route("GET", "/gateway/bot")
    def get_gateway_bot(self, call: Call) -> tuple[int, Any]:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16}
        usual = {"url": self.gateway.url, "shards": self.gateway.shards, "session_start_limit": limit}
        return 200, self.gateway.odd.gateway or usual

    @route("GET", "/users/@me")
    def get_me(self, call: Call) -> tuple[int, Any]:
        return 200, self.world.bot | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}

    @route("GET", "/users/{user}")
    def get_user(self, call: Call) -> tuple[int, Any]:
        if call.ids["user"] not in self.world.users:
            raise unknown("User")
        return 200, self.world.users[call.ids["user"]]

    @route("GET", "/oauth2/applications/@me")
    @route("GET", "/applications/@me")
    def get_application(self, call: Call) -> tuple[int, Any]:
        return 200, shapes.application(self.world.application_id, "Potluck", self.world.owner, self.world.bot)

    @route("GET", "/users/@me/guilds")
    def get_my_guilds(self, call: Call) -> tuple[int, Any]:
        bot = self.world.bot["id"]
        return 200, [
            {
                "id": guild["id"],
                "name": guild["name"],
                "icon": None,
                "banner": None,
                "owner": False,
                "permissions": str(self.world.rights(guild["id"], bot)),
                "features": [],
            }
            for guild in self.world.guilds.values()
            if bot in self.world.members[guild["id"]]
        ]

    @route("POST", "/users/@me/channels")
    def post_direct(self, call: Call) -> tuple[int, Any]:
        return 200, self.world.direct_channel(str(call.body["recipient_id"]))

    # --- guilds

    @route("GET", "/guilds/{guild}")
    def get_guild(self, call: Call) -> tuple[int, Any]:
        guild = self.guild(call)
        return 200, guild | {"roles": list(self.world.roles[guild["id"]].values())}

    @route("GET", "/guilds/{guild}/channels")
    def get_channels(self, call: Call) -> tuple[int, Any]:
        return 200, self.world.channels_of(self.guild(call)["id"])

    @route("GET", "/guilds/{guild}/roles")
    def get_roles(self, call: Call) -> tuple[int, Any]:
        return 200, list(self.world.roles[self.guild(call)["id"]].values())

    @route("GET", "/guilds/{guild}/members/{user}")
    def get_member(self, call: Call) -> tuple[int, Any]:
        members = self.world.members[self.guild(call)["id"]]
        if call.ids["user"] not in members:
            raise unknown("Member")
        return 200, members[call.ids["user"]]

    @route("GET", "/guilds/{guild}/threads/active")
    def get_active_threads(self, call: Call) -> tuple[int, Any]:
        threads = [
            t for t in self.world.threads_of(self.guild(call)["id"]) if not t["thread_metadata"]["archived"]
        ]
        return 200, {"threads": threads, "members": [], "has_more": False}

    def guild(self, call: Call) -> Json:
        """The guild of the path, if the bot is in it."""
        guild = self.world.guilds.get(call.ids["guild"])
        if guild is None or self.world.bot["id"] not in self.world.members[guild["id"]]:
            raise unknown("Guild")
        return guild

    # --- channels and threads

    def channel(self, call: Call, *rights: str) -> Json:
        """The channel of the path, with the rights that the call needs."""
        channel = self.world.channel(call.ids["channel"])
        self.world.need(channel, *rights)
        return channel

    @route("GET", "/channels/{channel}")
    def get_channel(self, call: Call) -> tuple[int, Any]:
        return 200, self.channel(call)

    @route("PATCH", "/channels/{channel}")
    def patch_channel(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call)
        if channel["type"] not in (10, 11, 12):
            self.world.need(channel, "MANAGE_CHANNELS")
            channel |= {k: v for k, v in call.body.items() if k in ("name", "topic")}
            return 200, channel
        if channel["owner_id"] != self.world.bot["id"]:
            self.world.need(channel, "MANAGE_THREADS")
        for key in ("archived", "locked", "auto_archive_duration"):
            if key in call.body:
                channel["thread_metadata"][key] = call.body[key]
        channel |= {k: v for k, v in call.body.items() if k in ("name", "rate_limit_per_user")}
        self.world.tell("THREAD_UPDATE", channel, channel)
        return 200, channel

    @route("POST", "/channels/{channel}/messages/{message}/threads")
    def post_thread_of_message(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "CREATE_PUBLIC_THREADS", "READ_MESSAGE_HISTORY")
        if channel["type"] not in (0, 5):
            raise Denied(400, 50024, "Cannot execute action on this channel type")
        message = self.world.message(channel["id"], call.ids["message"])
        minutes = call.body.get("auto_archive_duration") or 4320
        return 201, self.world.start_thread(
            channel, call.body["name"], self.world.bot["id"], minutes, message
        )

    @route("POST", "/channels/{channel}/threads")
    def post_thread(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "CREATE_PUBLIC_THREADS")
        minutes = call.body.get("auto_archive_duration") or 4320
        thread = self.world.start_thread(channel, call.body["name"], self.world.bot["id"], minutes)
        if channel["type"] == 15:
            body = call.body.get("message") or {}
            message = self.writer.compose(thread["id"], self.world.bot, body, call.files)
            message["id"] = thread["id"]
            self.world.post(message)
            return 201, thread | {"message": message}
        return 201, thread

    @route("GET", "/channels/{channel}/threads/archived/public")
    def get_archived(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "READ_MESSAGE_HISTORY")
        threads = [
            t
            for t in self.world.channels.values()
            if t.get("parent_id") == channel["id"] and t["type"] == 11 and t["thread_metadata"]["archived"]
        ]
        return 200, {"threads": threads, "members": [], "has_more": False}

    @route("PUT", "/channels/{channel}/thread-members/{user}")
    def put_thread_member(self, call: Call) -> tuple[int, Any]:
        self.world.open_thread_only(self.channel(call)["id"])
        return 204, None

    @route("POST", "/channels/{channel}/typing")
    def post_typing(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call)
        self.world.need(channel, self.send_right(channel))
        return 204, None

    # --- messages

    @staticmethod
    def send_right(channel: Json) -> str:
        """The right that sending needs: threads have their own."""
        return "SEND_MESSAGES_IN_THREADS" if channel["type"] in (10, 11, 12) else "SEND_MESSAGES"

    @route("GET", "/channels/{channel}/messages")
    def get_messages(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "READ_MESSAGE_HISTORY")
        visible = [m for m in self.world.messages[channel["id"]].values() if m["id"] not in self.world.hidden]
        if "before" in call.query:
            visible = [m for m in visible if int(m["id"]) < int(call.query["before"])]
        if "after" in call.query:
            visible = [m for m in visible if int(m["id"]) > int(call.query["after"])]
        newest = sorted(visible, key=lambda m: -int(m["id"]))[: int(call.query.get("limit", 50))]
        return 200, [self.world.shown(self.writer.shelf.refresh(m)) for m in newest]

    @route("POST", "/channels/{channel}/messages")
    def post_message(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call)
        if channel["type"] == 15:
            raise Denied(400, 50008, "Cannot send messages in a non-text channel")
        rights = [self.send_right(channel)]
        rights += ["ATTACH_FILES"] if call.files else []
        rights += ["READ_MESSAGE_HISTORY"] if call.body.get("message_reference") else []
        self.world.need(channel, *rights)
        if channel["type"] in (10, 11, 12) and channel["thread_metadata"]["locked"]:
            self.world.need(channel, "MANAGE_THREADS")
        nonce = call.body.get("nonce")
        if nonce is not None and len(str(nonce)) > 25:
            raise invalid("nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length.")
        if nonce is not None and call.body.get("enforce_nonce"):
            first = self.world.nonces.get((channel["id"], str(nonce)))
            if first is not None and first in self.world.messages[channel["id"]]:
                return 200, self.world.shown(self.world.messages[channel["id"]][first])
        message = self.writer.compose(channel["id"], self.world.bot, call.body, call.files)
        if nonce is not None:
            self.world.nonces[channel["id"], str(nonce)] = message["id"]
        if not self.embeds_allowed(channel):
            message["embeds"] = []
        return 200, self.world.shown(self.world.post(message))

    def embeds_allowed(self, channel: Json) -> bool:
        """Without EMBED_LINKS embeds vanish silently."""
        if channel["type"] == 1:
            return True
        bits = self.world.rights(channel["guild_id"], self.world.bot["id"], channel)
        return bool(bits & shapes.BITS["EMBED_LINKS"])

    @route("GET", "/channels/{channel}/messages/{message}")
    def get_message(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "READ_MESSAGE_HISTORY")
        found = self.world.message(channel["id"], call.ids["message"])
        return 200, self.world.shown(self.writer.shelf.refresh(found))

    @route("PATCH", "/channels/{channel}/messages/{message}")
    def patch_message(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call)
        message = self.world.message(channel["id"], call.ids["message"])
        self.world.open_thread_only(channel["id"])
        if message["author"]["id"] != self.world.bot["id"]:
            raise Denied(403, 50005, "Cannot edit a message authored by another user")
        age = self.world.now() - shapes.made_at(message["id"])
        if age > HOUR and (wait := self.edit_old(channel["id"])):
            raise TooMany(wait, 30046, "Maximum number of edits to messages older than 1 hour reached.")
        return 200, self.world.shown(self.world.changed(self.writer.edit(message, call.body, call.files)))

    @route("DELETE", "/channels/{channel}/messages/{message}")
    def delete_message(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call)
        message = self.world.message(channel["id"], call.ids["message"])
        if message["author"]["id"] != self.world.bot["id"]:
            self.world.need(channel, "MANAGE_MESSAGES")
        self.world.remove(channel["id"], message["id"])
        return 204, None

    # --- reactions

    @route("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me")
    def put_reaction(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "READ_MESSAGE_HISTORY")
        if not self.world.reactions.get(call.ids["message"], {}).get(call.ids["emoji"]):
            self.world.need(channel, "ADD_REACTIONS")
        self.world.react(self.world.bot["id"], channel["id"], call.ids["message"], call.ids["emoji"])
        return 204, None

    @route("DELETE", "/channels/{channel}/messages/{message}/reactions/{emoji}/{user}")
    def delete_reaction(self, call: Call) -> tuple[int, Any]:
        user = self.world.bot["id"] if call.ids["user"] == "@me" else call.ids["user"]
        channel = self.channel(call, *(() if user == self.world.bot["id"] else ("MANAGE_MESSAGES",)))
        self.world.unreact(user, channel["id"], call.ids["message"], call.ids["emoji"])
        return 204, None

    @route("DELETE", "/channels/{channel}/messages/{message}/reactions")
    def delete_reactions(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "MANAGE_MESSAGES")
        self.world.clear_reactions(channel["id"], call.ids["message"])
        return 204, None

    @route("GET", "/channels/{channel}/messages/{message}/reactions/{emoji}")
    def get_reactions(self, call: Call) -> tuple[int, Any]:
        channel = self.channel(call, "READ_MESSAGE_HISTORY")
        self.world.message(channel["id"], call.ids["message"])
        people = self.world.reactions.get(call.ids["message"], {}).get(call.ids["emoji"], [])
        people = sorted(people, key=int)
        if "after" in call.query:
            people = [p for p in people if int(p) > int(call.query["after"])]
        limit = min(100, int(call.query.get("limit", 25)))
        return 200, [self.world.users[p] for p in people[:limit]]

    # --- commands

    @route("GET", "/applications/{app}/commands")
    def get_commands(self, call: Call) -> tuple[int, Any]:
        return 200, self.world.commands[None]

    @route("PUT", "/applications/{app}/commands")
    def put_commands(self, call: Call) -> tuple[int, Any]:
        return 200, self.register(None, call.body)

    @route("GET", "/applications/{app}/guilds/{guild}/commands")
    def get_guild_commands(self, call: Call) -> tuple[int, Any]:
        return 200, self.world.commands.get(self.guild(call)["id"], [])

    @route("PUT", "/applications/{app}/guilds/{guild}/commands")
    def put_guild_commands(self, call: Call) -> tuple[int, Any]:
        return 200, self.register(self.guild(call)["id"], call.body)

    def register(self, guild_id: str | None, sent: list[Json]) -> list[Json]:
        """Replace the commands; a command that stays keeps its id."""
        self.syncs.append(sent)
        before = {(c["type"], c["name"]): c["id"] for c in self.world.commands.get(guild_id, [])}
        kept = []
        for item in sent:
            kind = item.get("type") or 1
            shape: Json = {
                "id": before.get((kind, item["name"])) or self.world.id(),
                "application_id": self.world.application_id,
                "version": self.world.id(),
                "default_member_permissions": None,
                "nsfw": False,
                "description": "",
            }
            shape |= {k: v for k, v in item.items() if v is not None} | {"type": kind}
            if shape["default_member_permissions"] is not None:
                shape["default_member_permissions"] = str(shape["default_member_permissions"])
            if guild_id is not None:
                shape["guild_id"] = guild_id
            kept.append(shape)
        self.world.commands[guild_id] = kept
        return kept

    # --- interactions

    @route("POST", "/interactions/{id}/{token}/callback")
    def post_callback(self, call: Call) -> tuple[int, Any]:
        told = self.interactions.callback(call.ids["id"], call.ids["token"], call.body, call.files)
        if call.query.get("with_response", "").lower() in ("1", "true"):
            return 200, told
        return 204, None

    @route("POST", "/webhooks/{app}/{token}")
    def post_followup(self, call: Call) -> tuple[int, Any]:
        answer = self.interactions.webhook(call.ids["token"])
        return 200, self.world.shown(self.interactions.followup(answer, call.body, call.files))

    @route("GET", "/webhooks/{app}/{token}/messages/{message}")
    def get_followup(self, call: Call) -> tuple[int, Any]:
        answer = self.interactions.webhook(call.ids["token"])
        return 200, self.world.shown(self.interactions.find(answer, call.ids["message"]))

    @route("PATCH", "/webhooks/{app}/{token}/messages/{message}")
    def patch_followup(self, call: Call) -> tuple[int, Any]:
        answer = self.interactions.webhook(call.ids["token"])
        message = self.interactions.edit(answer, call.ids["message"], call.body, call.files)
        return 200, self.world.shown(message)

    @route("DELETE", "/webhooks/{app}/{token}/messages/{message}")
    def delete_followup(self, call: Call) -> tuple[int, Any]:
        self.interactions.delete(self.interactions.webhook(call.ids["token"]), call.ids["message"])
        return 204, None


class TooMany(Denied):
    """429 with a code of its own."""

    def __init__(self, wait: float, code: int, message: str) -> None:
        super().__init__(429, code, message)
        self.body |= {"retry_after": wait, "global": False}
