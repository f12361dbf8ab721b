"""Privacy: a member takes everything along, or has everything deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.blobs import Blobs
from datanets.clock import Clock
from datanets.database import Database
from datanets.facts import ContributionState
from datanets.ledger import names_of, selves
from datanets.moves import take_back
from datanets.tables import (
    AccountRow,
    BallotRow,
    ComparisonRow,
    ContributionRow,
    Draft,
    Feedback,
    LedgerEntry,
    LedgerTransaction,
    Member,
    RoomMessage,
    TurnRow,
)


@dataclass(frozen=True)
class Forgotten:
    """What a deletion removed."""

    contributions: int
    messages: int
    points: int


async def _asked_nothing(_: str) -> list[dict[str, str]]:
    return []


@dataclass(frozen=True)
class Privacy:
    """Exports and forgets one member, over all communities."""

    db: Database
    clock: Clock
    blobs: Blobs
    # What a member asked the docs is kept by the agent, in a notebook of its own.
    questions_of: Callable[[str], Awaitable[list[dict[str, str]]]] = _asked_nothing

    async def export(self, member: str) -> dict[str, Any]:
        """Return everything that is kept about a member, as plain values for JSON."""
        questions = [row for one in await self.selves(member) for row in await self.questions_of(one)]
        async with self.db.read() as session:
            person = await session.get_one(Member, member)
            lines = select(LedgerTransaction, LedgerEntry.amount).join(
                LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id
            )
            credit = lines.where(LedgerEntry.account.in_(await names_of(session, member)))
            return {
                "member": {"id": person.id, "name": person.name, "since": person.created_at.isoformat()},
                "consent": {
                    "version": person.consent_version,
                    "at": person.consent_at.isoformat() if person.consent_at else None,
                },
                "accounts": [
                    {"platform": row.platform, "id": row.external_id}
                    for row in await _all(session, AccountRow, AccountRow.member_id == member)
                ],
                "contributions": [
                    {
                        "id": row.id,
                        "name": row.name,
                        "state": row.state,
                        "sha256": row.digest,
                        "size": row.size,
                        "context": row.context,
                        "at": row.created_at.isoformat(),
                        "points": row.points,
                        "reason": row.reason,
                    }
                    for row in await _all(session, ContributionRow, ContributionRow.author_id == member)
                ],
                "ballots": [
                    {"contribution": row.contribution_id, "up": row.up, "at": row.at.isoformat()}
                    for row in await _all(session, BallotRow, BallotRow.member_id == member)
                ],
                "messages_to_models": [
                    {"text": row.text, "at": row.at.isoformat()}
                    for row in await _all(session, TurnRow, TurnRow.member_id == member)
                ],
                "comparisons": [
                    {"question": row.question, "at": row.created_at.isoformat()}
                    for row in await _all(session, ComparisonRow, ComparisonRow.asker_id == member)
                ],
                "messages_in_the_playground": [
                    {"room": row.room, "text": row.text, "at": row.at.isoformat()}
                    for row in await _lines(session, member)
                ],
                "feedback": [
                    {"turn": row.turn_id, "up": row.up, "correction": row.correction}
                    for row in await _all(session, Feedback, Feedback.member_id == member)
                ],
                "questions": questions,
                "credit": [
                    {"kind": row.kind, "points": amount, "at": row.at.isoformat()}
                    for row, amount in (await session.execute(credit)).all()
                ],
            }

    async def selves(self, member: str) -> list[str]:
        """Return the ids under which a member has spoken: their own and those that linking joined to it."""
        async with self.db.read() as session:
            return await selves(session, member)

    async def forget(self, member: str) -> Forgotten:
        """Delete a member's files and words; amounts in the ledger stay, under a name that means nobody.

        Releases made before keep their number and digest but no longer hand the files out; a model that
        learned from them cannot unlearn, which the consent says.
        """
        now = self.clock.now()
        async with self.db.begin() as session:
            rows = await _all(session, ContributionRow, ContributionRow.author_id == member)
            rows = [row for row in rows if row.state != ContributionState.ERASED]
            points = sum(row.points for row in rows if row.state == ContributionState.ACCEPTED)
            digests = {row.clean_digest for row in rows}
            for row in rows:
                await take_back(session, row, ContributionState.ERASED, now, "deleted by its author")
                row.name, row.excerpt, row.context, row.signature = "", "", {}, ""
            await session.flush()
            shared = select(ContributionRow.clean_digest).where(
                ContributionRow.clean_digest.in_(digests), ContributionRow.state != ContributionState.ERASED
            )
            orphans = digests - set(await session.scalars(shared))
            spoken = select(func.count()).where(TurnRow.member_id == member)
            messages = int(await session.scalar(spoken) or 0)
            await session.execute(
                update(TurnRow).where(TurnRow.member_id == member).values(text="", dropped=True)
            )
            # How others picked stays in the tally of the models; both answers may repeat the question.
            wordless = {"asker_id": None, "question": "", "first_answer": "", "second_answer": ""}
            await session.execute(
                update(ComparisonRow).where(ComparisonRow.asker_id == member).values(wordless)
            )
            for table in (Feedback, Draft):
                await session.execute(delete(table).where(table.member_id == member))
            await _forget_lines(session, member)
            await session.execute(delete(AccountRow).where(AccountRow.member_id == member))
            gone = {"name": "someone who left", "erased_at": now, "consent_version": 0, "consent_at": None}
            await session.execute(update(Member).where(Member.id == member).values(gone))
        for digest in orphans:
            await self.blobs.delete(digest)
        return Forgotten(contributions=len(rows), messages=messages, points=points)


async def _forget_lines(session: AsyncSession, member: str) -> None:
    """Delete what a member wrote in the playground, and what only they could see there."""
    mine = _names_on_the_page(member)
    theirs = or_(RoomMessage.author.in_(mine), RoomMessage.private_to.in_(mine))
    await session.execute(delete(RoomMessage).where(theirs))


async def _lines(session: AsyncSession, member: str) -> list[RoomMessage]:
    return await _all(session, RoomMessage, RoomMessage.author.in_(_names_on_the_page(member)))


def _names_on_the_page(member: str) -> Any:
    on_the_page = (AccountRow.member_id == member, AccountRow.platform == "playground")
    return select(AccountRow.external_id).where(*on_the_page)


async def _all(session: AsyncSession, table: Any, *where: Any) -> list[Any]:
    return list(await session.scalars(select(table).where(*where)))
