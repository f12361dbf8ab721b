"""In which ways a server in Discord's place may differ from Discord without being wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.servers.discord_shapes import Json

#: Parts of events that Discord came to send in time, or sends by its documentation only sometimes.
OPTIONAL: dict[str, tuple[str, ...]] = {
    "READY": ("shard", "session_type"),
    "INTERACTION_CREATE": (
        "attachment_size_limit",
        "authorizing_integration_owners",
        "context",
        "entitlements",
        "app_permissions",
        "guild",
        "guild_locale",
        "member.permissions",
    ),
    "MESSAGE_REACTION_ADD": ("member", "message_author_id", "burst", "type"),
    "MESSAGE_REACTION_REMOVE": ("burst", "type"),
}


@dataclass(frozen=True)
class Oddities:
    """How this Discord is odd; by default it is not."""

    path: str = "/api/v10"  # where the API lies
    told: str | None = None  # the path that the bot's setting says, if another one
    query: str = ""  # what follows the gateway's address in the setting
    absent: str = ""  # calls whose "METHOD /path" has this pattern in it are not offered
    frames: str = ""  # text, binary: never compressed; pieces: one payload in several frames
    is_bare: bool = False  # events lack what is optional
    json: str = "application/json"  # how answers are labelled
    is_mute: bool = False  # callbacks are answered by 204 and nothing else
    has_rights: bool = True  # roles and members say what they may do
    resume_at: str | None = None  # where READY says that a session is taken up again
    gateway: Json | None = None  # the answer to GET /gateway/bot
    shards: int = 1

    def lacks(self, line: str) -> bool:
        """Whether a call is not offered."""
        return bool(self.absent) and re.search(self.absent, line) is not None

    def told_as(self, event: str, data: Json) -> Json:
        """The event as this Discord tells it."""
        if event == "READY" and self.resume_at:
            data = data | {"resume_gateway_url": self.resume_at}
        if event == "GUILD_CREATE" and not self.has_rights:
            data = data | {"roles": [role | {"permissions": "0"} for role in data["roles"]]}
        if not self.is_bare:
            return data
        data = {name: value for name, value in data.items() if name not in OPTIONAL.get(event, ())}
        if "member.permissions" in OPTIONAL.get(event, ()) and "member" in data:
            data["member"] = {k: v for k, v in data["member"].items() if k != "permissions"}
        return data


NOT_ODD = Oddities()
