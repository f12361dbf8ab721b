"""Payloads in Discord's own shapes, as plain dictionaries."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000

#: Permission bits by the names of Discord's documentation.
BITS = {
    "KICK_MEMBERS": 1 << 1,
    "ADMINISTRATOR": 1 << 3,
    "MANAGE_CHANNELS": 1 << 4,
    "MANAGE_GUILD": 1 << 5,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MANAGE_ROLES": 1 << 28,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "PIN_MESSAGES": 1 << 51,
}
ALL_BITS = sum(BITS.values())
EVERYDAY = sum(
    BITS[name]
    for name in (
        "ADD_REACTIONS",
        "VIEW_CHANNEL",
        "SEND_MESSAGES",
        "EMBED_LINKS",
        "ATTACH_FILES",
        "READ_MESSAGE_HISTORY",
        "USE_APPLICATION_COMMANDS",
        "CREATE_PUBLIC_THREADS",
        "SEND_MESSAGES_IN_THREADS",
    )
)

EPHEMERAL, HAS_THREAD, LOADING, IS_V2 = 1 << 6, 1 << 5, 1 << 7, 1 << 15


def iso(seconds: float) -> str:
    """A time of Discord's, from seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def made_at(snowflake: str | int) -> float:
    """Seconds since 1970 that a snowflake carries."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def user(snowflake: str, name: str, *, bot: bool = False) -> Json:
    """A user object."""
    shape: Json = {
        "id": snowflake,
        "username": re.sub(r"[^a-z0-9_.]", "", name.lower()) or "someone",
        "global_name": None if bot else name,
        "discriminator": "0",
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    if bot:
        shape["bot"] = True
    return shape


def member(of: Json, roles: list[str], joined: str) -> Json:
    """A member object with its user inside."""
    return {
        "user": of,
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": roles,
        "joined_at": joined,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }


def role(snowflake: str, name: str, permissions: int, position: int, *, managed: bool = False) -> Json:
    """A role object."""
    return {
        "id": snowflake,
        "name": name,
        "permissions": str(permissions),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel(snowflake: str, guild_id: str, name: str, kind: int, position: int) -> Json:
    """A channel of a guild: 0 text, 15 forum."""
    shape: Json = {
        "id": snowflake,
        "type": kind,
        "guild_id": guild_id,
        "name": name,
        "position": position,
        "flags": 0,
        "parent_id": None,
        "permission_overwrites": [],
        "nsfw": False,
        "topic": None,
        "last_message_id": None,
        "rate_limit_per_user": 0,
    }
    if kind == 15:
        shape |= {
            "available_tags": [],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return shape


def thread(snowflake: str, parent: Json, name: str, owner_id: str, minutes: int, now: str) -> Json:
    """A public thread of a channel."""
    return {
        "id": snowflake,
        "type": 11,
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "name": name,
        "owner_id": owner_id,
        "flags": 0,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": False,
            "archive_timestamp": now,
            "auto_archive_duration": minutes,
            "locked": False,
            "create_timestamp": now,
        },
    }


def direct(snowflake: str, recipients: list[Json]) -> Json:
    """A direct-message channel."""
    return {"id": snowflake, "type": 1, "flags": 0, "last_message_id": None, "recipients": recipients}


def guild(snowflake: str, name: str, owner_id: str) -> Json:
    """A guild without its channels, roles and members."""
    return {
        "id": snowflake,
        "name": name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": owner_id,
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def message(snowflake: str, channel_id: str, author: Json, now: str, *, kind: int = 0) -> Json:
    """An empty message."""
    return {
        "id": snowflake,
        "channel_id": channel_id,
        "type": kind,
        "author": author,
        "content": "",
        "timestamp": now,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "flags": 0,
        "pinned": False,
    }


def application(snowflake: str, name: str, owner: Json, bot: Json) -> Json:
    """The application as its own bot sees it."""
    return {
        "id": snowflake,
        "name": name,
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": (1 << 19) | (1 << 15),
        "flags_new": str((1 << 19) | (1 << 15)),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": owner,
        "bot": bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def embed(sent: Json) -> Json:
    """An embed as it comes back."""
    shape: Json = {"type": "rich"} | {k: v for k, v in sent.items() if v is not None}
    shape["type"] = "rich"
    if "fields" in shape:
        shape["fields"] = [{"inline": False} | field for field in shape["fields"]]
    return shape


COMPONENT_DEFAULTS: dict[int, Json] = {
    2: {"style": 2},
    3: {"min_values": 1, "max_values": 1},
    5: {"min_values": 1, "max_values": 1},
    6: {"min_values": 1, "max_values": 1},
    7: {"min_values": 1, "max_values": 1},
    8: {"min_values": 1, "max_values": 1},
    11: {"description": None, "spoiler": False},
    13: {"name": None, "size": None, "spoiler": False},
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}


def components(sent: list[Json]) -> list[Json]:
    """Components as they come back: every one numbered and with its defaults."""
    counter = iter(range(1, 1000))

    def answer(item: Json) -> Json:
        shape = COMPONENT_DEFAULTS.get(item["type"], {}) | {k: v for k, v in item.items() if v is not None}
        shape["id"] = item.get("id") or next(counter)
        for inner in ("components", "items"):
            if inner in shape and item["type"] != 12:
                shape[inner] = [answer(child) for child in shape[inner]]
        for inner in ("accessory", "component"):
            if inner in shape:
                shape[inner] = answer(shape[inner])
        if item["type"] == 12:
            shape["items"] = [{"description": None, "spoiler": False} | media for media in item["items"]]
        return shape

    return [answer(without_nulls(item)) for item in sent]


def without_nulls(value: Any) -> Any:
    """The same tree without the fields that are null: to Discord they are not there."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_nulls(v) for v in value]
    return value


def walk(parts: Any) -> list[Json]:
    """Every component in a tree, outside first."""
    found: list[Json] = []
    for part in parts if isinstance(parts, list) else [parts]:
        if isinstance(part, dict):
            if isinstance(part.get("type"), int):
                found.append(part)
            for inner in ("components", "component", "accessory"):
                found += walk(part.get(inner) or [])
    return found


def text_of(of: Json) -> str:
    """All that a reader sees of a message, one piece a line."""
    pieces = [of.get("content") or ""]
    for card in of.get("embeds") or []:
        pieces += [
            (card.get("author") or {}).get("name", ""),
            card.get("title", ""),
            card.get("description", ""),
        ]
        pieces += [f"{field['name']}: {field['value']}" for field in card.get("fields") or []]
        pieces.append((card.get("footer") or {}).get("text", ""))
    for part in walk(of.get("components") or []):
        pieces.append(part.get("content") or "")
    return "\n".join(piece for piece in pieces if piece)
