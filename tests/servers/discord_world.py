"""What the loopback Discord remembers: guilds, channels, people, messages and who may do what."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from tests.servers import discord_shapes as shapes
from tests.servers.discord_shapes import ALL_BITS, BITS, EVERYDAY, Json


class Denied(Exception):
    """A REST call that Discord answers with an error of its own."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.body: Json = {"message": message, "code": code} | ({"errors": errors} if errors else {})


def missing_permissions() -> Denied:
    """The bot lacks a right."""
    return Denied(403, 50013, "Missing Permissions")


def unknown(what: str) -> Denied:
    """Nothing of that id."""
    codes = {"Channel": 10003, "Guild": 10004, "Member": 10007, "Message": 10008, "User": 10013}
    return Denied(404, codes.get(what, 0), f"Unknown {what}")


class World:
    """The state of one loopback Discord; every change is told to `tell(event, data, channel)`."""

    def __init__(self) -> None:
        self.lead = 0.0  # seconds that this Discord's clock runs ahead of the real one
        self.counter = itertools.count(1)
        self.tell: Callable[[str, Json, Json | None], None] = lambda event, data, channel: None
        self.owner = shapes.user(self.id(), "Owner")
        self.bot = shapes.user(self.id(), "Potluck", bot=True)
        self.application_id = self.bot["id"]
        self.users: dict[str, Json] = {u["id"]: u for u in (self.owner, self.bot)}
        self.guilds: dict[str, Json] = {}
        self.roles: dict[str, dict[str, Json]] = {}
        self.members: dict[str, dict[str, Json]] = {}
        self.channels: dict[str, Json] = {}
        self.messages: dict[str, dict[str, Json]] = {}
        self.reactions: dict[str, dict[str, list[str]]] = {}
        self.hidden: dict[str, str] = {}  # ephemeral message -> the one person who sees it
        self.nonces: dict[tuple[str, str], str] = {}
        self.commands: dict[str | None, list[Json]] = {None: []}
        self.ages: dict[str, float] = {}

    def now(self) -> float:
        """Seconds since 1970 by this Discord's clock."""
        return time.time() + self.lead

    def stamp(self) -> str:
        """The time, as Discord writes it."""
        return shapes.iso(self.now())

    def id(self) -> str:
        """A fresh snowflake."""
        return str((int(self.now() * 1000 - shapes.EPOCH_MS) << 22) | (next(self.counter) & 0x3FFFFF))

    # --- building

    def add_guild(self, name: str, owner: Json | None = None) -> Json:
        """A guild that has the bot in it and no channel yet."""
        guild = shapes.guild(self.id(), name, (owner or self.owner)["id"])
        self.guilds[guild["id"]] = guild
        everyone = shapes.role(guild["id"], "@everyone", EVERYDAY, 0)
        self.roles[guild["id"]] = {everyone["id"]: everyone}
        self.members[guild["id"]] = {}
        self.channels_of(guild["id"])
        bot_role = self.add_role(
            guild["id"], "Potluck", EVERYDAY | BITS["MANAGE_MESSAGES"] | BITS["MANAGE_THREADS"], managed=True
        )
        bot_role["tags"] = {"bot_id": self.bot["id"]}
        self.join(guild["id"], self.owner, [])
        self.join(guild["id"], self.bot, [bot_role["id"]])
        return guild

    def add_role(self, guild_id: str, name: str, permissions: int = 0, *, managed: bool = False) -> Json:
        """A role of a guild."""
        role = shapes.role(self.id(), name, permissions, len(self.roles[guild_id]), managed=managed)
        self.roles[guild_id][role["id"]] = role
        return role

    def add_channel(self, guild_id: str, name: str, kind: int = 0) -> Json:
        """A channel of a guild."""
        channel = shapes.channel(self.id(), guild_id, name, kind, len(self.channels_of(guild_id)))
        self.channels[channel["id"]] = channel
        self.messages[channel["id"]] = {}
        self.tell("CHANNEL_CREATE", channel, channel)
        return channel

    def add_user(self, name: str) -> Json:
        """A person."""
        user = shapes.user(self.id(), name)
        self.users[user["id"]] = user
        return user

    def join(self, guild_id: str, user: Json, roles: list[str]) -> Json:
        """Make a person a member of a guild."""
        member = shapes.member(user, roles, self.stamp())
        self.members[guild_id][user["id"]] = member
        self.tell_member("GUILD_MEMBER_ADD", guild_id, member)
        return member

    def tell_member(self, event: str, guild_id: str, member: Json) -> None:
        """Tell about a member to whoever asked for members."""
        self.tell(event, member | {"guild_id": guild_id}, {"guild_id": guild_id, "type": 0})

    def set_roles(self, guild_id: str, user_id: str, roles: list[str]) -> None:
        """Give a member other roles."""
        member = self.members[guild_id][user_id]
        member["roles"] = roles
        self.tell_member("GUILD_MEMBER_UPDATE", guild_id, member)

    # --- looking

    def channels_of(self, guild_id: str) -> list[Json]:
        """The guild's channels without its threads."""
        return [
            c
            for c in self.channels.values()
            if c.get("guild_id") == guild_id and c["type"] not in (10, 11, 12)
        ]

    def threads_of(self, guild_id: str) -> list[Json]:
        """The guild's threads, archived ones too."""
        return [
            c for c in self.channels.values() if c.get("guild_id") == guild_id and c["type"] in (10, 11, 12)
        ]

    def channel(self, channel_id: str) -> Json:
        """The channel, or 10003."""
        try:
            return self.channels[channel_id]
        except KeyError:
            raise unknown("Channel") from None

    def message(self, channel_id: str, message_id: str) -> Json:
        """The message, or 10008."""
        self.channel(channel_id)
        found = self.messages[channel_id].get(message_id)
        # An ephemeral message exists for its reader and its interaction alone.
        if found is None or message_id in self.hidden:
            raise unknown("Message")
        return found

    def rights(self, guild_id: str, user_id: str, channel: Json | None = None) -> int:
        """The person's permission bits in a guild or in one of its channels."""
        member = self.members[guild_id].get(user_id)
        if member is None:
            return 0
        if self.guilds[guild_id]["owner_id"] == user_id:
            return ALL_BITS
        roles = self.roles[guild_id]
        held = [guild_id, *member["roles"]]
        bits = 0
        for role_id in held:
            bits |= int(roles[role_id]["permissions"]) if role_id in roles else 0
        if bits & BITS["ADMINISTRATOR"]:
            return ALL_BITS
        if channel is not None and channel["type"] in (10, 11, 12):
            channel = self.channels.get(channel["parent_id"])
        overwrites = {o["id"]: o for o in (channel or {}).get("permission_overwrites", [])}
        layers = [[guild_id], [r for r in held if r != guild_id], [user_id]]
        for layer in layers:
            deny = allow = 0
            for key in layer:
                if key in overwrites:
                    deny |= int(overwrites[key]["deny"])
                    allow |= int(overwrites[key]["allow"])
            bits = (bits & ~deny) | allow
        return bits if bits & BITS["VIEW_CHANNEL"] else 0

    def need(self, channel: Json, *names: str) -> None:
        """Refuse when the bot lacks one of the rights in the channel."""
        if channel["type"] == 1:
            return
        bits = self.rights(channel["guild_id"], self.bot["id"], channel)
        if not bits & BITS["VIEW_CHANNEL"]:
            raise Denied(403, 50001, "Missing Access")
        for name in names:
            if not bits & BITS[name]:
                raise missing_permissions()

    def shown(self, message: Json, viewer: str | None = None) -> Json:
        """The message as REST returns it: with its reactions and its thread."""
        shape = dict(message)
        counts = [
            {
                "emoji": {"id": None, "name": emoji},
                "count": len(people),
                "count_details": {"burst": 0, "normal": len(people)},
                "burst_colors": [],
                "me": (viewer or self.bot["id"]) in people,
                "me_burst": False,
            }
            for emoji, people in self.reactions.get(message["id"], {}).items()
            if people
        ]
        if counts:
            shape["reactions"] = counts
        if message["flags"] & shapes.HAS_THREAD and message["id"] in self.channels:
            shape["thread"] = self.channels[message["id"]]
        return shape

    def event(self, message: Json) -> Json:
        """The message as the gateway tells it."""
        shape = self.shown(message)
        channel = self.channels[message["channel_id"]]
        if "guild_id" in channel and message["id"] not in self.hidden:
            shape["guild_id"] = channel["guild_id"]
            member = self.members[channel["guild_id"]].get(message["author"]["id"])
            if member:
                shape["member"] = {k: v for k, v in member.items() if k != "user"}
        return shape

    # --- changing

    def post(self, message: Json) -> Json:
        """Keep a message and tell about it."""
        channel = self.channels[message["channel_id"]]
        self.messages[channel["id"]][message["id"]] = message
        if message["id"] not in self.hidden:
            channel["last_message_id"] = message["id"]
            if channel["type"] in (10, 11, 12):
                channel["message_count"] += 1
                channel["total_message_sent"] += 1
                self.unarchive(channel)
        self.tell("MESSAGE_CREATE", self.event(message), channel)
        return message

    def unarchive(self, thread: Json) -> None:
        """Sending into an archived thread opens it, unless it is locked."""
        if thread["thread_metadata"]["archived"]:
            thread["thread_metadata"]["archived"] = False
            thread["thread_metadata"]["archive_timestamp"] = self.stamp()
            self.tell("THREAD_UPDATE", thread, thread)

    def changed(self, message: Json) -> Json:
        """Tell about an edit."""
        message["edited_timestamp"] = self.stamp()
        self.tell("MESSAGE_UPDATE", self.event(message), self.channels[message["channel_id"]])
        return message

    def remove(self, channel_id: str, message_id: str) -> None:
        """Delete a message."""
        self.message(channel_id, message_id)
        del self.messages[channel_id][message_id]
        self.reactions.pop(message_id, None)
        channel = self.channels[channel_id]
        data: Json = {"id": message_id, "channel_id": channel_id}
        if "guild_id" in channel:
            data["guild_id"] = channel["guild_id"]
        self.tell("MESSAGE_DELETE", data, channel)

    def remove_many(self, channel_id: str, message_ids: list[str]) -> None:
        """Delete messages at once, as moderators do."""
        for message_id in message_ids:
            self.messages[channel_id].pop(message_id)
            self.reactions.pop(message_id, None)
        channel = self.channels[channel_id]
        data: Json = {"ids": message_ids, "channel_id": channel_id, "guild_id": channel["guild_id"]}
        self.tell("MESSAGE_DELETE_BULK", data, channel)

    def react(self, user_id: str, channel_id: str, message_id: str, emoji: str) -> None:
        """Add a person's reaction."""
        message = self.message(channel_id, message_id)
        self.open_thread_only(channel_id)
        kinds = self.reactions.setdefault(message_id, {})
        if emoji not in kinds and len(kinds) >= 20:
            raise Denied(400, 30010, "Maximum number of reactions reached (20)")
        people = kinds.setdefault(emoji, [])
        if user_id in people:
            return
        people.append(user_id)
        data = self.reaction(user_id, channel_id, message_id, emoji)
        data["message_author_id"] = message["author"]["id"]
        channel = self.channels[channel_id]
        if "guild_id" in channel and user_id in self.members[channel["guild_id"]]:
            data["member"] = self.members[channel["guild_id"]][user_id]
        self.tell("MESSAGE_REACTION_ADD", data, channel)

    def unreact(self, user_id: str, channel_id: str, message_id: str, emoji: str) -> None:
        """Take a person's reaction away."""
        self.message(channel_id, message_id)
        people = self.reactions.get(message_id, {}).get(emoji, [])
        if user_id not in people:
            raise Denied(404, 10014, "Unknown Emoji")
        people.remove(user_id)
        data = self.reaction(user_id, channel_id, message_id, emoji)
        self.tell("MESSAGE_REACTION_REMOVE", data, self.channels[channel_id])

    def clear_reactions(self, channel_id: str, message_id: str, emoji: str | None = None) -> None:
        """Take all reactions away, or all of one emoji."""
        kinds = self.reactions.get(message_id, {})
        data: Json = {"channel_id": channel_id, "message_id": message_id}
        channel = self.channels[channel_id]
        if "guild_id" in channel:
            data["guild_id"] = channel["guild_id"]
        if emoji is None:
            kinds.clear()
            self.tell("MESSAGE_REACTION_REMOVE_ALL", data, channel)
        else:
            kinds.pop(emoji, None)
            data["emoji"] = {"id": None, "name": emoji}
            self.tell("MESSAGE_REACTION_REMOVE_EMOJI", data, channel)

    def reaction(self, user_id: str, channel_id: str, message_id: str, emoji: str) -> Json:
        """The common part of the reaction events."""
        data: Json = {
            "user_id": user_id,
            "channel_id": channel_id,
            "message_id": message_id,
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        channel = self.channels[channel_id]
        if "guild_id" in channel:
            data["guild_id"] = channel["guild_id"]
        return data

    def open_thread_only(self, channel_id: str) -> None:
        """Nothing but sending works in an archived thread."""
        thread = self.channels[channel_id]
        if thread["type"] in (10, 11, 12) and thread["thread_metadata"]["archived"]:
            raise Denied(400, 50083, "Thread is archived")

    def start_thread(
        self, parent: Json, name: str, owner: str, minutes: int, message: Json | None = None
    ) -> Json:
        """Open a thread, under a message or on its own."""
        if not 1 <= len(name) <= 100:
            raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        if message is not None and message["id"] in self.channels:
            raise Denied(400, 160004, "A thread has already been created for this message")
        thread_id = message["id"] if message else self.id()
        thread = shapes.thread(thread_id, parent, name, owner, minutes, self.stamp())
        thread["member"] = {"id": thread_id, "user_id": owner, "join_timestamp": self.stamp(), "flags": 1}
        self.channels[thread_id] = thread
        self.messages[thread_id] = {}
        self.tell("THREAD_CREATE", thread | {"newly_created": True}, thread)
        if message is not None:
            message["flags"] |= shapes.HAS_THREAD
            self.tell("MESSAGE_UPDATE", self.event(message), parent)
            starter = shapes.message(self.id(), thread_id, message["author"], self.stamp(), kind=21)
            starter["message_reference"] = {
                "type": 0,
                "channel_id": parent["id"],
                "message_id": message["id"],
                "guild_id": parent["guild_id"],
            }
            self.messages[thread_id][starter["id"]] = starter
        return thread

    def direct_channel(self, user_id: str) -> Json:
        """The direct-message channel of the bot and a person."""
        for channel in self.channels.values():
            if channel["type"] == 1 and channel["recipients"][0]["id"] == user_id:
                return channel
        if user_id not in self.users:
            raise unknown("User")
        channel = shapes.direct(self.id(), [self.users[user_id]])
        self.channels[channel["id"]] = channel
        self.messages[channel["id"]] = {}
        return channel


def invalid(field: str, code: str, message: str) -> Denied:
    """50035 with the field that was wrong."""
    errors: Any = {"_errors": [{"code": code, "message": message}]}
    for key in reversed(field.split(".")):
        errors = {key: errors}
    return Denied(400, 50035, "Invalid Form Body", errors)
