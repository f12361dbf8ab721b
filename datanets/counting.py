"""Counts ballots: who may vote on a contribution, which ballots count, and what they come to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.facts import ContributionState, Reason, ReviewPolicy
from datanets.members import validators
from datanets.tables import BallotRow, ContributionRow, DatanetRow, Member


@dataclass(frozen=True)
class Count:
    """The ballots that count at this moment, and who may cast them."""

    up: int
    down: int
    quorum: int
    lead: int
    eligible: frozenset[str]
    ballots: tuple[tuple[BallotRow, str], ...]


async def eligible_voters(session: AsyncSession, row: ContributionRow, datanet: DatanetRow) -> frozenset[str]:
    """Return who may vote: validators other than the author, or the owner where there are fewer than two."""
    found = await validators(session, row.community_id) - {row.author_id}
    if len(found) < 2 and datanet.owner_id != row.author_id:
        return frozenset({datanet.owner_id})
    return frozenset(found)


async def count_ballots(session: AsyncSession, row: ContributionRow, datanet: DatanetRow) -> Count:
    """Count the ballots of those who may vote at this moment; once a review is closed, all that were cast."""
    query = (
        select(BallotRow, Member.name)
        .join(Member, Member.id == BallotRow.member_id)
        .where(BallotRow.contribution_id == row.id)
        .order_by(BallotRow.at)
    )
    policy = ReviewPolicy(**datanet.policy)
    eligible = await eligible_voters(session, row, datanet)
    rows = (await session.execute(query)).all()
    # Ballots freeze at the verdict: who lost the role since then still counts in what was decided.
    counted = [
        (ballot, name)
        for ballot, name in rows
        if row.state != ContributionState.PENDING or ballot.member_id in eligible
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


def score(up: float, down: float, *, near_duplicate: bool) -> float:
    """Return the agreement of the weighted ballots, 0.5 to 1; half of it for a near duplicate."""
    agreement = up / (up + down) if up + down else 0.5
    return max(0.5, agreement) * (0.5 if near_duplicate else 1.0)


def commonest_reason(count: Count) -> Reason:
    """Return the reason that most of the rejecting ballots named."""
    given: Iterable[str] = (ballot.reason for ballot, _ in count.ballots if not ballot.up and ballot.reason)
    common = Counter(given).most_common(1)
    return Reason(common[0][0]) if common else Reason.UNSTATED
