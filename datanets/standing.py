"""Standing: a member's place, from accepted work only.

The order is (sum of the best 30 points, days with an accepted contribution, sum of all points, earlier).
A rejection has no entry in the ledger, so wherever it falls it changes nobody's place. The acceptance
rate is shown beside the rank with its Wilson interval and orders nothing.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database
from datanets.facts import StandingRow
from datanets.tables import ContributionRow, LedgerEntry, LedgerTransaction, Member

BEST = 30
SEASON = timedelta(days=30)
FIRST_SEASON = datetime(2026, 1, 1, tzinfo=UTC)


def season_start(now: datetime) -> datetime:
    """Return when the season of a moment began; seasons are 30 days long."""
    return FIRST_SEASON + SEASON * ((now - FIRST_SEASON) // SEASON)


@dataclass(frozen=True)
class Award:
    """Points earned by one accepted contribution."""

    points: int
    at: datetime


def standing_key(awards: list[Award]) -> tuple[int, int, int, float]:
    """Return what orders a member; larger first."""
    ranked = sorted(awards, key=lambda award: (-award.points, award.at))
    best = ranked[:BEST]
    reached = max((award.at for award in best), default=datetime.max.replace(tzinfo=UTC))
    days = {award.at.date() for award in awards}
    return (
        sum(award.points for award in best),
        len(days),
        sum(award.points for award in awards),
        -reached.timestamp(),
    )


def wilson(accepted: int, decided: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of an acceptance rate (Wilson 1927)."""
    if decided == 0:
        return 0.0, 1.0
    rate, square = accepted / decided, z * z
    middle = rate + square / (2 * decided)
    spread = z * sqrt(rate * (1 - rate) / decided + square / (4 * decided * decided))
    return (
        max(0.0, (middle - spread) / (1 + square / decided)),
        min(1.0, (middle + spread) / (1 + square / decided)),
    )


@dataclass(frozen=True)
class Standing:
    """Ranks the members of a community."""

    db: Database
    clock: Clock

    async def board(self, community: str, *, season: bool = True) -> tuple[StandingRow, ...]:
        """Return everybody with an accepted contribution, first to last; this season's or all time's."""
        since = season_start(self.clock.now()) if season else FIRST_SEASON
        return await self.db.recent.get(("board", community, since), lambda: self._board(community, since))

    async def _board(self, community: str, since: datetime) -> tuple[StandingRow, ...]:
        async with self.db.read() as session:
            awards = await _awards(session, community, since)
            rates = await _rates(session, community)
            names = dict(
                (await session.execute(select(Member.id, Member.name).where(Member.id.in_(awards)))).all()
            )
        keys = {member: standing_key(earned) for member, earned in awards.items()}
        order = sorted(keys, key=lambda member: (keys[member], member), reverse=True)
        return tuple(
            _row(rank, member, names[member], keys[member], *rates.get(member, (0, 0)))
            for rank, member in enumerate(order, 1)
        )


def _row(
    rank: int, member: str, name: str, key: tuple[int, int, int, float], accepted: int, decided: int
) -> StandingRow:
    low, high = wilson(accepted, decided)
    return StandingRow(
        rank=rank,
        member=member,
        name=name,
        best=key[0],
        days=key[1],
        points=key[2],
        accepted=accepted,
        decided=decided,
        rate_low=low,
        rate_high=high,
    )


async def _awards(session: AsyncSession, community: str, since: datetime) -> dict[str, list[Award]]:
    joined = LedgerTransaction.id == LedgerEntry.transaction_id
    query = (
        select(
            LedgerEntry.account,
            func.sum(LedgerEntry.amount).label("points"),
            func.min(LedgerTransaction.at).label("at"),
        )
        .join(LedgerTransaction, joined)
        .where(LedgerTransaction.community_id == community, LedgerTransaction.kind.in_(("award", "reverse")))
        .where(LedgerEntry.account.like("member:%"))
        .group_by(LedgerEntry.account, LedgerTransaction.contribution_id)
        .having(func.sum(LedgerEntry.amount) > 0)
    )
    merged = dict(
        (
            await session.execute(
                select(Member.id, Member.merged_into).where(Member.merged_into.is_not(None))
            )
        ).all()
    )
    found: dict[str, list[Award]] = defaultdict(list)
    for account, points, at in (await session.execute(query)).all():
        member = account.removeprefix("member:")
        if at >= since:
            found[merged.get(member) or member].append(Award(int(points), at))
    return found


async def _rates(session: AsyncSession, community: str) -> dict[str, tuple[int, int]]:
    query = (
        select(ContributionRow.author_id, ContributionRow.state, func.count())
        .where(ContributionRow.community_id == community)
        .where(ContributionRow.state.in_(("accepted", "rejected")))
        .group_by(ContributionRow.author_id, ContributionRow.state)
    )
    counts: dict[str, tuple[int, int]] = {}
    for member, state, number in (await session.execute(query)).all():
        accepted, decided = counts.get(member, (0, 0))
        counts[member] = (accepted + number * (state == "accepted"), decided + number)
    return counts
