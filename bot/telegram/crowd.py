"""Who is speaking and for which community: accounts, roles, and the group a private chat belongs to."""

import time
from dataclasses import dataclass
from typing import Any

from telegram import Chat, User
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.telegram.client import Client
from datanets.facts import Account, Caller, Place, PlaceView, Role
from datanets.places import Places

PLATFORM = "telegram"
RULING = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)
GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
# Changes of members are announced to admin bots; for others the answer is asked anew after a while.
REMEMBERED_SECONDS = 300.0
MOST_GROUPS = 20


class NoCommunity(Exception):
    """A private chat that belongs to no group yet; `choices` are the groups it could mean."""

    def __init__(self, choices: tuple[PlaceView, ...]) -> None:
        super().__init__("no community")
        self.choices = choices


class Anonymous(Exception):
    """The sender hides behind the group, so nobody in particular speaks."""


@dataclass
class Standing:
    """A status in a group, and when it was learned."""

    status: str
    at: float


class Crowd:
    """Turns Telegram's users and chats into callers."""

    def __init__(self, client: Client, places: Places) -> None:
        self.client, self.places = client, places
        self._known: dict[tuple[int, int], Standing] = {}
        self._own: dict[int, PlaceView] = {}

    async def caller(self, user: User, chat: Chat) -> Caller:
        """Return who speaks; raises NoCommunity in a private chat that belongs to no group."""
        if chat.type == ChatType.PRIVATE:
            home = await self.home(user)
            group, name = int(home.external_id), home.name
        else:
            group, name = chat.id, chat.title or ""
        return Caller(
            account=Account(PLATFORM, str(user.id)),
            place=Place(PLATFORM, str(group), name),
            roles=await self.roles(group, user.id),
            name=user.full_name,
            locale=await self.language(user),
        )

    async def roles(self, group: int, user: int) -> frozenset[Role]:
        """Return what somebody may do in a group: its admins, and those whom `/setup` named."""
        status = await self.status(group, user)
        settings = (await self.places.find(Place(PLATFORM, str(group)))).settings
        if status in RULING:
            return frozenset({Role.ADMIN, Role.VALIDATOR, Role.TRAINER})
        roles = set()
        if user in settings.get("validators", []):
            roles |= {Role.VALIDATOR}
        if settings.get("trainers") == "everybody" or (roles and settings.get("trainers") == "validators"):
            roles |= {Role.TRAINER}
        return frozenset(roles)

    async def status(self, group: int, user: int) -> str:
        """Return somebody's status in a group; a question that Telegram refuses counts as a plain member."""
        known = self._known.get((group, user))
        if known and time.monotonic() - known.at < REMEMBERED_SECONDS:
            return known.status
        try:
            status = (await self.client.get_chat_member(group, user)).status
        except TelegramError:
            status = ChatMemberStatus.MEMBER if known is None else known.status
        self.remember(group, user, status)
        return status

    def remember(self, group: int, user: int, status: str) -> None:
        """Take over a status that Telegram told."""
        self._known[group, user] = Standing(status, time.monotonic())

    async def home(self, user: User) -> PlaceView:
        """Return the group that a private chat belongs to, which its person must be a member of."""
        settings = (await self.own(user.id)).settings
        if settings.get("home"):
            chosen = await self.places.find(Place(PLATFORM, settings["home"]))
            if await self.belongs(int(chosen.external_id), user.id):
                return chosen
        choices = await self.groups_of(user)
        if len(choices) != 1:
            raise NoCommunity(choices)
        await self.settle(user.id, choices[0].external_id)
        return choices[0]

    async def settle(self, user: int, group: str) -> None:
        """Remember which group somebody's private chat belongs to."""
        if (await self.own(user)).settings.get("home") != group:
            await self.change_own(user, {"home": group})

    async def own(self, user: int) -> PlaceView:
        """Return somebody's private chat with the settings that they chose there."""
        if user not in self._own:
            self._own[user] = await self.places.find(Place(PLATFORM, str(user)))
        return self._own[user]

    async def change_own(self, user: int, values: dict[str, Any]) -> None:
        """Change what somebody chose in their private chat; this process alone does so."""
        self._own[user] = await self.places.set((await self.own(user)).id, values)

    async def groups_of(self, user: User) -> tuple[PlaceView, ...]:
        """Return the groups of this bot that somebody belongs to."""
        groups = [place for place in await self.places.all(PLATFORM) if place.external_id.startswith("-")]
        return tuple(
            [place for place in groups[-MOST_GROUPS:] if await self.belongs(int(place.external_id), user.id)]
        )

    async def belongs(self, group: int, user: int) -> bool:
        """Whether somebody is in a group; unlike `status`, doubt means no."""
        if (group, user) not in self._known:
            try:
                self.remember(group, user, (await self.client.get_chat_member(group, user)).status)
            except TelegramError:
                return False
        return await self.status(group, user) not in GONE

    async def language(self, user: User) -> str:
        """Return the language that somebody chose, else the one of their app."""
        own = await self.own(user.id)
        return str(own.settings.get("language") or user.language_code or "en")
