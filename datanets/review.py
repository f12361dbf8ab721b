"""Review: ballots are cast, and a verdict falls once."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.counting import Count, commonest_reason, count_ballots, eligible_voters, score
from datanets.database import Database, insert
from datanets.facts import Actor, Ballot, ContributionState, Reason, ReviewCard, ReviewPolicy
from datanets.ledger import member_account, post
from datanets.moves import announce, move, take_back
from datanets.refusals import NotAllowed, OwnContribution, ReviewClosed
from datanets.reliability import Reliability
from datanets.tables import BallotRow, ContributionRow, DatanetRow
from datanets.views import contribution_row, contribution_views

S = ContributionState


@dataclass(frozen=True)
class Review:
    """Casts and counts ballots; `cast` may be called twice with the same ballot without harm."""

    db: Database
    clock: Clock
    reliability: Reliability

    async def cast(
        self,
        actor: Actor,
        contribution: str,
        up: bool,
        reason: Reason | None = None,
        via: str = "button",
    ) -> ReviewCard:
        """Set or change a ballot and decide when the count says so.

        Raises OwnContribution, NotAllowed, ReviewClosed, NotFound.
        """
        async with self.db.begin() as session:
            row = await contribution_row(session, actor.community, contribution, lock=True)
            datanet = await _datanet(session, row)
            if row.author_id == actor.member:
                raise OwnContribution
            if row.state != S.PENDING:
                raise ReviewClosed(row.state)
            if actor.member not in await eligible_voters(session, row, datanet):
                raise NotAllowed("validator", "vote")
            mine = (BallotRow.contribution_id == row.id, BallotRow.member_id == actor.member)
            found = await session.execute(select(BallotRow.up, BallotRow.reason).where(*mine))
            before = found.one_or_none()
            values = {"up": up, "reason": None if up else reason, "via": via, "at": self.clock.now()}
            statement = insert(session, BallotRow).values(
                contribution_id=row.id, member_id=actor.member, **values
            )
            # A reaction names no reason; it must not take away the one that its member chose before.
            changed = {name: value for name, value in values.items() if name != "reason" or up or value}
            # As most of what a look at all reactions finds: it keeps its place, and no card has to change.
            said_before = before is not None and before.up == up and (up or reason in (None, before.reason))
            if said_before:
                changed = {"via": via}
            await session.execute(
                statement.on_conflict_do_update(index_elements=["contribution_id", "member_id"], set_=changed)
            )
            return await self._settle(session, row, datanet, changed=not said_before)

    async def withdraw(self, actor: Actor, contribution: str) -> ReviewCard:
        """Take a ballot back; raises ReviewClosed when the verdict is in."""
        return await self.withdraw_for(actor.community, actor.member, contribution)

    async def withdraw_for(self, community: str, member: str, contribution: str) -> ReviewCard:
        """Take back the ballot of a member whose reaction is gone; raises ReviewClosed."""
        async with self.db.begin() as session:
            row = await contribution_row(session, community, contribution, lock=True)
            if row.state != S.PENDING:
                raise ReviewClosed(row.state)
            mine = (BallotRow.contribution_id == row.id, BallotRow.member_id == member)
            await session.execute(delete(BallotRow).where(*mine))
            return await self._settle(session, row, await _datanet(session, row))

    async def decide(
        self, actor: Actor, contribution: str, accept: bool, reason: Reason | None = None, note: str = ""
    ) -> ReviewCard:
        """Let a moderator settle an escalated review; never about their own contribution."""
        async with self.db.begin() as session:
            row = await contribution_row(session, actor.community, contribution, lock=True)
            if not actor.is_admin:
                raise NotAllowed("admin", "decide")
            if row.author_id == actor.member:
                raise OwnContribution
            if row.state not in (S.PENDING, S.ESCALATED):
                raise ReviewClosed(row.state)
            if row.state == S.PENDING:
                raise NotAllowed("escalation", "decide")
            datanet = await _datanet(session, row)
            count = await count_ballots(session, row, datanet)
            await self._verdict(session, row, count, accept, f"moderator:{actor.member}", reason, note)
            return await _card(session, row, datanet, count)

    async def revoke(self, actor: Actor, contribution: str, note: str) -> ReviewCard:
        """Take an accepted contribution back with a reason; its points go back by a counter-entry."""
        if not actor.is_admin:
            raise NotAllowed("admin", "revoke")
        async with self.db.begin() as session:
            row = await contribution_row(session, actor.community, contribution, lock=True)
            if row.state != S.ACCEPTED:
                raise ReviewClosed(row.state)
            await take_back(session, row, S.REVOKED, self.clock.now(), note)
            datanet = await _datanet(session, row)
            return await _card(session, row, datanet, await count_ballots(session, row, datanet))

    async def card(self, community: str, contribution: str) -> ReviewCard:
        """Return everything that a review card shows."""
        async with self.db.read() as session:
            row = await contribution_row(session, community, contribution)
            datanet = await _datanet(session, row)
            return await _card(session, row, datanet, await count_ballots(session, row, datanet))

    async def queue(self, actor: Actor, limit: int = 10) -> tuple[ReviewCard, ...]:
        """Return what waits for this member's ballot or decision: fewest ballots first, never their own."""
        voted = select(BallotRow.contribution_id).where(BallotRow.member_id == actor.member)
        states = [S.PENDING, S.ESCALATED] if actor.is_admin else [S.PENDING]
        query = (
            select(ContributionRow)
            .where(ContributionRow.community_id == actor.community, ContributionRow.state.in_(states))
            .where(ContributionRow.author_id != actor.member, ContributionRow.id.not_in(voted))
            .order_by(ContributionRow.created_at)
        )
        async with self.db.read() as session:
            cards = []
            for row in await session.scalars(query.limit(limit * 3)):
                datanet = await _datanet(session, row)
                count = await count_ballots(session, row, datanet)
                if actor.member in count.eligible or actor.is_admin:
                    cards.append(await _card(session, row, datanet, count))
        return tuple(sorted(cards, key=lambda card: card.up + card.down)[:limit])

    async def open_in(self, community: str) -> tuple[str, ...]:
        """Return the contributions whose ballots still count, for a platform that reconciles reactions."""
        query = select(ContributionRow.id).where(
            ContributionRow.community_id == community, ContributionRow.state == S.PENDING
        )
        async with self.db.read() as session:
            return tuple(await session.scalars(query))

    async def cast_by_reaction(self, contribution: str) -> frozenset[str]:
        """Return the members whose ballot came from a reaction, for a platform that reconciles them."""
        query = select(BallotRow.member_id).where(
            BallotRow.contribution_id == contribution, BallotRow.via == "reaction"
        )
        async with self.db.read() as session:
            return frozenset(await session.scalars(query))

    async def sweep(self) -> int:
        """Escalate and expire what waited too long; return how many moved. Safe to call at any time."""
        now, moved = self.clock.now(), 0
        query = select(ContributionRow).where(ContributionRow.state.in_((S.PENDING, S.ESCALATED)))
        async with self.db.begin() as session:
            for row in await session.scalars(query.with_for_update()):
                policy = ReviewPolicy(**(await _datanet(session, row)).policy)
                age = now - row.created_at
                if age >= timedelta(days=policy.expires_after_days):
                    move(row, S.EXPIRED)
                elif row.state == S.PENDING and age >= timedelta(days=policy.moderator_after_days):
                    move(row, S.ESCALATED)
                else:
                    continue
                moved += 1
                await announce(session, row, now, verdict=row.state == S.EXPIRED)
        return moved

    async def _settle(
        self, session: AsyncSession, row: ContributionRow, datanet: DatanetRow, *, changed: bool = True
    ) -> ReviewCard:
        count = await count_ballots(session, row, datanet)
        policy = ReviewPolicy(**datanet.policy)
        cast = count.up + count.down
        if cast >= count.quorum and count.up - count.down >= count.lead:
            await self._verdict(session, row, count, True, "ballots", None, "")
        elif cast >= min(count.quorum, 2) and count.down - count.up >= count.lead:
            await self._verdict(session, row, count, False, "ballots", commonest_reason(count), "")
        elif cast >= policy.most_ballots:
            move(row, S.ESCALATED)
        if changed or row.state != S.PENDING:
            await announce(session, row, self.clock.now())
        return await _card(session, row, datanet, count)

    async def _verdict(
        self,
        session: AsyncSession,
        row: ContributionRow,
        count: Count,
        accept: bool,
        by: str,
        reason: Reason | None,
        note: str,
    ) -> None:
        now = self.clock.now()
        move(row, S.ACCEPTED if accept else S.REJECTED)
        row.decided_at, row.decided_by, row.note = now, by, note
        row.reason = None if accept else (reason or Reason.UNSTATED)
        row.score = self._score(row, count) if accept else 0.0
        row.points = round(100 * row.score)
        row.verdicts += 1
        if accept:
            key = f"award:{row.id}:{row.verdicts}"
            to = {member_account(row.author_id): row.points}
            await post(
                session, key=key, kind="award", community=row.community_id, to=to, at=now, contribution=row.id
            )
        await announce(session, row, now, verdict=True)

    def _score(self, row: ContributionRow, count: Count) -> float:
        sides = {True: 0.0, False: 0.0}
        for ballot, _ in count.ballots:
            sides[ballot.up] += self.reliability.weight(row.community_id, ballot.member_id)
        return score(sides[True], sides[False], near_duplicate=row.near_duplicate_of is not None)


async def _datanet(session: AsyncSession, row: ContributionRow) -> DatanetRow:
    return await session.get_one(DatanetRow, row.datanet_id)


async def _card(session: AsyncSession, row: ContributionRow, datanet: DatanetRow, count: Count) -> ReviewCard:
    policy = ReviewPolicy(**datanet.policy)
    return ReviewCard(
        contribution=(await contribution_views(session, [row]))[0],
        up=count.up,
        down=count.down,
        quorum=count.quorum,
        lead=count.lead,
        closes_at=row.created_at + timedelta(days=policy.expires_after_days),
        ballots=tuple(Ballot(one.member_id, name, one.up, one.at) for one, name in count.ballots),
    )
