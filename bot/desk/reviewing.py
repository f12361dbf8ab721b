"""Voting on contributions, by button or by reaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from datanets.facts import Caller, NewsKind, Place, Reason, ReviewCard
from datanets.members import Members
from datanets.news import Newsroom
from datanets.places import Places
from datanets.refusals import NotAllowed, OwnContribution, ReviewClosed
from datanets.review import Review


@dataclass(frozen=True)
class Reviewing:
    """Joins the caller with open reviews."""

    members: Members
    places: Places
    review: Review
    newsroom: Newsroom

    async def cast(
        self,
        caller: Caller,
        contribution: str,
        up: bool,
        reason: Reason | None = None,
        *,
        via: str = "button",
    ) -> ReviewCard:
        """Vote; raises OwnContribution, NotAllowed, ReviewClosed, NotFound."""
        return await self.review.cast(await self.members.actor(caller), contribution, up, reason, via)

    async def withdraw(self, caller: Caller, contribution: str) -> ReviewCard:
        """Take a vote back; raises ReviewClosed, NotFound."""
        return await self.review.withdraw(await self.members.actor(caller), contribution)

    async def decide(
        self, caller: Caller, contribution: str, accept: bool, reason: Reason | None = None, note: str = ""
    ) -> ReviewCard:
        """Settle an escalated review as a moderator."""
        return await self.review.decide(await self.members.actor(caller), contribution, accept, reason, note)

    async def revoke(self, caller: Caller, contribution: str, note: str) -> ReviewCard:
        """Take an accepted contribution back as a moderator."""
        return await self.review.revoke(await self.members.actor(caller), contribution, note)

    async def card(self, caller: Caller, contribution: str) -> ReviewCard:
        """Return a review card; raises NotFound."""
        return await self.review.card((await self.members.actor(caller)).community, contribution)

    async def queue(self, caller: Caller, limit: int = 10) -> tuple[ReviewCard, ...]:
        """Return what waits for the caller's vote."""
        return await self.review.queue(await self.members.actor(caller), limit)

    async def shown_at(self, place: Place, channel: str, message: str) -> str | None:
        """Return the contribution whose card a platform's message is, or None."""
        found = await self.newsroom.subject_of((await self.places.find(place)).id, channel, message)
        return found[1] if found and found[0] is NewsKind.REVIEW else None

    async def open_cards(self, place: Place) -> dict[str, tuple[str, str]]:
        """Return (channel, message) of every card whose ballots still count, by contribution."""
        view = await self.places.find(place)
        still = set(await self.review.open_in(view.community))
        shown = await self.newsroom.postings(view.id, NewsKind.REVIEW)
        return {one: (where.channel, where.message) for one, where in shown.items() if one in still}

    async def reconcile(self, place: Place, contribution: str, votes: Mapping[Caller, bool]) -> None:
        """Take over all reactions that a card carries now: those set while away count, removed ones do not.

        Reactions of people who may not vote are passed over.
        """
        present = set()
        for caller, up in votes.items():
            actor = await self.members.actor(caller)
            present.add(actor.member)
            try:
                await self.review.cast(actor, contribution, up, via="reaction")
            except (NotAllowed, OwnContribution):
                continue
            except ReviewClosed:
                return
        await self._drop_absent((await self.places.find(place)).community, contribution, present)

    async def withdraw_all(self, place: Place, contribution: str) -> None:
        """Every reaction was removed from a card: the ballots that reactions cast are withdrawn."""
        await self._drop_absent((await self.places.find(place)).community, contribution, set())

    async def _drop_absent(self, community: str, contribution: str, present: set[str]) -> None:
        for member in await self.review.cast_by_reaction(contribution) - present:
            try:
                await self.review.withdraw_for(community, member, contribution)
            except ReviewClosed:
                return
