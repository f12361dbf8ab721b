"""The ledger: double entries that are only ever appended, integers that sum to zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import CreditEntry, CreditView
from datanets.tables import LedgerEntry, LedgerTransaction, Member


async def post(
    session: AsyncSession,
    *,
    key: str,
    kind: str,
    community: str,
    to: Mapping[str, int],
    at: datetime,
    contribution: str | None = None,
    note: str = "",
) -> bool:
    """Move points from the community's pool to accounts; negative points move them back.

    `key` names the event: posting it a second time does nothing and returns False.
    """
    amounts = {account: amount for account, amount in to.items() if amount}
    values = {
        "key": key,
        "kind": kind,
        "community_id": community,
        "contribution_id": contribution,
        "note": note,
        "at": at,
    }
    statement = insert(session, LedgerTransaction).values(values).on_conflict_do_nothing()
    made = (await session.execute(statement.returning(LedgerTransaction.id))).scalar_one_or_none()
    if made is None:
        return False
    total = sum(amounts.values())
    sides = [*amounts.items(), (f"pool:{community}", -total)] if total else list(amounts.items())
    session.add_all(LedgerEntry(transaction_id=made, account=name, amount=amount) for name, amount in sides)
    await session.flush()
    return True


def member_account(member: str) -> str:
    """Name a member's account."""
    return f"member:{member}"


def shares(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Split a whole number by weight so that the parts sum to it: largest remainder, ties by name."""
    whole = sum(weights.values())
    if total <= 0 or whole <= 0:
        return {}
    exact = {name: total * weight / whole for name, weight in weights.items()}
    parts = {name: int(value) for name, value in exact.items()}
    left = total - sum(parts.values())
    for name in sorted(exact, key=lambda one: (parts[one] - exact[one], one))[:left]:
        parts[name] += 1
    return parts


async def names_of(session: AsyncSession, member: str) -> list[str]:
    """Return the accounts of a member, those of the members merged into them included."""
    return [member_account(one) for one in await selves(session, member)]


async def selves(session: AsyncSession, member: str) -> list[str]:
    """Return a member with all who were merged into them: some rows keep the ids of those for ever."""
    merged = await session.scalars(select(Member.id).where(Member.merged_into == member))
    return [member, *merged]


@dataclass(frozen=True)
class Credit:
    """Reads the ledger."""

    db: Database
    clock: Clock

    async def of(self, community: str, member: str, limit: int = 20) -> CreditView:
        """Return a member's balance in a community and their latest lines."""
        async with self.db.read() as session:
            accounts = await names_of(session, member)
            mine = (LedgerEntry.account.in_(accounts), LedgerTransaction.community_id == community)
            joined = LedgerTransaction.id == LedgerEntry.transaction_id
            total = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).join(LedgerTransaction, joined)
            lines = select(LedgerTransaction, LedgerEntry.amount).join(LedgerEntry, joined).where(*mine)
            balance = await session.scalar(total.where(*mine))
            rows = (await session.execute(lines.order_by(LedgerEntry.id.desc()).limit(limit))).all()
        entries = tuple(
            CreditEntry(
                at=row.at, kind=row.kind, amount=amount, contribution=row.contribution_id or "", note=row.note
            )
            for row, amount in rows
        )
        return CreditView(balance=int(balance or 0), entries=entries)

    async def trial_balance(self) -> int:
        """Return the sum of all entries, which is zero in a sound ledger."""
        async with self.db.read() as session:
            return int(await session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount), 0))) or 0)
