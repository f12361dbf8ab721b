"""The life of a contribution: which moves are allowed, and the news and points that go with them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from datanets.facts import ContributionState, NewsKind
from datanets.ledger import member_account, post
from datanets.news import tell
from datanets.tables import ContributionRow

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


async def take_back(
    session: AsyncSession, row: ContributionRow, to: ContributionState, now: datetime, note: str
) -> None:
    """Withdraw, revoke or erase a contribution; points that it earned go back by a counter-entry."""
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
    await announce(session, row, now)


async def announce(
    session: AsyncSession, row: ContributionRow, now: datetime, *, verdict: bool = False
) -> None:
    """Say that a review has changed; with `verdict`, tell its author too how it ended."""
    await session.flush()
    await tell(session, row.community_id, NewsKind.REVIEW, row.id, now)
    if verdict:
        await tell(session, row.community_id, NewsKind.VERDICT, row.id, now)
