"""Review: ballots are counted, and a verdict falls once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import Actor, Ballot, ContributionState, NewsKind, Reason, ReviewCard, ReviewPolicy
from datanets.ledger import member_account, post
from datanets.members import validators
from datanets.news import tell
from datanets.refusals import NotAllowed, OwnContribution, ReviewClosed
from datanets.reliability import Reliability
from datanets.tables import BallotRow, ContributionRow, DatanetRow, Member
from datanets.views import contribution_row, contribution_views

S = ContributionState
MOVES: dict[ContributionState, frozenset[ContributionState]] = {
    S.PENDING: frozenset({S.ESCALATED, S.ACCEPTED, S.REJECTED, S.EXPIRED, S.WITHDRAWN, S.ERASED}),
    S.ESCALATED: frozenset({S.ACCEPTED, S.REJECTED, S.EXPIRED, S.WITHDRAWN, S.ERASED}),
    S.ACCEPTED: frozenset({S.REVOKED, S.ERASED}),
    S.REJECTED: frozenset({S.ERASED}),
    S.EXPIRED: frozenset({S.ERASED}),
    S.WITHDRAWN: frozenset({S.ERASED}),
    S.REVOKED: frozenset({S.ERASED}),
    S.ERASED: frozenset(),
}


def move(row: ContributionRow, to: ContributionState) -> None:
    """Change a contribution's state; any move that the table does not allow is a programming error."""
    if to not in MOVES[ContributionState(row.state)]:
        raise AssertionError(f"a contribution never goes from {row.state} to {to}")
    row.state = to


@dataclass(frozen=True)
class Count:
    """The ballots that count at this moment, and who may cast them."""

    up: int
    down: int
    quorum: int
    lead: int
    eligible: frozenset[str]
    ballots: tuple[tuple[BallotRow, str], ...]


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
            if actor.member not in await _eligible(session, row, datanet):
                raise NotAllowed("validator", "vote")
            values = {"up": up, "reason": None if up else reason, "via": via, "at": self.clock.now()}
            statement = insert(session, BallotRow).values(
                contribution_id=row.id, member_id=actor.member, **values
            )
            await session.execute(
                statement.on_conflict_do_update(index_elements=["contribution_id", "member_id"], set_=values)
            )
            return await self._settle(session, row, datanet)

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
            count = await _count(session, row, datanet)
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
            return await _card(session, row, datanet, await _count(session, row, datanet))

    async def card(self, community: str, contribution: str) -> ReviewCard:
        """Return everything that a review card shows."""
        async with self.db.read() as session:
            row = await contribution_row(session, community, contribution)
            datanet = await _datanet(session, row)
            return await _card(session, row, datanet, await _count(session, row, datanet))

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
                count = await _count(session, row, datanet)
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
                await _announce(session, row, now, verdict=row.state == S.EXPIRED)
        return moved

    async def _settle(self, session: AsyncSession, row: ContributionRow, datanet: DatanetRow) -> ReviewCard:
        count = await _count(session, row, datanet)
        policy = ReviewPolicy(**datanet.policy)
        cast = count.up + count.down
        if cast >= count.quorum and count.up - count.down >= count.lead:
            await self._verdict(session, row, count, True, "ballots", None, "")
        elif cast >= min(count.quorum, 2) and count.down - count.up >= min(count.lead, policy.lead):
            await self._verdict(session, row, count, False, "ballots", _reason(count), "")
        elif cast >= policy.most_ballots:
            move(row, S.ESCALATED)
        await _announce(session, row, self.clock.now())
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
        await _announce(session, row, now, verdict=True)

    def _score(self, row: ContributionRow, count: Count) -> float:
        sides = {True: 0.0, False: 0.0}
        for ballot, _ in count.ballots:
            sides[ballot.up] += self.reliability.weight(row.community_id, ballot.member_id)
        return score(sides[True], sides[False], near_duplicate=row.near_duplicate_of is not None)


def score(up: float, down: float, *, near_duplicate: bool) -> float:
    """Return the agreement of the weighted ballots, 0.5 to 1; half of it for a near duplicate."""
    agreement = up / (up + down) if up + down else 0.5
    return max(0.5, agreement) * (0.5 if near_duplicate else 1.0)


async def take_back(
    session: AsyncSession, row: ContributionRow, to: ContributionState, now: datetime, note: str
) -> None:
    """Move a contribution to REVOKED or ERASED; points that it earned go back by a counter-entry."""
    earned = row.state == S.ACCEPTED
    move(row, to)
    row.note = note
    if earned:
        await post(
            session,
            key=f"reverse:{row.id}:{row.verdicts}",
            kind="reverse",
            community=row.community_id,
            to={member_account(row.author_id): -row.points},
            at=now,
            contribution=row.id,
            note=note,
        )
    await _announce(session, row, now)


async def _announce(
    session: AsyncSession, row: ContributionRow, now: datetime, *, verdict: bool = False
) -> None:
    await session.flush()
    await tell(session, row.community_id, NewsKind.REVIEW, row.id, now)
    if verdict:
        await tell(session, row.community_id, NewsKind.VERDICT, row.id, now)


async def _datanet(session: AsyncSession, row: ContributionRow) -> DatanetRow:
    return await session.get_one(DatanetRow, row.datanet_id)


async def _eligible(session: AsyncSession, row: ContributionRow, datanet: DatanetRow) -> frozenset[str]:
    """Return who may vote: validators other than the author, or the owner where there are fewer than two."""
    found = await validators(session, row.community_id) - {row.author_id}
    if len(found) < 2 and datanet.owner_id != row.author_id:
        return frozenset({datanet.owner_id})
    return frozenset(found)


async def _count(session: AsyncSession, row: ContributionRow, datanet: DatanetRow) -> Count:
    query = (
        select(BallotRow, Member.name)
        .join(Member, Member.id == BallotRow.member_id)
        .where(BallotRow.contribution_id == row.id)
        .order_by(BallotRow.at)
    )
    policy = ReviewPolicy(**datanet.policy)
    eligible = await _eligible(session, row, datanet)
    rows = (await session.execute(query)).all()
    # Ballots freeze at the verdict: who lost the role since then still counts in what was decided.
    counted = [
        (ballot, name) for ballot, name in rows if row.state != S.PENDING or ballot.member_id in eligible
    ]
    up = sum(1 for ballot, _ in counted if ballot.up)
    quorum = min(policy.quorum, max(1, len(eligible)))
    return Count(
        up=up,
        down=len(counted) - up,
        quorum=quorum,
        lead=min(policy.lead, quorum),
        eligible=eligible,
        ballots=tuple(counted),
    )


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


def _reason(count: Count) -> Reason:
    given: Iterable[str] = (ballot.reason for ballot, _ in count.ballots if not ballot.up and ballot.reason)
    common = Counter(given).most_common(1)
    return Reason(common[0][0]) if common else Reason.UNSTATED
