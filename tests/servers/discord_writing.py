"""How a request's body becomes a message: Discord's checks and what it fills in."""

from __future__ import annotations

import re
from typing import Any

from tests.servers import discord_shapes as shapes
from tests.servers.discord_cdn import Shelf
from tests.servers.discord_shapes import EPHEMERAL, IS_V2, Json
from tests.servers.discord_world import Denied, World, invalid

FILE_LIMIT = 10 << 20
FIELDS = ("content", "tts", "embeds", "components", "flags", "nonce")

#: One uploaded part: field name, file name, declared type, bytes.
Part = tuple[str, str, str, bytes]


def check(body: Json, files: list[Part]) -> None:
    """Raise the error with which Discord answers a bad message body."""
    content = body.get("content") or ""
    if len(content) > 2000:
        raise invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
    embeds = body.get("embeds") or []
    if len(embeds) > 10:
        raise invalid("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    total = 0
    for index, card in enumerate(embeds):
        limits = {"title": 256, "description": 4096}
        for field, limit in limits.items():
            if len(card.get(field) or "") > limit:
                raise invalid(
                    f"embeds.{index}.{field}", "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length."
                )
        for field in card.get("fields") or []:
            if not 1 <= len(field["name"]) <= 256 or not 1 <= len(field["value"]) <= 1024:
                raise invalid(f"embeds.{index}.fields", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 1024.")
        if len(card.get("fields") or []) > 25:
            raise invalid(f"embeds.{index}.fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        total += len(shapes.text_of({"embeds": [card]}))
    if total > 6000 + 40 * len(embeds):
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    check_components(body)
    if len(files) > 10:
        raise Denied(400, 30015, "Maximum number of attachments in a message reached (10)")
    if any(len(part[3]) > FILE_LIMIT for part in files):
        raise Denied(413, 40005, "Request entity too large")


def check_components(body: Json) -> None:
    """The rules about components that a message must keep."""
    parts = body.get("components") or []
    everything = shapes.walk(parts)
    layout = bool((body.get("flags") or 0) & IS_V2)
    if layout and (body.get("content") or body.get("embeds")):
        raise invalid("flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "No content or embeds")
    if not layout and any(part["type"] in (9, 10, 11, 12, 13, 14, 17) for part in everything):
        raise invalid("components", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
    if not layout and len(parts) > 5:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    ids = [part["custom_id"] for part in everything if part.get("custom_id")]
    if len(ids) != len(set(ids)):
        raise invalid(
            "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        )
    for custom_id in ids:
        if not 1 <= len(custom_id) <= 100:
            raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    for part in everything:
        if part["type"] == 3 and not 1 <= len(part.get("options") or []) <= 25:
            raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
        if part["type"] == 1 and not part.get("components"):
            raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        if part["type"] == 2 and len(part.get("label") or "") > 80:
            raise invalid("components", "BASE_TYPE_MAX_LENGTH", "Must be 80 or fewer in length.")


class Writer:
    """Writes bodies into messages of a world."""

    def __init__(self, world: World, shelf: Shelf) -> None:
        self.world = world
        self.shelf = shelf

    def compose(self, channel_id: str, author: Json, body: Json, files: list[Part], **extra: Any) -> Json:
        """A new message from a body; not yet posted."""
        check(body, files)
        if not (
            body.get("content") or body.get("embeds") or body.get("components") or files or body.get("poll")
        ):
            raise Denied(400, 50006, "Cannot send an empty message")
        message = shapes.message(self.world.id(), channel_id, author, self.world.stamp())
        message |= extra
        reference = body.get("message_reference")
        if reference:
            self.refer(message, reference)
        message["flags"] |= (body.get("flags") or 0) & (EPHEMERAL | IS_V2 | 4 | 4096)
        if body.get("nonce") is not None:
            message["nonce"] = str(body["nonce"])
        self.fill(message, body, files)
        return message

    def refer(self, message: Json, reference: Json) -> None:
        """Make the message a reply."""
        channel_id = message["channel_id"]
        original = self.world.messages[channel_id].get(str(reference["message_id"]))
        if original is None:
            if reference.get("fail_if_not_exists", True):
                raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            return
        message["type"] = 19
        message["message_reference"] = {
            "type": 0,
            "channel_id": channel_id,
            "message_id": original["id"],
        }
        guild_id = self.world.channels[channel_id].get("guild_id")
        if guild_id:
            message["message_reference"]["guild_id"] = guild_id
        message["referenced_message"] = {k: v for k, v in original.items() if k != "referenced_message"}

    def edit(self, message: Json, body: Json, files: list[Part]) -> Json:
        """Change a message by a PATCH body."""
        merged = {k: message.get(k) for k in ("content", "embeds", "components", "flags")}
        merged |= {k: v for k, v in body.items() if k in merged}
        if message["flags"] & IS_V2:
            merged["flags"] = (merged["flags"] or 0) | IS_V2
        check(merged, files)
        if (body.get("flags") or 0) & IS_V2:
            message["flags"] |= IS_V2
        self.fill(message, body, files)
        return message

    def fill(self, message: Json, body: Json, files: list[Part]) -> None:
        """Write content, embeds, components and attachments of a body into a message."""
        if "content" in body:
            message["content"] = body["content"] or ""
            message["mentions"] = [
                self.world.users[uid]
                for uid in dict.fromkeys(re.findall(r"<@!?(\d+)>", message["content"]))
                if uid in self.world.users and self.may_ping(body, uid)
            ]
            message["mention_everyone"] = "@everyone" in message["content"] and self.may_ping(
                body, "everyone"
            )
        fresh = self.uploads(message, body, files)
        if "components" in body:
            message["components"] = shapes.components(body["components"] or [])
        if "embeds" in body:
            message["embeds"] = [shapes.embed(card) for card in body["embeds"] or []]
        self.place(message, fresh)

    @staticmethod
    def may_ping(body: Json, whom: str) -> bool:
        """Whether the body's allowed mentions let it ping somebody."""
        allowed = body.get("allowed_mentions")
        if allowed is None:
            return True
        if whom == "everyone":
            return "everyone" in allowed.get("parse", [])
        return "users" in allowed.get("parse", []) or whom in [str(u) for u in allowed.get("users") or []]

    def uploads(self, message: Json, body: Json, files: list[Part]) -> dict[str, Json]:
        """Keep the retained attachments, add the new ones; returns the new ones by file name."""
        hidden = bool(message["flags"] & EPHEMERAL)
        if body.get("attachments") is not None:
            wanted = {str(entry["id"]) for entry in body["attachments"]}
            message["attachments"] = [a for a in message["attachments"] if a["id"] in wanted]
        fresh = {}
        for index, (field, name, kind, data) in enumerate(files):
            number = re.search(r"\d+", field)
            entry = next(
                (e for e in body.get("attachments") or [] if number and str(e["id"]) == number.group()),
                {"id": index},
            )
            attachment = self.shelf.put(
                message["channel_id"], entry.get("filename") or name, kind, data, ephemeral=hidden
            )
            if entry.get("description"):
                attachment["description"] = entry["description"]
            fresh[attachment["filename"]] = attachment
            message["attachments"].append(attachment)
        return fresh

    def place(self, message: Json, fresh: dict[str, Json]) -> None:
        """Turn `attachment://` into URLs; a file that an embed shows is not listed beside it."""
        known = {a["filename"]: a for a in message["attachments"]} | fresh
        used = set()
        for card in message["embeds"]:
            for slot in ("image", "thumbnail"):
                url = (card.get(slot) or {}).get("url", "")
                if url.startswith("attachment://"):
                    shown = known.get(url.removeprefix("attachment://"))
                    if shown is None:
                        del card[slot]
                        continue
                    used.add(shown["id"])
                    card[slot] = {
                        "url": shown["url"],
                        "proxy_url": shown["proxy_url"],
                        "width": 0,
                        "height": 0,
                    }
        message["attachments"] = [a for a in message["attachments"] if a["id"] not in used]
        for part in shapes.walk(message["components"]):
            holders = part.get("items") or [part]
            for holder in holders:
                for slot in ("media", "file"):
                    media = holder.get(slot)
                    if isinstance(media, dict) and media.get("url", "").startswith("attachment://"):
                        shown = known.get(media["url"].removeprefix("attachment://"))
                        if shown is None:
                            raise invalid(
                                "components", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "No file"
                            )
                        holder[slot] = {
                            "id": self.world.id(),
                            "url": shown["url"],
                            "proxy_url": shown["proxy_url"],
                            "attachment_id": shown["id"],
                        }
