"""Contributions as their authors see them: listed, looked up, taken back."""

from dataclasses import dataclass

from sqlalchemy import select

from datanets.clock import Clock
from datanets.database import Database
from datanets.facts import Actor, ContributionState, ContributionView
from datanets.moves import take_back
from datanets.refusals import NotAllowed, ReviewClosed
from datanets.tables import ContributionRow
from datanets.views import contribution_row, contribution_view, contribution_views


@dataclass(frozen=True)
class Contributions:
    """Reads contributions; only `withdraw` changes one."""

    db: Database
    clock: Clock

    async def of(self, actor: Actor, limit: int = 10, skip: int = 0) -> tuple[ContributionView, ...]:
        """Return a member's own contributions in this community, newest first."""
        query = (
            select(ContributionRow)
            .where(ContributionRow.community_id == actor.community, ContributionRow.author_id == actor.member)
            .order_by(ContributionRow.created_at.desc(), ContributionRow.id)
        )
        async with self.db.read() as session:
            return await contribution_views(
                session, list(await session.scalars(query.limit(limit).offset(skip)))
            )

    async def get(self, community: str, contribution: str) -> ContributionView:
        """Return one contribution of a community; raises NotFound."""
        async with self.db.read() as session:
            return await contribution_view(session, community, contribution)

    async def withdraw(self, actor: Actor, contribution: str) -> ContributionView:
        """Take one's own contribution back before the verdict; raises NotAllowed, ReviewClosed."""
        async with self.db.begin() as session:
            row = await contribution_row(session, actor.community, contribution, lock=True)
            if row.author_id != actor.member:
                raise NotAllowed("author", "withdraw")
            if row.state not in (ContributionState.PENDING, ContributionState.ESCALATED):
                raise ReviewClosed(row.state)
            await take_back(session, row, ContributionState.WITHDRAWN, self.clock.now(), "")
            return (await contribution_views(session, [row]))[0]
