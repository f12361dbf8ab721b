"""Double entries, which triggers keep from being changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from datanets.tables.columns import Base


class LedgerTransaction(Base):
    """A balanced set of entries; `key` names the event that caused it, so a replay posts nothing."""

    __tablename__ = "ledger_transactions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    community_id: Mapped[str] = mapped_column(index=True)
    contribution_id: Mapped[str | None] = mapped_column(index=True)
    note: Mapped[str]
    at: Mapped[datetime]


class LedgerEntry(Base):
    """One side of a transaction: integer points on one account (`member:<id>`, `pool:<community>`)."""

    __tablename__ = "ledger_entries"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_zero"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transactions.id"), index=True)
    account: Mapped[str] = mapped_column(index=True)
    amount: Mapped[int]
