"""Who is speaking: consent, linked accounts, one's own data."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from datanets.facts import Account, Actor, Caller, Place
from datanets.members import TERMS_VERSION, Members
from datanets.places import Places
from datanets.privacy import Forgotten, Privacy
from datanets.refusals import NotAllowed


@dataclass(frozen=True)
class Terms:
    """The terms in force, and whether the caller agreed to them."""

    version: int
    agreed: bool


@dataclass(frozen=True)
class People:
    """The use cases that are about the caller."""

    members: Members
    places: Places
    privacy_of: Privacy
    # Deletes what a member asked the agent, which keeps a notebook of its own.
    forget_questions: Callable[[str], Awaitable[None]]

    async def actor(self, caller: Caller) -> Actor:
        """Turn a platform's caller into the member of a community."""
        return await self.members.actor(caller)

    async def terms(self, caller: Caller) -> Terms:
        """Return what a contribution asks agreement to."""
        actor = await self.actor(caller)
        return Terms(TERMS_VERSION, await self.members.consented(actor.member))

    async def agree(self, caller: Caller) -> None:
        """Record the caller's consent."""
        await self.members.agree((await self.actor(caller)).member)

    async def link_code(self, caller: Caller) -> str:
        """Give out a code that the caller types on another platform within ten minutes."""
        return await self.members.link_code(await self.actor(caller))

    async def link(self, caller: Caller, code: str) -> None:
        """Join the caller to the member who got the code; raises LinkExpired."""
        await self.members.link(await self.actor(caller), code)

    async def place_code(self, caller: Caller) -> str:
        """Give an admin a code that joins another place to this community."""
        actor = await self.actor(caller)
        if not actor.is_admin:
            raise NotAllowed("admin", "link")
        return await self.members.link_code(actor, "place")

    async def link_place(self, caller: Caller, code: str) -> None:
        """Let an admin join this place to the community that the code came from."""
        actor = await self.actor(caller)
        if not actor.is_admin:
            raise NotAllowed("admin", "link")
        found = await self.members.redeem(code, "place")
        await self.places.join(actor.place, found.community_id)
        self.members.look_again()

    async def export(self, caller: Caller) -> bytes:
        """Return everything that is kept about the caller, as JSON."""
        actor = await self.actor(caller)
        return json.dumps(await self.privacy_of.export(actor.member), indent=2, ensure_ascii=False).encode()

    async def forget(self, caller: Caller) -> Forgotten:
        """Delete the caller's files and words for good."""
        member = (await self.actor(caller)).member
        gone = await self.privacy_of.forget(member)
        self.members.look_again()
        for one in await self.privacy_of.selves(member):
            await self.forget_questions(one)
        return gone

    async def accounts_of(self, member: str) -> tuple[Account, ...]:
        """Return where a member can be written to."""
        return await self.members.accounts(member)

    async def set_role_holders(self, place: Place, validators: list[Account], admins: list[Account]) -> None:
        """Take over the full lists of validators and admins that a platform keeps for a place."""
        await self.members.set_role_holders((await self.places.find(place)).id, validators, admins)
