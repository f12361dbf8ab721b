"""People and places: who speaks, where, with which roles."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a member may do in one community, as its platform says at this moment."""

    VALIDATOR = "validator"
    TRAINER = "trainer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Account:
    """One identity on one platform; `platform` is `discord`, `telegram` or `playground`."""

    platform: str
    id: str


@dataclass(frozen=True)
class Place:
    """One Discord server, Telegram group or playground: where a community lives."""

    platform: str
    id: str
    name: str = ""


@dataclass(frozen=True)
class Caller:
    """Who asks, where, and with which roles the platform vouches for them right now."""

    account: Account
    place: Place
    roles: frozenset[Role] = frozenset()
    name: str = ""
    locale: str = "en"


@dataclass(frozen=True)
class Actor:
    """A caller whose member and community are known."""

    member: str
    community: str
    place: str
    roles: frozenset[Role]
    name: str

    @property
    def is_validator(self) -> bool:
        """Admins validate too."""
        return bool(self.roles & {Role.VALIDATOR, Role.ADMIN})

    @property
    def is_admin(self) -> bool:
        """Whether the platform calls them an administrator."""
        return Role.ADMIN in self.roles


@dataclass(frozen=True)
class PlaceView:
    """A place as the announcer sees it; `settings` is what `/setup` chose there."""

    id: str
    platform: str
    external_id: str
    community: str
    name: str
    settings: dict[str, Any]
