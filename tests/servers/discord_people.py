"""People at their Discord clients: what they can press, type, upload and see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers import discord_shapes as shapes
from tests.servers.discord_interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Answer
from tests.servers.discord_shapes import Json

if TYPE_CHECKING:
    from tests.servers.discord import DiscordServer

SUB, GROUP, STRING, INTEGER, USER, CHANNEL, ROLE, ATTACHMENT = 1, 2, 3, 4, 6, 7, 8, 11
TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 4, 19, 21, 22, 23
SELECTS = {3: "string", 5: "user", 6: "role", 7: "mentionable", 8: "channel"}


@dataclass
class File:
    """Something to upload."""

    name: str
    data: bytes
    kind: str = "application/octet-stream"


class NotOffered(AssertionError):
    """Discord's client would not let the person do this."""


@dataclass
class Person:
    """One person, seen in one guild at a time."""

    server: DiscordServer
    user: Json
    guild: Json | None = None
    locale: str = "en-US"
    fields: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The user's id."""
        return str(self.user["id"])

    @property
    def mention(self) -> str:
        """What others type to address the person."""
        return f"<@{self.id}>"

    # --- commands

    def command(self, path: str, kind: int = 1) -> tuple[Json, list[Json], list[str]]:
        """The registered command, the options of its (sub)command, and the words after its name."""
        name, *rest = path.lstrip("/").split(" ") if kind == 1 else [path]
        guild_id = self.guild["id"] if self.guild else None
        offered = self.server.world.commands.get(guild_id, []) if guild_id else []
        offered = [*offered, *self.server.world.commands[None]]
        found = next((c for c in offered if c["name"] == name and c["type"] == kind), None)
        if found is None:
            raise NotOffered(f"{path} is not among {[c['name'] for c in offered]}")
        wanted = found.get("default_member_permissions")
        if wanted is not None and self.guild is not None:
            bits = self.server.world.rights(self.guild["id"], self.id)
            if int(wanted) & ~bits:
                raise NotOffered(f"{path} is hidden from {self.user['username']}")
        options = found.get("options") or []
        for word in rest:
            sub = next((o for o in options if o["name"] == word and o["type"] in (SUB, GROUP)), None)
            if sub is None:
                raise NotOffered(f"{path}: no {word} among {[o['name'] for o in options]}")
            options = sub.get("options") or []
        return found, options, rest

    async def slash(self, path: str, channel: Json, **values: Any) -> Answer:
        """Run a slash command; returns once it is acknowledged."""
        command, options, words = self.command(path)
        missing = [o["name"] for o in options if o.get("required") and o["name"] not in values]
        if missing:
            raise NotOffered(f"{path} needs {missing}")
        data = self.invocation(command, options, words, values, channel)
        return await self.interact(COMMAND, channel, data)

    async def suggest(
        self, path: str, channel: Json, focus: str, typed: str = "", **values: Any
    ) -> list[Json]:
        """The choices that appear while the person types."""
        command, options, words = self.command(path)
        option = next(o for o in options if o["name"] == focus)
        if not option.get("autocomplete"):
            raise NotOffered(f"{path} {focus} suggests nothing")
        data = self.invocation(command, options, words, values | {focus: typed}, channel, focus)
        answer = await self.interact(AUTOCOMPLETE, channel, data)
        return answer.choices or []

    async def menu(self, name: str, channel: Json, message: Json) -> Answer:
        """Use a context menu on a message."""
        command, _, _ = self.command(name, kind=3)
        data: Json = {
            "id": command["id"],
            "name": name,
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: self.server.world.shown(message)}},
        }
        return await self.interact(COMMAND, channel, data)

    def invocation(
        self,
        command: Json,
        options: list[Json],
        words: list[str],
        values: dict[str, Any],
        channel: Json,
        focus: str | None = None,
    ) -> Json:
        """The data of a command's interaction."""
        resolved: Json = {}
        given = []
        for name, value in values.items():
            option = next((o for o in options if o["name"] == name), None)
            if option is None:
                raise NotOffered(f"{command['name']} has no option {name}: {[o['name'] for o in options]}")
            entry: Json = {"name": name, "type": option["type"]}
            entry["value"] = self.resolve(option, value, resolved, channel) if name != focus else value
            if name == focus:
                entry["focused"] = True
            given.append(entry)
        for word in reversed(words):
            outer = SUB if word == words[-1] else GROUP
            given = [{"name": word, "type": outer, "options": given}]
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": given}
        return data | ({"resolved": resolved} if resolved else {})

    def resolve(self, option: Json, value: Any, resolved: Json, channel: Json) -> Any:
        """An option's value on the wire, checked as Discord's client checks it."""
        kind = option["type"]
        if kind == ATTACHMENT:
            return self.upload(value, resolved, channel)
        if kind in (USER, ROLE, CHANNEL):
            return self.point(kind, value, resolved)
        if option.get("choices") and value not in [c["value"] for c in option["choices"]]:
            raise NotOffered(f"{option['name']}: {value!r} is not a choice")
        if kind == STRING:
            low, high = option.get("min_length", 0), option.get("max_length", 6000)
            if not low <= len(value) <= high:
                raise NotOffered(f"{option['name']}: {len(value)} characters, {low} to {high}")
        elif kind in (INTEGER, 10):
            low, high = option.get("min_value"), option.get("max_value")
            if (low is not None and value < low) or (high is not None and value > high):
                raise NotOffered(f"{option['name']}: {value} is not within {low} and {high}")
        return value

    def upload(self, file: File, resolved: Json, channel: Json) -> str:
        """Put a file on the CDN for an interaction; returns its attachment's id."""
        attachment = self.server.shelf.put(channel["id"], file.name, file.kind, file.data, ephemeral=True)
        resolved.setdefault("attachments", {})[attachment["id"]] = attachment
        return str(attachment["id"])

    def point(self, kind: int, value: Any, resolved: Json) -> str:
        """Point at a user, a role or a channel."""
        world = self.server.world
        target = str(value.id if isinstance(value, Person) else value["id"])
        guild_id = self.guild["id"] if self.guild else ""
        if kind == USER:
            resolved.setdefault("users", {})[target] = world.users[target]
            member = world.members.get(guild_id, {}).get(target)
            if member:
                slim = {k: v for k, v in member.items() if k not in ("user", "deaf", "mute")}
                rights = str(world.rights(guild_id, target))
                resolved.setdefault("members", {})[target] = slim | {"permissions": rights}
        elif kind == ROLE:
            resolved.setdefault("roles", {})[target] = world.roles[guild_id][target]
        else:
            channel = world.channels[target]
            slim = {k: channel[k] for k in ("id", "name", "type", "parent_id") if k in channel}
            rights = str(world.rights(guild_id, self.id, channel))
            resolved.setdefault("channels", {})[target] = slim | {"permissions": rights}
        return target

    async def interact(self, kind: int, channel: Json, data: Json, source: Json | None = None) -> Answer:
        """Start an interaction and wait for its first answer, at most the three seconds."""
        answer = Answer(self.server.world, kind, self.user, channel, data)
        answer.source = source
        self.server.interactions.start(answer, self.locale)
        await answer.until(lambda a: a.acked is not None or a.late, seconds=self.server.patience)
        return answer

    # --- components and modals

    async def click(self, message: Json, what: str) -> Answer:
        """Press a button by its label or custom id."""
        buttons = [p for p in shapes.walk(message["components"]) if p["type"] == 2]
        button = find(buttons, what)
        if button.get("disabled"):
            raise NotOffered(f"{what} is greyed out")
        data: Json = {"component_type": 2, "custom_id": button["custom_id"], "id": button["id"]}
        return await self.interact(COMPONENT, self.where(message), data, message)

    async def choose(self, message: Json, what: str, *values: Any) -> Answer:
        """Pick from a select by its placeholder or custom id."""
        select = find([p for p in shapes.walk(message["components"]) if p["type"] in SELECTS], what)
        resolved: Json = {}
        picked = self.pick(select, values, resolved)
        data: Json = {
            "component_type": select["type"],
            "custom_id": select["custom_id"],
            "id": select["id"],
            "values": picked,
        }
        data |= {"resolved": resolved} if resolved else {}
        return await self.interact(COMPONENT, self.where(message), data, message)

    def where(self, message: Json) -> Json:
        """The message's channel, if the person may see the message."""
        reader = self.server.world.hidden.get(message["id"])
        if reader is not None and reader != self.id:
            raise NotOffered("the message is for somebody else's eyes")
        return self.server.world.channels[message["channel_id"]]

    def pick(self, select: Json, values: tuple[Any, ...], resolved: Json) -> list[str]:
        """The values of a select on the wire."""
        if not select.get("min_values", 1) <= len(values) <= select.get("max_values", 1):
            raise NotOffered(f"{len(values)} values do not fit {select['custom_id']}")
        if select["type"] == 3:
            offered = {o["value"]: o for o in select["options"]} | {o["label"]: o for o in select["options"]}
            missing = [v for v in values if v not in offered]
            if missing:
                raise NotOffered(f"{missing} not among {[o['label'] for o in select['options']]}")
            return [offered[v]["value"] for v in values]
        kind = {5: USER, 6: ROLE, 8: CHANNEL, 7: USER}[select["type"]]
        return [self.point(kind, value, resolved) for value in values]

    async def submit(self, asked: Answer, values: dict[str, Any] | None = None) -> Answer:
        """Fill in the modal that an answer opened, by labels or custom ids, and send it."""
        if asked.modal is None:
            raise NotOffered(f"no modal was opened, but {asked.text!r}")
        left = dict(values or {})
        resolved: Json = {}
        filled = [self.fill(part, left, resolved, asked.channel) for part in asked.modal["components"]]
        if left:
            raise NotOffered(f"the modal has no {list(left)}")
        data: Json = {"custom_id": asked.modal["custom_id"], "components": filled}
        data["resolved"] = resolved
        return await self.interact(MODAL, asked.channel, data, asked.source)

    def fill(self, part: Json, left: dict[str, Any], resolved: Json, channel: Json) -> Json:
        """One top-level component of a submitted modal."""
        if part["type"] == 10:
            return {"type": 10, "id": part.get("id") or 1}
        if part["type"] == 1:
            inner = [self.value(c, c.get("label", ""), left, resolved, channel) for c in part["components"]]
            return {"type": 1, "id": part.get("id") or 1, "components": inner}
        inside = part["component"]
        return {
            "type": 18,
            "id": part.get("id") or 1,
            "component": self.value(inside, part["label"], left, resolved, channel),
        }

    def value(self, part: Json, label: str, left: dict[str, Any], resolved: Json, channel: Json) -> Json:
        """A form field's value on the wire; defaults stay, required ones must be there."""
        key = next((k for k in (part["custom_id"], label) if k in left), None)
        given = left.pop(key) if key is not None else None
        kind = part["type"]
        shape: Json = {"type": kind, "id": part.get("id") or 1, "custom_id": part["custom_id"]}
        required = part.get("required", True)
        if kind == TEXT_INPUT:
            text = part.get("value") or "" if given is None else str(given)
            if required and not text:
                raise NotOffered(f"{label} must be filled in")
            if text and not (part.get("min_length") or 0) <= len(text) <= (part.get("max_length") or 4000):
                raise NotOffered(f"{label}: {len(text)} characters do not fit")
            return shape | {"value": text}
        if kind == FILE_UPLOAD:
            files: list[File] = given or []
            if len(files) > part.get("max_values", 1) or (
                required and len(files) < part.get("min_values", 1)
            ):
                raise NotOffered(f"{label}: {len(files)} files do not fit")
            return shape | {"values": [self.upload(f, resolved, channel) for f in files]}
        if kind == CHECKBOX:
            return shape | {"value": bool(part.get("default") if given is None else given)}
        if kind in (RADIO, CHECKBOXES):
            return shape | self.options(part, given, label)
        if given is None:
            defaults = [o["value"] for o in part.get("options") or [] if o.get("default")]
            defaults += [str(d["id"]) for d in part.get("default_values") or []]
            if required and part.get("min_values", 1) and not defaults:
                raise NotOffered(f"{label} must be chosen")
            return shape | {"values": defaults}
        values = given if isinstance(given, list | tuple) else (given,)
        return shape | {"values": self.pick(part, tuple(values), resolved)}

    @staticmethod
    def options(part: Json, given: Any, label: str) -> Json:
        """The value of a radio group or the values of a group of checkboxes."""
        offered = {o["label"]: o["value"] for o in part["options"]} | {
            o["value"]: o["value"] for o in part["options"]
        }
        if given is None:
            given = [o["value"] for o in part["options"] if o.get("default")]
        picked = [offered[v] for v in (given if isinstance(given, list) else [given])]
        if part.get("required", True) and not picked:
            raise NotOffered(f"{label} must be chosen")
        if part["type"] == RADIO:
            return {"value": picked[0] if picked else None}
        return {"values": picked}

    # --- messages and reactions

    async def say(
        self, channel: Json, text: str = "", files: list[File] | None = None, reply_to: Json | None = None
    ) -> Json:
        """Write a message."""
        body: Json = {"content": text}
        if reply_to is not None:
            body["message_reference"] = {"message_id": reply_to["id"]}
        parts = [(f"files[{i}]", f.name, f.kind, f.data) for i, f in enumerate(files or [])]
        message = self.server.writer.compose(channel["id"], self.user, body, parts)
        if reply_to is not None and reply_to["author"]["id"] == self.server.world.bot["id"]:
            message["mentions"].append(self.server.world.bot)
        self.server.world.post(message)
        await self.server.gateway.drain()
        return message

    async def react(self, message: Json, emoji: str) -> None:
        """Add a reaction."""
        self.server.world.react(self.id, message["channel_id"], message["id"], emoji)
        await self.server.gateway.drain()

    async def unreact(self, message: Json, emoji: str) -> None:
        """Take a reaction back."""
        self.server.world.unreact(self.id, message["channel_id"], message["id"], emoji)
        await self.server.gateway.drain()

    def inbox(self) -> list[Json]:
        """Direct messages with the bot, oldest first."""
        world = self.server.world
        for channel in world.channels.values():
            if channel["type"] == 1 and channel["recipients"][0]["id"] == self.id:
                return list(world.messages[channel["id"]].values())
        return []


def find(parts: list[Json], what: str) -> Json:
    """The component whose label, placeholder or custom id is (or starts with) the words."""
    names: Callable[[Json], list[str]] = lambda p: [  # noqa: E731
        str(p.get(k) or "") for k in ("label", "placeholder", "custom_id")
    ]
    emoji: Callable[[Json], str] = lambda p: (p.get("emoji") or {}).get("name") or ""  # noqa: E731
    for part in parts:
        if what in names(part) or what == emoji(part):
            return part
    for part in parts:
        if any(name.startswith(what) for name in names(part)):
            return part
    raise NotOffered(f"{what!r} is not among {[names(p) for p in parts]}")
